"""The acts on a whole label that people choose from a list: what each needs, and the patches it makes."""

from __future__ import annotations

import numpy as np

from medview.core.errors import InputRefused
from medview.core.labels import Patch
from medview.core.params import Bool, Choice, Float, Int, LayerParam
from medview.edit import morphology
from medview.edit.intensities import in_range, intensities, label_on
from medview.edit.interpolation import drawn_axis, interpolated
from medview.edit.islands import Islands
from medview.edit.morphology import Shell
from medview.edit.operation import Given, Operation, Values
from medview.edit.region import Region, as_numbers, becoming, label_region, painted, whole_box
from medview.edit.seeds import grown_from_seeds, growth_box


def _became(given: Given, region: Region) -> list[Patch]:
    patch = becoming(given.labels, region, given.value)
    return [] if patch is None else [patch]


def _added(given: Given, region: Region) -> list[Patch]:
    patch = painted(given.labels, region, given.value)
    return [] if patch is None else [patch]


def _label(given: Given) -> Region:
    region = label_region(given.labels, given.value)
    if region.is_empty:
        raise InputRefused(
            "Nothing to work on", "the label has no voxels yet", "Paint some, or choose another."
        )
    return region


def _threshold(given: Given, values: Values) -> list[Patch]:
    scan, geometry = given.scan, given.labels.geometry
    assert scan is not None
    if values["inside_only"]:
        region = _label(given)
        found = intensities(scan, given.frame, geometry, region.box)
        return _became(
            given, Region.of(region.mask & in_range(found, values["low"], values["high"]), region.offset_ijk)
        )
    found = intensities(scan, given.frame, geometry, whole_box(geometry.shape))
    return _added(given, Region.of(in_range(found, values["low"], values["high"])))


def _interpolate(given: Given, values: Values) -> list[Patch]:  # noqa: ARG001
    region = _label(given)
    axis = drawn_axis(region)
    if axis is None:
        detail = "no slice was left out between two drawn ones"
        raise InputRefused("Nothing to interpolate", detail, "Draw the label in every third slice or so.")
    return _added(given, interpolated(region, axis, given.labels.geometry))


def _grow_from_seeds(given: Given, values: Values) -> list[Patch]:
    labels, scan = given.labels, given.scan
    assert scan is not None
    box = growth_box(labels.array, labels.geometry)
    found = intensities(scan, given.frame, labels.geometry, box)
    numbers = grown_from_seeds(found, labels.array[box], labels.geometry.spacing_mm, values["smoothing_mm"])
    changed = Region.of((numbers > 0) & (labels.array[box] == 0), (box[0].start, box[1].start, box[2].start))
    if changed.is_empty:
        return []
    inner = tuple(slice(c.start - b.start, c.stop - b.start) for c, b in zip(changed.box, box, strict=True))
    return [Patch(changed.offset_ijk, as_numbers(labels, numbers[inner]), changed.mask)]


def _keep_islands(given: Given, values: Values) -> list[Patch]:
    return _became(given, Islands.of(_label(given)).largest(values["count"]))


def _remove_islands(given: Given, values: Values) -> list[Patch]:
    voxel_mm3 = abs(float(np.linalg.det(given.labels.geometry.ras_from_ijk[:3, :3])))
    return _became(given, Islands.of(_label(given)).at_least(int(np.ceil(values["volume_mm3"] / voxel_mm3))))


def _fill_holes(given: Given, values: Values) -> list[Patch]:
    axis = {"closed": None, "i": 0, "j": 1, "k": 2}[values["holes"]]
    return _added(given, morphology.filled(_label(given), axis))


def _smooth(given: Given, values: Values) -> list[Patch]:
    region, geometry, size_mm = _label(given), given.labels.geometry, values["size_mm"]
    if values["kind"] == "curvature":
        return _became(given, morphology.curvature_smoothed(region, values["iterations"], geometry))
    smooth = {
        "median": morphology.median_smoothed,
        "gaussian": morphology.gaussian_smoothed,
        "open": morphology.opened,
        "close": morphology.closed,
    }[values["kind"]]
    return _became(given, smooth(region, size_mm, geometry))


def _margin(given: Given, values: Values) -> list[Patch]:
    return _became(given, morphology.grown(_label(given), values["margin_mm"], given.labels.geometry))


def _hollow(given: Given, values: Values) -> list[Patch]:
    side = Shell(values["side"])
    return _became(given, morphology.hollowed(_label(given), values["wall_mm"], side, given.labels.geometry))


def _combine(given: Given, values: Values) -> list[Patch]:
    mask = given.masks.get(values["mask"])
    if mask is None:
        detail = "no other mask was chosen"
        raise InputRefused("Nothing to combine", detail, "Open or make a second mask and choose it.")
    other = label_on(mask, values["label"], given.labels.geometry)
    if values["how"] == "add":
        return _added(given, other)
    own = _label(given)
    return _became(given, own & other if values["how"] == "intersect" else own - other)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        id="threshold",
        title="Threshold",
        help=(
            "Gives the label to every voxel whose value in the scan lies between two limits. "
            "While they are changed, the slices show what would be added; Esc hides it."
        ),
        params=(
            Float(name="low", title="From", help="Lowest value that belongs.", default=0.0),
            Float(name="high", title="To", help="Highest value that belongs.", default=1000.0),
            Bool(
                name="inside_only",
                title="Only within the label",
                help="Keeps of the label what lies between the limits, and adds nothing.",
                default=False,
            ),
        ),
        patches=_threshold,
        needs_scan=True,
        needs_label=False,
    ),
    Operation(
        id="interpolate",
        title="Interpolate between slices",
        help="Fills the slices that were left out between drawn ones; works in any direction.",
        params=(),
        patches=_interpolate,
    ),
    Operation(
        id="grow_from_seeds",
        title="Grow from seeds",
        help="Lets the strokes of all labels grow to the edges in the scan until they meet.",
        params=(
            Float(
                name="smoothing_mm",
                title="Ignore noise up to",
                help="Blur of the scan before its edges are measured; 0 trusts every voxel.",
                unit="mm",
                default=0.5,
                minimum=0.0,
                maximum=10.0,
                step=0.5,
            ),
        ),
        patches=_grow_from_seeds,
        needs_scan=True,
    ),
    Operation(
        id="keep_islands",
        title="Keep the largest islands",
        help="Removes all connected parts of the label but the largest ones.",
        params=(
            Int(
                name="count",
                title="How many",
                help="Number of parts that stay.",
                default=1,
                minimum=1,
                maximum=1000,
            ),
        ),
        patches=_keep_islands,
    ),
    Operation(
        id="remove_islands",
        title="Remove small islands",
        help="Removes connected parts of the label below a volume.",
        params=(
            Float(
                name="volume_mm3",
                title="Smaller than",
                help="Parts below this volume go.",
                unit="mm³",
                default=10.0,
                minimum=0.0,
                maximum=1e9,
            ),
        ),
        patches=_remove_islands,
    ),
    Operation(
        id="fill_holes",
        title="Fill holes",
        help="Adds what the label encloses.",
        params=(
            Choice(
                name="holes",
                title="Holes",
                help="Closed in 3-D, or closed in each slice across one axis of the mask.",
                default="closed",
                choices=("closed", "i", "j", "k"),
                titles=("closed in 3-D", "in sagittal slices", "in coronal slices", "in axial slices"),
            ),
        ),
        patches=_fill_holes,
    ),
    Operation(
        id="smooth",
        title="Smooth",
        help="Takes roughness off the label's surface.",
        params=(
            Choice(
                name="kind",
                title="How",
                help="Median and Gaussian round off; opening removes spikes, closing fills cracks; "
                "curvature lets bumps sink and dents fill.",
                default="median",
                choices=("median", "gaussian", "open", "close", "curvature"),
                titles=("median", "Gaussian", "opening", "closing", "curvature flow"),
            ),
            Float(
                name="size_mm",
                title="Size",
                help="Half width, sigma or radius; details of this size go. Not used by curvature flow.",
                unit="mm",
                default=2.0,
                minimum=0.1,
                maximum=50.0,
                step=0.5,
            ),
            Int(
                name="iterations",
                title="Steps",
                help="Steps of curvature flow.",
                default=10,
                minimum=1,
                maximum=100,
                advanced=True,
            ),
        ),
        patches=_smooth,
    ),
    Operation(
        id="margin",
        title="Grow or shrink",
        help="Moves the label's surface outwards, or inwards where the margin is negative.",
        params=(
            Float(
                name="margin_mm",
                title="Margin",
                help="Above 0 grows, below 0 shrinks.",
                unit="mm",
                default=2.0,
                minimum=-100.0,
                maximum=100.0,
                step=0.5,
            ),
        ),
        patches=_margin,
    ),
    Operation(
        id="hollow",
        title="Hollow",
        help="Leaves a wall along the label's surface.",
        params=(
            Float(
                name="wall_mm",
                title="Wall",
                help="Thickness of the wall.",
                unit="mm",
                default=2.0,
                minimum=0.1,
                maximum=100.0,
                step=0.5,
            ),
            Choice(
                name="side",
                title="Side",
                help="Where the wall lies, seen from the present surface.",
                default="inside",
                choices=tuple(side.value for side in Shell),
            ),
        ),
        patches=_hollow,
    ),
    Operation(
        id="combine",
        title="Combine with another mask",
        help="Adds a label of another mask to this one, takes it away, or keeps what both share.",
        params=(
            LayerParam(name="mask", title="Other mask", help="Where the other label is.", kinds=("labels",)),
            Int(
                name="label",
                title="Its label",
                help="Number of the label in the other mask.",
                default=1,
                minimum=1,
                maximum=65535,
            ),
            Choice(
                name="how",
                title="How",
                help="What becomes of this label.",
                default="add",
                choices=("add", "subtract", "intersect"),
                titles=("add the other", "take the other away", "keep what both share"),
            ),
        ),
        patches=_combine,
    ),
)
"""In the order of the list."""


def operation(id_: str) -> Operation:
    """The operation with an id; KeyError where there is none."""
    return {entry.id: entry for entry in OPERATIONS}[id_]
