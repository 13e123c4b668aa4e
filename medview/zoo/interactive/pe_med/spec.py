"""What the program knows of the model before torch is loaded."""

from __future__ import annotations

from medview.ml.spec import InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec

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
    entry=f"{_HERE}.pipeline:run",
    weights=(WeightSpec(folder="pe-med", title="Trained on random shapes"),),
    licence="Apache-2.0",
    citation=(
        "Chang A, Tao X, Yang X, Huang Y, Zhou X, Zeng J, Huang R, Ni D. PE-MED: Prompt Enhancement for "
        "Interactive Medical Image Segmentation. MLMI 2023, LNCS 14348."
    ),
    note="The object is what the person who clicked said it is.",
)
