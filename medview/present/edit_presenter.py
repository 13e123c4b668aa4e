"""The editing tools: which one is in hand, its size, and which label it paints."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.labels import Colour, LabelMap
from medview.core.layers import Layer, LayerId
from medview.core.state import SessionState, Tool
from medview.present.actions import ActionTable
from medview.present.ports.edit_port import EditPlan, EditViewPort, LabelRow
from medview.present.stroke import why_not_paint
from medview.session import masks
from medview.session.session import Session

_RADIUS_LIMITS_MM = (0.1, 100.0)


def resolve_edit(state: SessionState) -> EditPlan:
    """Return what the editing tools show: pure."""
    labels = state.active.data if state.active is not None else None
    entries = labels.table.entries if isinstance(labels, LabelMap) else ()
    return EditPlan(
        tool=state.view.tool,
        radius_mm=state.view.brush_radius_mm,
        layer_name=state.active.name if state.active is not None and entries else "",
        labels=tuple(LabelRow(value=entry.value, name=entry.name, colour=entry.colour) for entry in entries),
        label_value=state.view.label_value,
        why_not=why_not_paint(state, Tool.BRUSH),
    )


class EditPresenter:
    """Presents brush, eraser and labels.

    Args:
        session: What is open.
        view: The panel.
        actions: Runs the deeds, so that failures are told in one place.
        make_mask: Makes an empty mask and takes up the brush.
    """

    def __init__(
        self,
        session: Session,
        view: EditViewPort,
        actions: ActionTable,
        make_mask: Callable[[], None],
    ) -> None:
        self._session = session
        self._view = view
        self._actions = actions
        self._plan: EditPlan | None = None
        view.tool_chosen.connect(self._on_tool)
        view.radius_changed.connect(self._on_radius)
        view.label_chosen.connect(lambda value: session.set_view(label_value=value))
        view.label_changed.connect(self._on_label_changed)
        view.label_added.connect(self._on_label_added)
        view.mask_asked.connect(lambda: actions.guarded("New mask", make_mask))
        session.changed.connect(self._on_changed)
        self.refresh()

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        self._keep_label(old, new)
        self.refresh()

    def refresh(self) -> None:
        """Show the tools if anything about them is new."""
        plan = resolve_edit(self._session.state)
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _keep_label(self, old: SessionState, new: SessionState) -> None:
        """Another mask has other labels: its first one is taken up where the present one is unknown."""
        layer = new.active
        if layer is None or not isinstance(layer.data, LabelMap) or old.active_id == new.active_id:
            return
        table = layer.data.table
        if table.entries and table.find(new.view.label_value) is None:
            self._session.set_view(label_value=table.entries[0].value)

    def _on_tool(self, tool: Tool) -> None:
        self._actions.run(f"tools.{tool.value}")
        self._plan = None
        self.refresh()

    def _on_radius(self, radius_mm: float) -> None:
        low, high = _RADIUS_LIMITS_MM
        self._session.set_view(brush_radius_mm=min(max(float(radius_mm), low), high))

    def _mask_id(self) -> LayerId | None:
        layer: Layer | None = self._session.state.active
        return layer.id if layer is not None and layer.is_labels else None

    def _on_label_changed(self, value: int, name: str, colour: Colour) -> None:
        mask_id = self._mask_id()
        if mask_id is not None:
            self._actions.guarded(
                "Change label", lambda: masks.change_label(self._session, mask_id, value, name, colour)
            )

    def _on_label_added(self) -> None:
        mask_id = self._mask_id()
        if mask_id is not None:
            self._actions.guarded("Add label", lambda: self._add_label(mask_id))

    def _add_label(self, mask_id: LayerId) -> None:
        self._session.set_view(label_value=masks.add_label(self._session, mask_id))
