"""The 3-D pane: shows scan and surfaces, and lets a click carry the crosshair there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from medview.core.plans import Shared, Vector, VolumePlan
from medview.core.state import Layout, SessionState
from medview.present.field_plan import Pictures, no_picture
from medview.present.ports.volume_port import VolumeViewPort
from medview.present.volume_plan import resolve_volume
from medview.session.session import Session

#: Calls a function once after so many seconds, on the window's thread.
Later = Callable[[float, Callable[[], None]], object]
REST_S = 0.3


class VolumePresenter:
    """Presents the 3-D pane.

    A crosshair that moves in the slices is shown in 3-D once it rests: without a graphics card a
    picture of the scan takes both cores for a third of a second, and scrolling needs them.

    Args:
        session: What is open.
        view: The pane.
        later: A timer.
        pictures: Finds the real picture of a radiance field's view.

    """

    def __init__(
        self, session: Session, view: VolumeViewPort, later: Later, pictures: Pictures = no_picture
    ) -> None:
        self._session = session
        self._view = view
        self._later = later
        self._pictures = pictures
        self._keyed_ras: Shared | None = None
        self._plan: VolumePlan | None = None
        self._moves = 0
        self._is_waiting = False
        view.picked.connect(self._on_picked)
        view.maximise_asked.connect(self.toggle_maximised)
        session.changed.connect(self._on_changed)
        self.refresh()

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        had_scan = old.base is not None
        if _only_moved(old, new):
            self._moves += 1
            self._wait_for_rest()
        else:
            self.refresh()
        if new.base is not None and not had_scan:
            self._view.reset_camera()

    def refresh(self) -> None:
        """Resolve the plan and show it if anything in it is new; a hidden pane waits."""
        state = self._session.state
        if state.view.layout not in (Layout.FOUR_UP, Layout.VOLUME):
            return
        plan = resolve_volume(state, self._pictures, self._keyed_ras)
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def show_keys(self, keyed_ras: Shared | None) -> None:
        """Draw the cameras (m, 4, 4) of a path that is being keyed; None draws none."""
        self._keyed_ras = keyed_ras
        self.refresh()

    def _wait_for_rest(self) -> None:
        """One timer at a time: looks after a while whether the crosshair has moved on meanwhile."""
        if self._is_waiting:
            return
        self._is_waiting = True
        moves = self._moves

        def look() -> None:
            self._is_waiting = False
            if moves == self._moves:
                self.refresh()
            else:
                self._wait_for_rest()

        self._later(REST_S, look)

    def _on_picked(self, position_ras: Vector) -> None:
        self._session.set_view(cursor_ras=position_ras)
        self.refresh()

    def toggle_maximised(self) -> None:
        """Fill the window with the 3-D pane, or come back to all four."""
        is_alone = self._session.state.view.layout is Layout.VOLUME
        self._session.set_view(layout=Layout.FOUR_UP if is_alone else Layout.VOLUME)


def _only_moved(old: SessionState, new: SessionState) -> bool:
    """Whether nothing but the crosshair's position is new."""
    has_same_preview = (old.preview is None) == (new.preview is None)
    is_same_content = old.layers is new.layers and old.surfaces is new.surfaces and has_same_preview
    return is_same_content and replace(old.view, cursor_ras=new.view.cursor_ras) == new.view
