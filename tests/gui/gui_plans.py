"""What the window is given in these tests: a small scan in three planes, layers, a model's form."""

from __future__ import annotations

import numpy as np

from medview.core.geometry import Geometry
from medview.core.hand import HandOptions
from medview.core.labels import LabelEntry
from medview.core.layers import LayerId
from medview.core.params import Bool, Choice, File, Float, Int, LayerParam, Seed, Text, defaults
from medview.core.plans import ImagePlan, Shared, SlicePlan, VolumePlan
from medview.core.state import Orientation, Tool
from medview.present.hand.tool_table import HAND_TOOLS
from medview.present.ports.edit_port import EditPlan, ToolRow
from medview.present.ports.labels_port import LabelRow, LabelsPlan
from medview.present.ports.layers_port import LayerRow
from medview.present.ports.tools_port import ModelForm, ModelRow, RoleRow

CENTER = (10.0, 20.0, 30.0)
PLANES = {
    Orientation.AXIAL: ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
    Orientation.CORONAL: ((-1, 0, 0), (0, 0, 1), (0, 1, 0)),
    Orientation.SAGITTAL: ((0, -1, 0), (0, 0, 1), (1, 0, 0)),
}
PARAMS = (
    Float(name="threshold", title="Threshold", help="h", default=0.5, minimum=0, maximum=1),
    Int(name="steps", title="Steps", help="h", default=5, minimum=0, maximum=10),
    Bool(name="fast", title="Fast", help="h", default=False),
    Choice(name="kind", title="Kind", help="h", default="a", choices=("a", "b"), titles=("One", "Two")),
    Text(name="note", title="Note", help="h"),
    File(name="atlas", title="Atlas", help="h"),
    LayerParam(name="inside", title="Inside", help="h"),
    Seed(),
    Float(name="rate", title="Rate", help="h", default=0.0005, advanced=True),
)


def slice_plan(orientation: Orientation, **changes) -> SlicePlan:
    right, up, toward = PLANES[orientation]
    voxels = np.arange(16**3, dtype=np.float32).reshape(16, 16, 16)
    geometry = Geometry(voxels.shape, np.diag([4.0, 4, 4, 1]))
    image = ImagePlan(layer_id=LayerId(1), voxels=Shared(voxels), geometry=geometry, low=0, high=4096,
                      colormap="gray", opacity=1, interpolate=True)  # fmt: skip
    given = {"point_ras": CENTER, "center_ras": CENTER, "fit_mm": (80.0, 80.0), "layers": (image,)} | changes
    return SlicePlan(orientation=orientation, right_ras=right, up_ras=up, toward_ras=toward, **given)


def volume_plan() -> VolumePlan:
    return VolumePlan(crosshair_ras=CENTER, bounds_ras=((0.0, 0.0, 0.0), (64.0, 64.0, 64.0)))


def layer_row(number: int, name: str, **changes) -> LayerRow:
    given = {"kind": "image", "is_labels": False, "visible": True, "opacity": 1.0, "colormap": "gray",
             "colour": None, "low": 0.0, "high": 100.0, "outline": False, "surface": True,
             "smoothing_mm": 0.8, "is_unsaved": False, "details": "grid 16", "value_step": 1.0}  # fmt: skip
    return LayerRow(layer_id=LayerId(number), name=name, **(given | changes))


def mask_row(number: int, name: str, **changes) -> LayerRow:
    return layer_row(
        number, name, **({"kind": "labels", "is_labels": True, "colour": (230, 40, 40)} | changes)
    )


def model_rows() -> tuple[ModelRow, ...]:
    return (
        ModelRow(model_id="vessels", title="Vessels", task="segment", summary="Arteries.", reason=""),
        ModelRow(model_id="scar", title="Scar", task="segment", summary="s", reason="Weights are missing."),
    )


def role(name: str = "t2", chosen: int | None = 1, **changes) -> RoleRow:
    candidates = ((LayerId(1), "T2"), (LayerId(2), "FLAIR"))
    given = {"title": "T2 scan", "required": True, "candidates": candidates} | changes
    return RoleRow(role=name, chosen=None if chosen is None else LayerId(chosen), **given)


def form(**changes) -> ModelForm:
    given = {"model_id": "vessels", "title": "Vessels", "note": "", "roles": (role(),),
             "params": PARAMS, "values": defaults(PARAMS), "problem": "", "warnings": (),
             "forecast": "40 s"}  # fmt: skip
    return ModelForm(**(given | changes))


def edit_plan(**changes) -> EditPlan:
    given = {"tool": Tool.NAVIGATE, "radius_mm": 3.0, "hand": HandOptions(), "value_unit": "HU",
             "value_step": 1.0, "why_not": ""} | changes  # fmt: skip
    rows = tuple(
        ToolRow(
            tool=entry.tool,
            tip=f"{entry.title} ({', '.join(entry.keys)}): {entry.tip}",
            why_not=given["why_not"] if entry.paints else "",
        )
        for entry in HAND_TOOLS
    )
    return EditPlan(tools=rows, **given)


def label_row(value: int, name: str, volume: str = "", **facts) -> LabelRow:
    colour = facts.pop("colour", (230, 40, 40))
    return LabelRow(entry=LabelEntry(value=value, name=name, colour=colour, **facts), volume=volume)


def labels_plan(*rows: LabelRow, **changes) -> LabelsPlan:
    given = rows or (
        label_row(1, "artery", "1.23"),
        label_row(4, "vein", colour=(40, 90, 230), note="half done"),
        label_row(9, "clot", "0.0120", colour=(40, 190, 30), locked=True),
    )
    return LabelsPlan(rows=given, **({"value": given[0].entry.value} | changes))
