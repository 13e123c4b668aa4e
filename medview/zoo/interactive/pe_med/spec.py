"""What the program knows of the model before torch is loaded."""

from __future__ import annotations

from medview.core.params import Bool, Choice, Int, Param, Text
from medview.ml.spec import Estimate, InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec
from medview.zoo.learning.params import training_params
from medview.zoo.slicewise.params import threshold_param

_HERE = "medview.zoo.interactive.pe_med"
BATCH = (32, 6)
"""Slices at once on a graphics card and on the CPU, where nothing else was asked for."""

_TRAIN_PARAMS: tuple[Param, ...] = (
    Choice(
        name="size",
        title="Network",
        help="The small one, 1.6 million parameters, as shipped; or the paper's, 4.0 million.",
        default="small",
        choices=("small", "b0"),
        titles=("Small", "As in the paper"),
    ),
    Int(
        name="grid",
        title="Grid",
        help="Pixels of the square that slices are sampled to; multiples of 32.",
        unit="px",
        default=128,
        minimum=64,
        maximum=256,
    ),
    Bool(
        name="corrections",
        title="Learn to correct",
        help="A quarter of the batches starts from spoiled masks.",
        default=True,
    ),
    Bool(
        name="overlap",
        title="Loss of overlap",
        help="Beside the paper's normalised focal loss, which alone leaves masks too small at 0.5.",
        default=True,
        advanced=True,
    ),
    *training_params(
        epochs=60,
        batch=BATCH,
        learning_rate=1e-3,
        patience=0,
        augmentation="Random flip, rotation by up to 15 degrees, scale 0.75 to 1.4, brightness and contrast.",
    ),
)

SPEC = ModelSpec(
    id="pe-med",
    version="1.0",
    title="Smart click",
    task=Task.INTERACTIVE,
    summary=(
        "Outlines any one thing from clicks: include what is missing, exclude what is wrong, and the mask "
        "follows. In slices and in regions of a volume; it can start from a mask to be corrected."
    ),
    inputs=(InputSpec(role="image", title="Image", dims=(2, 3)),),
    outputs=(
        OutputSpec(
            name="object",
            title="Object",
            kind="labels",
            labels=(LabelSpec(value=1, name="Object", colour=(80, 200, 120)),),
        ),
    ),
    params=(
        Text(
            name="include",
            title="Include",
            help="Voxels inside of the object, such as 120,88,30; 131,90,30. In the window, clicks are.",
        ),
        Text(name="exclude", title="Exclude", help="Voxels that do not belong to it, written alike."),
        Choice(
            name="reach",
            title="Reach",
            help="The slice of the clicks (across the third axis), or up to 64 voxels a side around them.",
            default="slice",
            choices=("slice", "region"),
            titles=("One slice", "A region"),
        ),
        threshold_param("object", "Lower finds more."),
    ),
    train_params=_TRAIN_PARAMS,
    entry=f"{_HERE}.pipeline:run",
    train_entry=f"{_HERE}.training:train",
    weights=(WeightSpec(folder="pe-med", title="Trained on random shapes"),),
    estimate=Estimate(memory_bytes=0.6e9, memory_bytes_per_voxel=1.0, seconds=2.0, seconds_per_voxel=1e-9),
    licence="Apache-2.0",
    citation=(
        "Chang A, Tao X, Yang X, Huang Y, Zhou X, Zeng J, Huang R, Ni D. PE-MED: Prompt Enhancement for "
        "Interactive Medical Image Segmentation. MLMI 2023, LNCS 14348."
    ),
    note="The object is what the person who clicked said it is.",
)
