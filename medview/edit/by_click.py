"""Operations that a gesture begins and that reach beyond the slice: wand and bucket in 3-D, and scissors."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from medview.core.boxes import Box
from medview.core.labels import Patch
from medview.core.params import Bool, Float
from medview.edit.intensities import intensities
from medview.edit.operation import Given, Operation, Values
from medview.edit.outline import Cut, cut
from medview.edit.region import Region, label_region, painted, whole_box
from medview.edit.wand import confidence_connected, flooded, wand

_ERASE = Bool(name="erase", title="Erase", help="Takes the label away instead.", default=False)
_ROUNDS = 4


def _put(given: Given, values: Values, region: Region) -> list[Patch]:
    patch = painted(given.labels, region, 0 if values["erase"] else given.value)
    return [] if patch is None else [patch]


def _everything(given: Given) -> Box:
    return whole_box(given.labels.geometry.shape)


def _wand(given: Given, values: Values) -> list[Patch]:
    assert given.scan is not None
    box = _everything(given)
    found = intensities(given.scan, given.frame, given.labels.geometry, box)
    return _put(given, values, wand(found, given.seed_ijk, box, values["tolerance"]))


def _confidence(given: Given, values: Values) -> list[Patch]:
    assert given.scan is not None
    box = _everything(given)
    found = intensities(given.scan, given.frame, given.labels.geometry, box)
    region = confidence_connected(found, given.seed_ijk, box, values["multiplier"], _ROUNDS)
    return _put(given, values, region)


def _bucket(given: Given, values: Values) -> list[Patch]:
    return _put(given, values, flooded(given.labels.array, given.seed_ijk, _everything(given)))


WAND = Operation(
    id="wand",
    title="Magic wand",
    help="Paints the connected voxels whose value is near the clicked one's.",
    params=(
        Float(name="tolerance", title="Tolerance", help="Greatest difference.", default=10.0, minimum=0.0),
        _ERASE,
    ),
    patches=_wand,
    needs_scan=True,
    needs_label=False,
)
CONFIDENCE = Operation(
    id="confidence",
    title="Confidence connected",
    help="Grows over connected voxels near the mean of what it has found so far.",
    params=(
        Float(
            name="multiplier",
            title="Spread",
            help="Standard deviations around the mean.",
            default=2.5,
            minimum=0.1,
            maximum=10.0,
        ),
        _ERASE,
    ),
    patches=_confidence,
    needs_scan=True,
    needs_label=False,
)
BUCKET = Operation(
    id="bucket",
    title="Bucket",
    help="Gives the label to the connected area of one label.",
    params=(_ERASE,),
    patches=_bucket,
    needs_label=False,
)


def scissors(outline: Sequence[tuple[float, float]], camera: ArrayLike, keeps_inside: bool) -> Operation:
    """Cut a label along an outline on the screen, through all depths.

    Args:
        outline: Corners in picture coordinates, -1 to 1.
        camera: 4x4 matrix from patient mm to homogeneous picture coordinates.
        keeps_inside: What lies outside the outline goes, instead of what lies inside.
    """

    def patches(given: Given, _values: Values) -> list[Patch]:
        side = Cut.OUTSIDE if keeps_inside else Cut.INSIDE
        region = label_region(given.labels, given.value)
        patch = painted(given.labels, cut(given.labels.geometry, region, outline, camera, side), 0)
        return [] if patch is None else [patch]

    return Operation(
        id="scissors",
        title="Scissors",
        help="Cuts the label through all depths along an outline on the 3-D view.",
        params=(),
        patches=patches,
    )
