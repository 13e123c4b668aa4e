"""The editing tools: which one is in hand, its size, and where it paints."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.state import SessionState, Tool
from medview.present.actions import ActionTable
from medview.present.ports.edit_port import EditPlan, EditViewPort
from medview.present.stroke import why_not_paint
from medview.session.session import Session

_RADIUS_LIMITS_MM = (0.1, 100.0)


def resolve_edit(state: SessionState) -> EditPlan:
    """Return what the editing tools show: pure."""
    return EditPlan(
        tool=state.view.tool,
        radius_mm=state.view.brush_radius_mm,
        layer_name=state.active.name if state.active is not None and state.active.is_labels else "",
        why_not=why_not_paint(state, Tool.BRUSH),
    )


class EditPresenter:
    """Presents brush and eraser.

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
        view.mask_asked.connect(lambda: actions.guarded("New mask", make_mask))
        session.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the tools if anything about them is new."""
        plan = resolve_edit(self._session.state)
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _on_tool(self, tool: Tool) -> None:
        self._actions.run(f"tools.{tool.value}")
        self._plan = None
        self.refresh()

    def _on_radius(self, radius_mm: float) -> None:
        low, high = _RADIUS_LIMITS_MM
        self._session.set_view(brush_radius_mm=min(max(float(radius_mm), low), high))
