"""What the actions work with: the session, the use cases, the panes and the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from medview.core.plans import Vector
from medview.core.state import Layout, Orientation, SessionState
from medview.present.hand.clicks import Clicks
from medview.present.hand.outlines import Outlines
from medview.present.ports.volume_port import VolumeViewPort
from medview.present.ports.window_port import WindowViewPort
from medview.present.slice_presenter import SlicePresenter
from medview.present.stroke import Strokes
from medview.session.session import Session
from medview.session.settings import Settings
from medview.session.workflows import Workflows

NOTHING_OPEN = "Open a scan first."
NO_SCENE = "Open or train a scene first."
_PANES = {
    Layout.AXIAL: Orientation.AXIAL,
    Layout.CORONAL: Orientation.CORONAL,
    Layout.SAGITTAL: Orientation.SAGITTAL,
}


@dataclass(kw_only=True)
class Desk:
    """Everything within reach of an action.

    Args:
        session: What is open.
        workflows: The use cases.
        settings: What the person prefers.
        window: The main window.
        volume_view: The 3-D pane.
        strokes: The stroke under way.
        outlines: The outline under way.
        clicks: The smart clicks.
        volume_presets: Names of the 3-D presets that suit a modality, most apt first.
        panes: The slice presenters, once they are made.
        hovered: The pane under the mouse.
        hover_ras: The patient position under the mouse.
        model_id: The model chosen in the tools panel.
        open_training: Opens the training wizard, once that is made.
        show_history: Brings the list of steps to the front, once that is made.
        open_lost_work: Offers lost work, once its dialog is made.
        export_scene: Writes a kind of file of the scene on show, once its group is made.
        why_not_export_scene: Why it cannot.
        open_work_list: Opens a folder (asked for where None) as a work list, once its panel is made.
    """

    session: Session
    workflows: Workflows
    settings: Settings
    window: WindowViewPort
    volume_view: VolumeViewPort
    strokes: Strokes
    outlines: Outlines
    clicks: Clicks
    volume_presets: tuple[str, ...] = ()
    panes: dict[Orientation, SlicePresenter] = field(default_factory=dict)
    hovered: Orientation | None = None
    hover_ras: Vector | None = None
    model_id: str = ""
    open_training: Callable[[], None] = lambda: None
    show_history: Callable[[], None] = lambda: None
    open_lost_work: Callable[[], None] = lambda: None
    export_scene: Callable[[str], None] = lambda _kind: None
    why_not_export_scene: Callable[[str], str] = lambda _kind: NO_SCENE
    open_work_list: Callable[[Path | None], None] = lambda _folder: None

    @property
    def state(self) -> SessionState:
        """The present state."""
        return self.session.state

    @property
    def pane(self) -> SlicePresenter:
        """The pane that keys act on: under the mouse, else the one that fills the window, else axial."""
        alone = _PANES.get(self.state.view.layout)
        return self.panes[alone or self.hovered or Orientation.AXIAL]

    def needs_scan(self) -> str:
        """Why an action that looks at a scan is off."""
        return "" if self.state.base is not None else NOTHING_OPEN

    def switch(self, field_name: str) -> Callable[[], None]:
        """A deed that turns a yes-or-no field of the view round."""
        return lambda: self.session.set_view(**{field_name: not getattr(self.state.view, field_name)})

    def setter(self, **changes: object) -> Callable[[], None]:
        """A deed that sets fields of the view."""
        return lambda: self.session.set_view(**changes)
