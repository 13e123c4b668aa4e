"""What the program knows of the model before torch is loaded."""

from __future__ import annotations

from medview.core.params import Bool, Choice, File, Float, Int, Param, Text
from medview.ml.belief import BELIEF_PARAMS, belief_outputs
from medview.ml.spec import InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec
from medview.zoo.learning.params import ablation_param, training_params
from medview.zoo.slicewise.params import width_param, window_param

_HERE = "medview.zoo.segment.cardiac_pathology"
BATCH = (16, 16)
"""Slices in a batch on a graphics card and on the CPU: batch normalisation wants many."""
LEVELS = (1, 2, 3, 4)
MOST_LIKE = ("infarct_probability", "no_reflow_probability")

_RUN_PARAMS: tuple[Param, ...] = (
    Choice(
        name="crop_centre",
        title="Middle of the heart",
        help="The model sees a square around it. Auto: the middle of the image, where slices are planned.",
        default="auto",
        choices=("auto", "click"),
        titles=("Middle of the image", "The place given below"),
    ),
    Text(
        name="centre_ras",
        title="Place",
        help="With click: right, anterior and superior in millimetres, such as -30,12,5.",
        default="",
        maximum_length=80,
        advanced=True,
    ),
    Float(
        name="pixel_mm",
        title="Pixel size",
        help="In-plane pixel size that slices are resampled to; 0: the one that the weights know.",
        unit="mm",
        default=0.0,
        minimum=0.0,
        maximum=2.5,
        advanced=True,
    ),
    Bool(
        name="keep_largest_lv",
        title="Keep the largest cavity",
        help="In each slice, only the largest piece of the cavity stays; the paper cleans nothing up.",
        default=False,
    ),
    Bool(
        name="enforce_inclusion",
        title="Pathology inside the wall only",
        help="Pieces of infarct and no-reflow that touch no myocardium become background.",
        default=False,
    ),
    *BELIEF_PARAMS,
    Bool(
        name="class_probability",
        title="Also give infarct and no-reflow probability",
        help="Images of the probability, 0 to 1, of infarcted tissue with its core, and of the core alone.",
        default=False,
    ),
    Choice(
        name="attention",
        title="Also give the attention",
        help="Where a level of the decoder let its features pass, 0 to 1, mean of its maps; 1 is the finest.",
        default="off",
        choices=("off", *(str(level) for level in LEVELS), "all"),
    ),
)

_TRAIN_PARAMS: tuple[Param, ...] = (
    ablation_param(
        {
            "baseline": "U-Net, cross entropy",
            "attention": "Attention, cross entropy",
            "penalty": "Attention, AWCE and penalty",
        },
        "Variants of the paper's table; they overrule the three parameters below.",
    ),
    width_param("59", "3.7"),
    Bool(
        name="attention",
        title="Attention",
        help="Every block is weighted by an attention branch on its own input.",
        default=True,
    ),
    Choice(
        name="attention_maps",
        title="Attention maps",
        help="One for every channel, or a single one for all.",
        default="full",
        choices=("full", "single"),
        advanced=True,
    ),
    Bool(
        name="awce",
        title="Automatic class weights",
        help="A small network weighs the classes of the cross entropy; it learns along and is not kept.",
        default=True,
    ),
    Float(
        name="penalty_weight",
        title="Weight of the neighbourhood penalty",
        help="0.01 in the paper, where it helped no-reflow a little and cost the other classes more.",
        default=0.0,
        minimum=0.0,
        maximum=0.1,
    ),
    Choice(
        name="penalty_mode",
        title="Reading of the penalty",
        help="Literal: as printed. Hinged: counts supports from 0.01 on and never below 0.",
        default="hinged",
        choices=("hinged", "literal"),
        advanced=True,
    ),
    Float(
        name="mixup_prob",
        title="Pathology mix-up",
        help="Probability that a slice is blended with one of another subject, heart over heart.",
        default=0.5,
        minimum=0.0,
        maximum=1.0,
    ),
    Float(
        name="pixel_mm",
        title="Pixel size",
        help="In-plane pixel size that slices are resampled to.",
        unit="mm",
        default=1.458,
        minimum=0.8,
        maximum=2.5,
    ),
    Int(
        name="crop_px",
        title="Square",
        help="Side of the square around the heart, in multiples of 16.",
        unit="px",
        default=128,
        minimum=32,
        maximum=512,
        step=16,
    ),
    window_param("Side of the windows that seven of eight batches are cut to: faster on a CPU"),
    File(
        name="start",
        title="Begin with the weights of",
        help="Model folder of the same width and attention, which the baseline leaves out; empty: none.",
        is_folder=True,
        advanced=True,
    ),
    Text(
        name="label_values",
        title="Label values",
        help="Of cavity, myocardium, infarction and no-reflow in the reference, in this order.",
        default="1,2,3,4",
        maximum_length=40,
        advanced=True,
    ),
    Float(
        name="final_rate",
        title="Last learning rate",
        help="The learning rate falls to this by the same factor after each epoch.",
        default=1e-6,
        minimum=1e-8,
        maximum=1e-1,
    ),
    *training_params(
        epochs=400,
        batch=BATCH,
        learning_rate=1e-2,
        patience=0,
        validation_fraction=0.1,
        augmentation="Flips, rotation by up to 20 degrees, scale 0.9 to 1.1, shift by up to 8 %.",
    ),
)

SPEC = ModelSpec(
    id="cardiac-pathology",
    version="1.0",
    title="Infarct and no-reflow from LGE",
    task=Task.SEGMENT,
    summary=(
        "Marks cavity, myocardium, infarction and no-reflow in short-axis slices late after contrast, slice "
        "by slice, and tells their volumes."
    ),
    inputs=(InputSpec(role="lge", title="Late-enhancement stack, short axis", modalities=("LGE",)),),
    outputs=(
        OutputSpec(
            name="pathology",
            title="Heart and infarct",
            kind="labels",
            labels=(
                LabelSpec(value=1, name="LV cavity", colour=(220, 70, 70)),
                LabelSpec(value=2, name="Normal myocardium", colour=(70, 120, 230), code="74281007"),
                LabelSpec(value=3, name="Infarction", colour=(250, 215, 60), code="22298006"),
                LabelSpec(value=4, name="No-reflow", colour=(60, 220, 130)),
            ),
        ),
        *belief_outputs("Heart"),
        *(
            OutputSpec(
                name=name,
                title=title,
                kind="image",
                on_request=True,
                colormap="viridis",
                value_range=(0.0, 1.0),
            )
            for name, title in zip(MOST_LIKE, ("Infarct probability", "No-reflow probability"), strict=True)
        ),
        *(
            OutputSpec(
                name=f"attention_{level}",
                title=f"Attention, level {level}",
                kind="image",
                on_request=True,
                colormap="magma",
                value_range=(0.0, 1.0),
            )
            for level in LEVELS
        ),
    ),
    params=_RUN_PARAMS,
    train_params=_TRAIN_PARAMS,
    entry=f"{_HERE}.pipeline:run",
    train_entry=f"{_HERE}.training:train",
    weights=(WeightSpec(folder="cardiac-pathology-demo", title="Demo, trained on synthetic hearts"),),
    estimate=f"{_HERE}.forecast:forecast",
    licence="Apache-2.0",
    citation=(
        "Zhou Y, Zhang K et al. Anatomy Prior Based U-net for Pathology Segmentation with Attention. "
        "STACOM 2020 (EMIDEC challenge)."
    ),
    note="Infarct sizes are those of the model's labels: look at them before you believe the numbers.",
)
