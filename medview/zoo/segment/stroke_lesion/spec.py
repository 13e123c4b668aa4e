"""What the program knows of the model before torch is loaded."""

from __future__ import annotations

from medview.core.params import Bool, Choice, Float, Int, Param, Text
from medview.ml.belief import BELIEF_PARAMS, belief_outputs
from medview.ml.spec import InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec
from medview.zoo.learning.params import ablation_param, training_params
from medview.zoo.slicewise.params import threshold_param, width_param

_HERE = "medview.zoo.segment.stroke_lesion"
LEVELS = range(1, 7)
BATCH = (32, 4)
"""What a batch of 0 means on a graphics card (as in the thesis) and on the CPU."""

_RUN_PARAMS: tuple[Param, ...] = (
    Choice(
        name="modality",
        title="Modality",
        help="Of the maps; it must fit what the weights were trained with.",
        default="auto",
        choices=("auto", "MRI", "CT"),
        titles=("As the weights need", "MRI", "CT"),
        advanced=True,
    ),
    threshold_param("lesion", "CT weights take the likeliest class instead."),
    Float(
        name="min_component_ml",
        title="Smallest piece",
        help="Connected pieces of less volume are removed; 0 keeps all, as in the thesis.",
        unit="mL",
        default=0.0,
        minimum=0.0,
        maximum=5.0,
        step=0.1,
    ),
    Bool(
        name="clip_percentile",
        title="Clip outliers first",
        help="Cut each map off at its 0.1 and 99.9 percentiles before it is scaled; the thesis did not.",
        default=False,
        advanced=True,
    ),
    *BELIEF_PARAMS,
    Bool(
        name="attention",
        title="Also give the attention maps",
        help="Six images, finest first: how much of each level's features the network let through, 0 to 1.",
        default=False,
    ),
    Bool(
        name="deep_outputs",
        title="Also give the coarser outputs",
        help="Five images: the lesion probability that levels 6 (coarsest) to 2 would have given.",
        default=False,
        advanced=True,
    ),
)

_TRAIN_PARAMS: tuple[Param, ...] = (
    Choice(
        name="modality",
        title="Modality",
        help="MRI: lesion against the rest, focal loss. CT: background, lesion and its boundary.",
        default="MRI",
        choices=("MRI", "CT"),
    ),
    Text(
        name="channels",
        title="Maps",
        help=(
            "Roles in the order of the network's channels, with commas; empty: adc,ttp,tmax for MRI, which "
            "did best in the thesis, and ncct,cbf,cbv,mtt,tmax for CT."
        ),
        default="",
        maximum_length=100,
    ),
    Float(
        name="map_dropout",
        title="Map dropout",
        help=(
            "Probability that a map is left out of a slice in training (ours): above 0, a run may have any "
            "subset of the maps, absent ones being zeros; 0, as in the thesis, and it needs all."
        ),
        default=0.0,
        minimum=0.0,
        maximum=0.9,
        step=0.05,
    ),
    width_param("32", "2"),
    Int(
        name="side_px",
        title="Slice size",
        help="Rows and columns that each slice is resized to.",
        unit="px",
        default=224,
        minimum=64,
        maximum=512,
        step=32,
    ),
    Float(
        name="gamma",
        title="Focus",
        help="Exponent of the focal loss of MRI; 0 gives the cross-entropy.",
        default=2.0,
        minimum=0.0,
        maximum=5.0,
        step=0.5,
        advanced=True,
    ),
    ablation_param(
        {
            "unet": "Plain U-Net",
            "cw": "Class weights",
            "cw_ds": "Class weights and deep supervision",
        },
        "A variant of the thesis without attention: plain, with class weights, with deep supervision too.",
    ),
    Float(
        name="warmup",
        title="Warm-up",
        help="Epochs over which the learning rate rises to its peak; a cosine down to 0 follows.",
        unit="epochs",
        default=90.0,
        minimum=0.0,
        maximum=10_000.0,
        step=1.0,
    ),
    Choice(
        name="keep",
        title="Weights to keep",
        help=(
            "Those of the epoch with the best validation Dice, or of the last epoch: with few validation "
            "subjects, or with map dropout, the best is often a lucky early one."
        ),
        default="best",
        choices=("best", "last"),
        titles=("Of the best epoch", "Of the last epoch"),
        advanced=True,
    ),
    *training_params(
        epochs=600,
        batch=BATCH,
        learning_rate=5e-3,
        patience=0,
        validation_fraction=0.21,
        augmentation=(
            "Random brightness and contrast, flips, rotation by up to 7 degrees, elastic, grid and optical "
            "distortion."
        ),
    ),
)

_MR = {
    "adc": ("ADC",),
    "rcbf": ("RCBF",),
    "rcbv": ("RCBV",),
    "mtt": ("MTT",),
    "ttp": ("TTP",),
    "tmax": ("TMAX",),
}
_CT = {"ncct": ("CT",), "cbf": ("CBF",), "cbv": ("CBV",)}
_TITLES = {
    "adc": "ADC (MR)",
    "rcbf": "rCBF (MR)",
    "rcbv": "rCBV (MR)",
    "mtt": "MTT (MR or CT)",
    "ttp": "TTP (MR)",
    "tmax": "Tmax (MR or CT)",
    "ncct": "Plain CT",
    "cbf": "CBF (CT)",
    "cbv": "CBV (CT)",
}

SPEC = ModelSpec(
    id="stroke-lesion",
    version="1.0",
    title="Ischaemic stroke lesion",
    task=Task.SEGMENT,
    summary=(
        "Outlines the acute ischaemic lesion from co-registered, skull-stripped MR or CT maps, slice by "
        "slice: any of the maps that the chosen weights were trained with."
    ),
    inputs=tuple(
        InputSpec(role=role, title=_TITLES[role], modalities=modalities, required=False)
        for role, modalities in (_MR | _CT).items()
    ),
    outputs=(
        OutputSpec(
            name="lesion",
            title="Ischaemic lesion",
            kind="labels",
            labels=(LabelSpec(value=1, name="Ischaemic lesion", colour=(225, 40, 40), code="422504002"),),
        ),
        *belief_outputs("Lesion"),
        *(
            OutputSpec(
                name=f"attention_{level}", title=f"Attention, level {level}", kind="image", on_request=True
            )
            for level in LEVELS
        ),
        *(
            OutputSpec(
                name=f"output_{number}",
                title=f"Lesion probability of level {7 - number}",
                kind="image",
                on_request=True,
            )
            for number in list(LEVELS)[:-1]
        ),
    ),
    params=_RUN_PARAMS,
    train_params=_TRAIN_PARAMS,
    entry=f"{_HERE}.pipeline:run",
    train_entry=f"{_HERE}.training:train",
    weights=(WeightSpec(folder="stroke-lesion-mr-demo", title="Demo, trained on synthetic patients"),),
    estimate=f"{_HERE}.forecast:forecast",
    licence="Apache-2.0",
    citation=(
        "Gomez Hernandez S. Stroke-cross-attention: Segmentation of Ischemic Stroke Lesions in Radiological "
        "Sequences Using Deep Attention Mechanisms. Master's thesis, Universidad Industrial de Santander, "
        "2023."
    ),
    note="An outline to be checked by a person, never the ground of a treatment decision.",
)
