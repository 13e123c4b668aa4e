"""What the program knows of the model before torch is loaded."""

from __future__ import annotations

from medview.core.params import Bool, Choice, File, Float, Param
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

_HERE = "medview.zoo.synthesize.flair_wmh"
BATCH = (30, 4)
"""Slices on a graphics card (Li et al.) and on the CPU."""

_RUN_PARAMS: tuple[Param, ...] = (
    threshold_param("lesion", "Lower finds fainter ones, and false ones."),
    smallest_piece_param(most=100, step=1),
    Bool(
        name="n4",
        title="Correct the shading",
        help="N4 on the T1 (and on the FLAIR) before the networks see it; a few seconds.",
        default=True,
    ),
    Bool(
        name="flair",
        title="Give the synthetic FLAIR",
        help="In standard deviations from the mean; in a real FLAIR's numbers where one is given.",
        default=True,
    ),
    Bool(
        name="difference",
        title="Give the difference to the real FLAIR",
        help="Synthetic minus real, where a real FLAIR is given; its error, PSNR and SSIM are told.",
        default=True,
    ),
    *BELIEF_PARAMS,
)

_TRAIN_PARAMS: tuple[Param, ...] = (
    width_param("16.6", "1.0"),
    pixel_spacing_param(1.0, (0.3, 3.0), 0.1),
    largest_slice_param(208),
    window_param("Squares of this side are cut from the slices, often near lesions"),
    Bool(
        name="n4",
        title="Correct the shading",
        help="N4 on all scans first; leave it out where that is done already.",
        default=True,
    ),
    Float(
        name="lambda_seg",
        title="Weight of the lesions in the synthesis",
        help="How much the segmenter's error counts for the generator; 0 makes it learn from FLAIR alone.",
        default=1.0,
        minimum=0.0,
        maximum=10.0,
        step=0.1,
    ),
    Choice(
        name="segmentation_loss",
        title="Loss of the lesions",
        help=(
            "Of the network that finds them: cross entropy, as in the paper, or with the Dice loss of Li et "
            "al. beside it."
        ),
        default="bce",
        choices=("bce", "bce_dice"),
        titles=("Cross entropy", "Cross entropy and Dice"),
        advanced=True,
    ),
    ablation_param(
        {"unimodal": "Unimodal: lesions from T1 alone", "offline": "Offline: FLAIR first, lesions after"},
        "The baselines of the paper's table. Each network is updated as often in every variant.",
    ),
    Bool(
        name="augmentation",
        title="Augmentation",
        help=(
            "Random flip, rotation by up to 10 degrees, scale 0.85 to 1.2, bending, brightness and contrast "
            "of the T1. The authors tried and gained nothing; worth it with few subjects."
        ),
        default=False,
    ),
    File(
        name="start_from",
        title="Start from",
        help="A model folder of the same width and variant whose weights are learned on; empty: anew.",
        default="",
        is_folder=True,
        advanced=True,
    ),
    decay_param("Constant, as in the paper, or falling to a hundredth along a cosine."),
    Choice(
        name="keep",
        title="Weights to keep",
        help=(
            "Those of the epoch with the best validation Dice, as in the paper, or of the last epoch: where "
            "the learning rate falls and validation subjects are few, the best is often a lucky early one."
        ),
        default="best",
        choices=("best", "last"),
        titles=("Of the best epoch", "Of the last epoch"),
        advanced=True,
    ),
    *training_params(epochs=50, batch=BATCH, learning_rate=2e-4),
)

SPEC = ModelSpec(
    id="flair-wmh",
    version="1.0",
    title="FLAIR and white matter lesions from T1",
    task=Task.SYNTHESIZE,
    summary=(
        "Makes the FLAIR that was not acquired from a T1 scan and marks white matter hyperintensities, "
        "slice by slice."
    ),
    inputs=(
        InputSpec(role="t1", title="T1 scan", modalities=("T1",)),
        InputSpec(role="flair", title="Real FLAIR, to compare with", modalities=("FLAIR",), required=False),
    ),
    outputs=(
        OutputSpec(
            name="wmh",
            title="White matter hyperintensities",
            kind="labels",
            labels=(LabelSpec(value=1, name="White matter hyperintensity", colour=(250, 190, 40)),),
            synthesized=True,
        ),
        OutputSpec(name="flair", title="Synthetic FLAIR", kind="image", on_request=True, synthesized=True),
        OutputSpec(
            name="difference",
            title="Synthetic minus real FLAIR",
            kind="image",
            on_request=True,
            synthesized=True,
        ),
        *belief_outputs("Lesion", synthesized=True),
    ),
    params=_RUN_PARAMS,
    train_params=_TRAIN_PARAMS,
    entry=f"{_HERE}.pipeline:run",
    train_entry=f"{_HERE}.training:train",
    weights=(WeightSpec(folder="flair-wmh-demo", title="Demo, trained on synthetic heads and one patient"),),
    estimate=f"{_HERE}.forecast:forecast",
    licence="Apache-2.0",
    citation=(
        "Orbes-Arteaga M et al. Simultaneous synthesis of FLAIR and segmentation of white matter "
        "hypointensities from T1 MRIs. 2018."
    ),
    note="The FLAIR is inferred from T1, not acquired, and so are the lesions.",
)
