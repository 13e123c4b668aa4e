"""The 3-D pane: shows scan and surfaces, and lets a click carry the crosshair there."""

from __future__ import annotations

from medview.core.plans import Vector, VolumePlan
from medview.core.state import Layout, SessionState
from medview.present.ports import VolumeViewPort
from medview.present.volume_plan import resolve_volume
from medview.session.session import Session


class VolumePresenter:
    """Presents the 3-D pane.

    Args:
        session: What is open.
        view: The pane.
    """

    def __init__(self, session: Session, view: VolumeViewPort) -> None:
        self._session = session
        self._view = view
        self._plan: VolumePlan | None = None
        view.picked.connect(self._on_picked)
        view.maximise_asked.connect(self.toggle_maximised)
        session.changed.connect(self._on_changed)
        self.refresh()

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        had_scan = old.base is not None
        self.refresh()
        if new.base is not None and not had_scan:
            self._view.reset_camera()

    def refresh(self) -> None:
        """Resolve the plan and show it if anything in it is new; a hidden pane waits."""
        state = self._session.state
        if state.view.layout not in (Layout.FOUR_UP, Layout.VOLUME):
            return
        plan = resolve_volume(state)
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _on_picked(self, position_ras: Vector) -> None:
        self._session.set_view(cursor_ras=position_ras)

    def toggle_maximised(self) -> None:
        """Fill the window with the 3-D pane, or come back to all four."""
        is_alone = self._session.state.view.layout is Layout.VOLUME
        self._session.set_view(layout=Layout.FOUR_UP if is_alone else Layout.VOLUME)
