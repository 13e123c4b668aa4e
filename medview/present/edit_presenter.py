"""The editing tools: which one is in hand, its size, and where it paints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from medview.core.hand import AS_FIRST_SET, HandOptions
from medview.core.layers import ImageDisplay
from medview.core.state import SessionState, Tool
from medview.core.volume import Volume
from medview.present.actions import ActionTable
from medview.present.hand.tool_table import HAND_TOOLS, HandTool
from medview.present.ports.edit_port import EditPlan, EditViewPort, ToolRow
from medview.present.stroke import why_not_paint
from medview.session.session import Session

_RADIUS_LIMITS_MM = (0.1, 100.0)


def resolve_edit(state: SessionState, why_no_click_model: str = "") -> EditPlan:
    """Return what the editing tools show: pure."""
    scan = state.active_image.data if state.active_image is not None else None
    values = scan.values if isinstance(scan, Volume) else None
    return EditPlan(
        tool=state.view.tool,
        tools=tuple(_row(state, entry) for entry in HAND_TOOLS),
        radius_mm=state.view.brush_radius_mm,
        hand=state.view.hand,
        value_unit=scan.value_unit if isinstance(scan, Volume) else "",
        value_step=max((values.high - values.low) / 100, 1e-6) if values is not None else 1.0,
        why_not=why_not_paint(state, Tool.BRUSH),
        why_no_click_model=why_no_click_model,
    )


def _row(state: SessionState, entry: HandTool) -> ToolRow:
    tip = f"{entry.title} ({', '.join(entry.keys)}): {entry.tip}"
    return ToolRow(tool=entry.tool, tip=tip, why_not=entry.why_not(state) if entry.paints else "")


class EditPresenter:
    """Presents the tools of the hand.

    Args:
        session: What is open.
        view: The panel.
        actions: Runs the deeds, so that failures are told in one place.
        make_mask: Makes an empty mask and takes up the brush.
        why_no_click_model: Says why no model answers smart clicks; empty where one does.
    """

    def __init__(
        self,
        session: Session,
        view: EditViewPort,
        actions: ActionTable,
        make_mask: Callable[[], None],
        why_no_click_model: Callable[[], str],
    ) -> None:
        self._session = session
        self._view = view
        self._actions = actions
        self._why_no_click_model = why_no_click_model
        self._plan: EditPlan | None = None
        view.tool_chosen.connect(self._on_tool)
        view.radius_changed.connect(self._on_radius)
        view.hand_changed.connect(self._on_hand)
        view.mask_asked.connect(lambda: actions.guarded("New mask", make_mask))
        session.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the tools if anything about them is new."""
        state = self._session.state
        has_click = state.view.tool is Tool.CLICK
        plan = resolve_edit(state, self._why_no_click_model() if has_click else "")
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _on_tool(self, tool: Tool) -> None:
        self._actions.run(f"tools.{tool.value}")
        self._plan = None
        self.refresh()

    def _on_hand(self, hand: HandOptions) -> None:
        if hand.range_on and not self._session.state.view.hand.range_on:
            hand = self._with_range(hand)
        self._session.set_view(hand=hand)

    def _with_range(self, hand: HandOptions) -> HandOptions:
        """The window of the scan as a first range, unless a person has set one that fits the scan."""
        layer = self._session.state.active_image
        if layer is None or not isinstance(layer.display, ImageDisplay):
            return hand
        low, high = layer.display.low, layer.display.high
        fits = hand.range_low < hand.range_high and hand.range_low < high and low < hand.range_high
        is_first = hand.range_low == AS_FIRST_SET.range_low and hand.range_high == AS_FIRST_SET.range_high
        return hand if fits and not is_first else replace(hand, range_low=low, range_high=high)

    def _on_radius(self, radius_mm: float) -> None:
        low, high = _RADIUS_LIMITS_MM
        self._session.set_view(brush_radius_mm=min(max(float(radius_mm), low), high))
