"""What the program knows of the model before torch is loaded."""

from __future__ import annotations

from medview.core.params import Bool, Choice, Int, Param
from medview.ml.belief import BELIEF_PARAMS, belief_outputs
from medview.ml.spec import InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec
from medview.zoo.learning.params import ablation_param, training_params
from medview.zoo.slicewise.params import (
    decay_param,
    largest_slice_param,
    pixel_spacing_param,
    smallest_piece_param,
    threshold_param,
    width_param,
    window_param,
)

_HERE = "medview.zoo.segment.t2_vessels"
BATCH = (8, 2)
"""Slices at once on a graphics card and on the CPU, where nothing else was asked for."""

_RUN_PARAMS: tuple[Param, ...] = (
    Choice(
        name="modalities",
        title="Inputs",
        help="Scans that the model reads; it must fit what the weights were trained with.",
        default="auto",
        choices=("auto", "T2", "T1+T2"),
        titles=("As the weights need", "T2", "T1 and T2"),
        advanced=True,
    ),
    threshold_param("vessel", "Lower finds thinner vessels, and false ones."),
    smallest_piece_param(),
    *BELIEF_PARAMS,
    Bool(
        name="attention",
        title="Also give the attention map",
        help="The rebuilt T2 in the neighbourhood of vessels: where the model looked.",
        default=False,
    ),
    Bool(
        name="reconstruction",
        title="Also give the rebuilt T2",
        help="What the decoding branch makes of the scan, 0 to 1; far from vessels it is not trained.",
        default=False,
    ),
)

_TRAIN_PARAMS: tuple[Param, ...] = (
    Choice(
        name="modalities",
        title="Inputs",
        help="T2 alone did best in the paper.",
        default="T2",
        choices=("T2", "T1+T2"),
        titles=("T2", "T1 and T2"),
    ),
    width_param("26.6", "1.7"),
    pixel_spacing_param(0.47, (0.2, 2.0), 0.01),
    largest_slice_param(400),
    window_param("Side of the squares that seven of eight batches are cut to: faster on a CPU"),
    Int(
        name="dilation_px",
        title="Dilation of the local mask",
        help="How far from vessels the rebuilt image still counts; 10 did best in the paper.",
        unit="px",
        default=10,
        minimum=0,
        maximum=30,
    ),
    Choice(
        name="segmentation_loss",
        title="Loss of the vessels",
        help="Dice, as in the paper, or Dice and cross entropy, which finds vessels after fewer epochs.",
        default="dice",
        choices=("dice", "dice_entropy"),
        titles=("Dice", "Dice and cross entropy"),
        advanced=True,
    ),
    Choice(
        name="mtl",
        title="Weights of the two tasks",
        help="Learned from their uncertainty, as in the paper, or fixed and equal.",
        default="uncertainty",
        choices=("uncertainty", "fixed"),
        advanced=True,
    ),
    Int(
        name="epochs_phase1",
        title="Longest first phase",
        help="Epochs of rebuilding T2 only; it ends once the loss falls by under 1 % in 5 epochs.",
        unit="epochs",
        default=50,
        minimum=0,
        maximum=10_000,
    ),
    Int(
        name="epochs_phase2",
        title="Longest second phase",
        help="Epochs of learning vessels; the best one on the validation subjects is kept.",
        unit="epochs",
        default=150,
        minimum=1,
        maximum=10_000,
    ),
    decay_param("Constant, or falling to a hundredth along a cosine over the second phase."),
    Bool(
        name="random_contrast",
        title="Random contrast",
        help="Random tone curve, shading, noise and blur too: for training on synthetic heads.",
        default=False,
        advanced=True,
    ),
    *training_params(
        epochs=None,
        batch=BATCH,
        learning_rate=2e-4,
        augmentation="Random flip, rotation by up to 10 degrees, scale 0.9 to 1.1, gamma 0.8 to 1.2.",
    ),
    ablation_param(
        {
            "no_mask": "No local mask",
            "dilation_0": "Mask without dilation",
            "dilation_5": "Dilation 5 px",
            "dilation_15": "Dilation 15 px",
            "dilation_20": "Dilation 20 px",
        },
        "Trains a variant of the paper's table, whose Dice was 0.62, 0.59, 0.74, 0.75, 0.75; in full 0.79.",
    ),
)

SPEC = ModelSpec(
    id="t2-vessels",
    version="1.0",
    title="Brain vessels from T2",
    task=Task.SEGMENT,
    summary="Infers the intradural arteries from a T2 scan, slice by slice, where no angiogram was made.",
    inputs=(
        InputSpec(role="t2", title="T2 scan", modalities=("T2",)),
        InputSpec(role="t1", title="T1 scan, registered to it", modalities=("T1",), required=False),
    ),
    outputs=(
        OutputSpec(
            name="vessels",
            title="Synthesised vessels",
            kind="labels",
            labels=(LabelSpec(value=1, name="Cerebral artery", colour=(230, 40, 40), code="88556005"),),
            synthesized=True,
        ),
        *belief_outputs("Vessel", synthesized=True),
        OutputSpec(
            name="attention", title="Local attention map", kind="image", on_request=True, synthesized=True
        ),
        OutputSpec(
            name="reconstruction", title="Rebuilt T2", kind="image", on_request=True, synthesized=True
        ),
    ),
    params=_RUN_PARAMS,
    train_params=_TRAIN_PARAMS,
    entry=f"{_HERE}.pipeline:run",
    train_entry=f"{_HERE}.training:train",
    weights=(WeightSpec(folder="t2-vessels-demo", title="Demo, trained on synthetic heads"),),
    estimate=f"{_HERE}.forecast:forecast",
    licence="Apache-2.0",
    citation=(
        "Deo Y et al. Learned Local Attention Maps for Synthesising Vessel Segmentations from T2 MRI. "
        "SASHIMI 2023, LNCS 14288, pp. 32-41."
    ),
    note="Synthesised vessels are inferred, not imaged.",
)
