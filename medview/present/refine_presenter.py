"""Operations on whole labels: which is chosen, how it is set, and whether it can start."""

from __future__ import annotations

from typing import Any

from medview.core.labels import LabelMap
from medview.core.layers import ImageDisplay
from medview.core.params import defaults
from medview.core.state import Band, SessionState, Tool
from medview.core.volume import Volume
from medview.edit.operation import Operation
from medview.edit.operations import OPERATIONS, operation
from medview.present.actions import ActionTable
from medview.present.ports.refine_port import OperationRow, RefinePlan, RefineViewPort
from medview.present.stroke import why_not_paint
from medview.session.journeys.operating import Operating
from medview.session.session import Session

_ROWS = tuple(OperationRow(operation_id=entry.id, title=entry.title, help=entry.help) for entry in OPERATIONS)


def resolve_refine(state: SessionState, chosen: Operation, values: dict[str, Any]) -> RefinePlan:
    """Return what the panel shows: pure."""
    layer = state.active
    labels = layer.data if layer is not None else None
    entry = labels.table.find(state.view.label_value) if isinstance(labels, LabelMap) else None
    masks = tuple((other.id, other.name) for other in state.layers if other.is_labels and other is not layer)
    return RefinePlan(
        operations=_ROWS,
        operation_id=chosen.id,
        help=chosen.help,
        params=chosen.params,
        values=values,
        masks=masks,
        target=f"{entry.name} in {layer.name}" if entry is not None and layer is not None else "",
        why_not=_why_not(state, chosen, bool(masks)),
    )


def _why_not(state: SessionState, chosen: Operation, has_masks: bool) -> str:
    reason = why_not_paint(state, Tool.BRUSH)
    if reason:
        return reason
    if chosen.needs_scan and (state.active_image is None or not isinstance(state.active_image.data, Volume)):
        return "Open a scan first: its values are needed."
    if chosen.id == "combine" and not has_masks:
        return "Open or make a second mask first."
    return ""


def band_of(state: SessionState, values: dict[str, Any]) -> Band | None:
    """The values between two limits in the colour of the label in hand; None where none are to be seen.

    What is kept of a label that is there already is not shown: the band covers what would be added.
    """
    layer, image = state.active, state.active_image
    labels = layer.data if layer is not None else None
    entry = labels.table.find(state.view.label_value) if isinstance(labels, LabelMap) else None
    if entry is None or image is None or values["inside_only"]:
        return None
    return Band(layer_id=image.id, low=values["low"], high=values["high"], colour=entry.colour)


class RefinePresenter:
    """Presents the panel of operations.

    Args:
        session: What is open.
        operating: Runs operations.
        view: The panel.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(
        self, session: Session, operating: Operating, view: RefineViewPort, actions: ActionTable
    ) -> None:
        self._session = session
        self._operating = operating
        self._view = view
        self._actions = actions
        self._chosen = OPERATIONS[0]
        self._values: dict[str, dict[str, Any]] = {}
        self._plan: RefinePlan | None = None
        view.chosen.connect(self._on_chosen)
        view.value_changed.connect(self._on_value)
        view.apply_asked.connect(self.apply)
        session.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the panel if anything about it is new."""
        plan = resolve_refine(self._session.state, self._chosen, self._present_values())
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def apply(self) -> None:
        """Start the chosen operation."""
        layer = self._session.state.active
        if layer is None or self._plan is None or self._plan.why_not:
            return
        values = self._present_values()
        self._session.set_view(band=None)
        self._actions.guarded(
            self._chosen.title, lambda: self._operating.start(layer.id, self._chosen, values)
        )

    def _on_chosen(self, operation_id: str) -> None:
        self._chosen = operation(operation_id)
        self._session.set_view(band=None)
        self.refresh()

    def _on_value(self, name: str, value: object) -> None:
        self._values[self._chosen.id] = {**self._present_values(), name: value}
        if self._chosen.id == "threshold":
            self._session.set_view(band=band_of(self._session.state, self._present_values()))
        self.refresh()

    def _present_values(self) -> dict[str, Any]:
        kept = self._values.get(self._chosen.id)
        return kept if kept is not None else {**defaults(self._chosen.params), **self._suggested()}

    def _suggested(self) -> dict[str, Any]:
        """Values that suit what is open: the upper half of the window, the first other mask."""
        state, names = self._session.state, {param.name for param in self._chosen.params}
        found: dict[str, Any] = {}
        image = state.active_image
        if "low" in names and image is not None and isinstance(image.display, ImageDisplay):
            assert isinstance(image.data, Volume)
            found = {"low": round(image.display.level, 3), "high": round(image.data.values.maximum, 3)}
        if "mask" in names:
            others = [layer for layer in state.layers if layer.is_labels and layer.id != state.active_id]
            found["mask"] = str(others[0].id) if others else ""
        return found
