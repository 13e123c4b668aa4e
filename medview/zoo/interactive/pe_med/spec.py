"""What the program knows of the model before torch is loaded."""

from __future__ import annotations

from medview.core.params import Choice, Float, Text
from medview.ml.spec import Estimate, InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec

_HERE = "medview.zoo.interactive.pe_med"

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
        Float(
            name="threshold",
            title="Threshold",
            help="Probability from which a voxel belongs to the object.",
            default=0.5,
            minimum=0.05,
            maximum=0.95,
        ),
    ),
    entry=f"{_HERE}.pipeline:run",
    weights=(WeightSpec(folder="pe-med", title="Trained on random shapes"),),
    estimate=Estimate(memory_bytes=0.6e9, memory_bytes_per_voxel=1.0, seconds=2.0, seconds_per_voxel=1e-9),
    licence="Apache-2.0",
    citation=(
        "Chang A, Tao X, Yang X, Huang Y, Zhou X, Zeng J, Huang R, Ni D. PE-MED: Prompt Enhancement for "
        "Interactive Medical Image Segmentation. MLMI 2023, LNCS 14348."
    ),
    note="The object is what the person who clicked said it is.",
)
