"""What a tool of the hand puts down: a label in a mask, where the rule and the range of values allow it."""

from __future__ import annotations

from dataclasses import dataclass

from medview.core.labels import LabelMap, Patch
from medview.core.layers import Layer
from medview.core.state import SessionState
from medview.core.volume import Volume
from medview.edit.intensities import in_range, intensities
from medview.edit.permission import Permission, permitted
from medview.edit.region import Region, painted

_ERASER_COLOUR = (235, 235, 235)


@dataclass(frozen=True, eq=False, kw_only=True)
class Paint:
    """A label in the hand.

    Args:
        layer: The mask that is painted in.
        labels: Its label map.
        value: The label; 0 erases.
        permission: What may be overwritten.
        scan: Whose values limit the painting; None where nothing does.
        limits: The range of values that can be painted.
        frame: Time point of scans that have several.
    """

    layer: Layer
    labels: LabelMap
    value: int
    permission: Permission
    scan: Volume | None = None
    limits: tuple[float, float] = (0.0, 0.0)
    frame: int = 0

    @classmethod
    def of(cls, state: SessionState, *, erases: bool) -> Paint:
        """What is in the hand now; `why_not_paint` of the state is empty."""
        layer, hand = state.active, state.view.hand
        assert layer is not None and isinstance(layer.data, LabelMap)
        scan = state.active_image.data if state.active_image is not None and hand.range_on else None
        return cls(
            layer=layer,
            labels=layer.data,
            value=0 if erases else state.view.label_value,
            permission=Permission(rule=state.view.overwrite, own=state.view.label_value),
            scan=scan if isinstance(scan, Volume) else None,
            limits=(hand.range_low, hand.range_high),
            frame=state.view.frame,
        )

    def patch(self, region: Region) -> Patch | None:
        """The change that paints a region as far as it may be; None where nothing would change."""
        wanted = painted(self.labels, self._limited(region), self.value)
        return None if wanted is None else permitted(self.labels, wanted, self.permission)

    def _limited(self, region: Region) -> Region:
        if self.scan is None or region.is_empty:
            return region
        values = intensities(self.scan, self.frame, self.labels.geometry, region.box)
        return Region.of(region.mask & in_range(values, *self.limits), region.offset_ijk)


def tint(state: SessionState, *, erases: bool) -> tuple[int, int, int]:
    """Colour of what would be painted."""
    labels = state.active.data if state.active is not None else None
    entry = labels.table.find(state.view.label_value) if isinstance(labels, LabelMap) else None
    return _ERASER_COLOUR if erases or entry is None else entry.colour


def step_name(name: str, paint: Paint) -> str:
    """Name of the undo step of a tool: "Lasso in vessels", "Erase by lasso in vessels"."""
    return (
        f"Erase by {name.lower()} in {paint.layer.name}"
        if paint.value == 0
        else f"{name} in {paint.layer.name}"
    )
