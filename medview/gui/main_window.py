"""The main window: tool bar, panes, side panels, status bar; questions and messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from psygnal import Signal
from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QApplication, QSplitter, QStackedWidget, QWidget

from medview.core.params import Param
from medview.core.places import resource
from medview.core.state import Layout, Orientation
from medview.gui import dialogs, install_dialog, label_files
from medview.gui.busy_mark import BusyMark
from medview.gui.card_dialog import CardDialog
from medview.gui.edit_view import EditView
from medview.gui.field_bar import FieldBar
from medview.gui.frame_slider import FrameSlider
from medview.gui.history_view import HistoryView
from medview.gui.labels_view import LabelsView
from medview.gui.layers_view import LayersView
from medview.gui.menus import Menus
from medview.gui.message_bar import Message, MessageBar
from medview.gui.pair_dialog import ask_pair
from medview.gui.pane_grid import PaneGrid
from medview.gui.placing_view import PlacingView
from medview.gui.preferences_dialog import PreferencesDialog
from medview.gui.proposal_view import ProposalView
from medview.gui.recovery_dialog import RecoveryDialog
from medview.gui.refine_view import RefineView
from medview.gui.scene_out_view import SceneOutView
from medview.gui.scene_view import SceneView
from medview.gui.series_dialog import ask_series
from medview.gui.slice_view import SliceView
from medview.gui.start_page import StartPage
from medview.gui.texts import ElidedLabel, plain_tip
from medview.gui.theme import Colours, apply_theme, colours, scene_theme
from medview.gui.tools_view import ToolsView
from medview.gui.training_dialog import TrainingDialog
from medview.gui.volume_view import VolumeView
from medview.gui.vtk_canvas import VtkCanvas
from medview.gui.window_body import SidePanels, beside, fill_status_bar, stacked
from medview.gui.window_frame import WindowFrame
from medview.gui.window_memory import WindowMemory
from medview.gui.window_pictures import WindowPictures
from medview.gui.worklist_view import WorklistView
from medview.present.ports.card_port import CardPage
from medview.present.ports.install_question import InstallQuestion
from medview.present.ports.menu_port import ActionRow, RecentRow
from medview.present.ports.window_port import PairRow, SeriesRow


class _Panel(Protocol):
    """What all side panels have."""

    widget: QWidget

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""


class MainWindow(QObject):
    """Implements `WindowViewPort` and owns the other views.

    Args:
        theme: ``"dark"`` or ``"light"``.
        ask_frame: Asks the scheduler to draw a canvas at the next tick.
        memory: File that keeps the window's size and borders; None keeps nothing.
    """

    triggered = Signal(str)
    dropped = Signal(object)
    recent_chosen = Signal(Path)
    frame_chosen = Signal(int)
    close_asked = Signal()
    preference_changed = Signal(str, object)
    self_test_asked = Signal(str)

    def __init__(
        self, theme: str, ask_frame: Callable[[VtkCanvas], None], memory: Path | None = None
    ) -> None:
        super().__init__()
        dress, scene = colours(theme), scene_theme(theme)
        self.window = WindowFrame()
        self.slices = {o: SliceView(o.value.title(), scene, ask_frame) for o in Orientation}
        self.volume = VolumeView(scene)
        self.layers = LayersView(dress)
        self.tools = ToolsView(dress)
        self.labels = LabelsView(dress)
        self.edit = EditView(dress, self.labels.widget)
        self.history = HistoryView(dress)
        self.refine = RefineView(dress)
        self.proposal = ProposalView(dress)
        self.worklist = WorklistView(dress)
        self.scene = SceneView(dress)
        self.placing, self.scene_out = PlacingView(dress), SceneOutView(dress)
        self.scene.add_group("Place", self.placing.widget, "Lay the scene upon the scan, or scale it")
        self.scene.add_group("Export", self.scene_out.widget, "Write pictures, films, points, surfaces")
        self.training = TrainingDialog(self.window, dress)
        self.recovery = RecoveryDialog(self.window)
        self._preferences = PreferencesDialog(self.window, dress)
        self._card = CardDialog(self.window, dress)
        self._menus = Menus(self.window, dress)
        self._start = StartPage(dress)
        self._messages = MessageBar(dress)
        self._frames = FrameSlider()
        self._readout, self._hint, self._busy = ElidedLabel("mono"), ElidedLabel("muted"), BusyMark()
        self.field_bar = FieldBar()
        volume = stacked(self.field_bar.widget, self.volume.widget, grows=self.volume.widget)
        self._grid = PaneGrid(self.slices, volume)
        self._side = SidePanels(self.layers.widget, *(panel.widget for panel in self._tabs))
        self._pages = QStackedWidget()
        self._pictures = WindowPictures(self.window, self._grid, tuple(self.slices.values()))
        self._memory = WindowMemory(memory) if memory is not None else None
        self._is_closed = False
        self._splitters = self._put_together()
        self._connect()
        if self._memory is not None:
            self._memory.restore(self.window, self._splitters)

    def show_actions(self, rows: tuple[ActionRow, ...]) -> None:
        """Build or refresh menus, tool bar and keys."""
        self._menus.show(rows)

    def show_title(self, document: str, is_unsaved: bool) -> None:
        """Show what is open; the start page where nothing is."""
        self.window.setWindowTitle(
            f"{document}{' •' if is_unsaved else ''} – medview" if document else "medview"
        )
        self.window.setWindowModified(False)
        self._pages.setCurrentIndex(1 if document else 0)

    def show_layout(self, layout: Layout) -> None:
        """Show these panes."""
        self._grid.show_layout(layout)

    def show_readout(self, lines: tuple[str, ...]) -> None:
        """Show position and values under the mouse."""
        text = "    ".join(lines)
        self._readout.setText(text)
        self._readout.setToolTip(plain_tip(text))

    def show_hint(self, text: str) -> None:
        """Show one line in the status bar."""
        self._hint.setText(text)
        self._hint.setToolTip(plain_tip(text))

    def show_frames(self, frame: int, count: int, text: str) -> None:
        """Show the time slider; a count of 1 hides it."""
        self._frames.show(frame, count, text)

    def show_recent(self, rows: tuple[RecentRow, ...]) -> None:
        """Fill the Recent menu and the start page."""
        self._menus.show_recent(rows)
        self._start.show_recent(rows)

    def show_error(self, title: str, detail: str, hint: str) -> None:
        """Tell a failure in the message bar."""
        told = f"{detail.rstrip('.')}. {hint}".strip(" .")
        self._messages.show_message(Message(title=title, lines=(f"{told}.",) if told else (), is_error=True))

    def show_warnings(self, title: str, lines: tuple[str, ...]) -> None:
        """Say what was guessed or repaired."""
        self._messages.show_message(Message(title=title, lines=lines, is_error=False))

    def ask_paths(self) -> tuple[Path, ...]:
        """Ask for files to open; empty on cancel."""
        return dialogs.ask_paths(self.window)

    def ask_folder(self) -> Path | None:
        """Ask for a DICOM folder; None on cancel."""
        return dialogs.ask_folder(self.window)

    def ask_series(self, rows: tuple[SeriesRow, ...]) -> tuple[int, ...]:
        """Ask which series to open; empty on cancel."""
        return ask_series(self.window, rows)

    def ask_model_file(self) -> Path | None:
        """Ask for a zip of a model; None on cancel."""
        return install_dialog.ask_model_file(self.window)

    def ask_model_folder(self) -> Path | None:
        """Ask for a model folder; None on cancel."""
        return install_dialog.ask_model_folder(self.window)

    def ask_install(self, question: InstallQuestion) -> bool:
        """Show what a model is, and ask whether to install it."""
        return install_dialog.ask_install(self.window, question)

    def ask_pair(self, rows: tuple[PairRow, ...], chosen: tuple[int, int]) -> tuple[int, int] | None:
        """Ask which two masks to compare; None on cancel."""
        return ask_pair(self.window, rows, chosen)

    def ask_save_path(self, suggestion: Path) -> Path | None:
        """Ask where to save; None on cancel."""
        return dialogs.ask_save_path(self.window, suggestion)

    def ask_unsaved(self, names: tuple[str, ...], before: str) -> str:
        """Warn of unsaved work: ``"save"``, ``"discard"`` or ``"cancel"``."""
        return dialogs.ask_unsaved(self.window, names, before)

    def ask_text(self, title: str, label: str, text: str) -> str | None:
        """Ask for a line of text; None on cancel."""
        return dialogs.ask_text(self.window, title, label, text)

    def set_theme(self, name: str) -> None:
        """Show ``"dark"`` or ``"light"``."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, name)
        dress, scene = colours(name), scene_theme(name)
        panels = (self.layers, *self._tabs, self.labels, self.placing, self.scene_out)
        for part in (self._menus, self._start, self._messages, *panels):
            part.dress(dress)
        for dialog in (self._preferences, self.training, self._card):
            dialog.dress(dress)
        for view in (*self.slices.values(), self.volume):
            view.set_theme(scene)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or come back."""
        self.window.setWindowState(self.window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_about(self, text: str) -> None:
        """Show version, licences and what the program is not for."""
        dialogs.show_text(self.window, "About medview", text)

    def show_text(self, title: str, text: str) -> None:
        """Show plain text with line breaks, such as the list of keys or a model's card."""
        dialogs.show_text(self.window, title, text)

    def show_card(self, page: CardPage) -> None:
        """Show a model's card; work goes on beside it."""
        self._card.show(page)

    def show_self_test(self, text: str, is_good: bool | None) -> None:
        """Tell on the card what a self-test found; None while it runs."""
        self._card.show_self_test(text, is_good)

    def ask_labels_file(self) -> Path | None:
        """Ask for a table of labels to load; None on cancel."""
        return label_files.ask_file(self.window)

    def ask_contours_file(self) -> Path | None:
        """Ask for a DICOM structure set to load; None on cancel."""
        return label_files.ask_contours(self.window)

    def ask_labels_path(self, suggestion: Path) -> Path | None:
        """Ask where to save a table of labels; None on cancel."""
        return label_files.ask_path(self.window, suggestion)

    def ask_export_path(self, title: str, suggestion: Path) -> Path | None:
        """Ask where to write a file of one kind; None on cancel."""
        return dialogs.ask_export_path(self.window, title, suggestion)

    def ask_picture_path(self) -> Path | None:
        """Ask where to save a picture; None on cancel."""
        return dialogs.ask_picture_path(self.window)

    def save_picture(self, path: Path, mark: str) -> None:
        """Save what the panes show as PNG; `mark` is written into it as text too."""
        if not self._pictures.save_panes(path, mark):
            self.show_error(f"Cannot save {path.name}", "the disk or its rights do not allow it", "")

    def copy_picture(self) -> None:
        """Put what the panes show on the clipboard."""
        QApplication.clipboard().setImage(self._pictures.panes())

    def show_preferences(self, params: tuple[Param, ...], values: dict[str, Any]) -> None:
        """Let the person change preferences; every change is told at once."""
        self._preferences.show(params, values)

    def show_guide(self) -> None:
        """Show the user guide."""
        dialogs.show_guide(self.window, resource("guide.md"))

    def grab_picture(self) -> QImage:
        """The window as people see it."""
        return self._pictures.whole()

    def open_folder(self, folder: Path) -> None:
        """Show a folder in the system's file browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def close(self) -> None:
        """Close the window for good, canvases first."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._memory is not None:
            self._memory.keep(self.window, self._splitters)
        self.training.close()
        self.recovery.finish()
        for view in self.slices.values():
            view.widget.finish()
        self.volume.finish()
        self.window.may_close = True
        self.window.close()
        self.window.deleteLater()

    @property
    def _tabs(self) -> tuple[_Panel, ...]:
        """The side panels in their order."""
        return (
            self.tools, self.edit, self.refine, self.proposal, self.history, self.worklist, self.scene
        )  # fmt: skip

    def _put_together(self) -> dict[str, QSplitter]:
        """Lay the parts out; returns the borders that people can move, by name."""
        self._pages.addWidget(self._start.widget)
        self._pages.addWidget(stacked(self._grid, self._frames.widget, grows=self._grid))
        body = beside(self._pages, self._side)
        self.window.setCentralWidget(stacked(self._menus.bar, self._messages, body, grows=body))
        fill_status_bar(self.window.statusBar(), self._readout, self._hint, self._busy)
        return {"body": body, "side": self._side}

    def _connect(self) -> None:
        self._menus.triggered.connect(self._on_triggered)
        self._menus.recent.triggered.connect(lambda action: self.recent_chosen.emit(action.data()))
        self._start.triggered.connect(self.triggered.emit)
        self._start.recent_chosen.connect(self.recent_chosen.emit)
        self._frames.chosen.connect(self.frame_chosen.emit)
        self.window.files_held.connect(self._start.show_hot)
        self.window.files_dropped.connect(self.dropped.emit)
        self.window.close_asked.connect(self.close_asked.emit)
        self._preferences.changed.connect(self.preference_changed.emit)
        self._card.self_test_asked.connect(self.self_test_asked.emit)
        self.edit.brush_taken.connect(lambda: self._side.show_panel("paint"))
        self.proposal.revealed.connect(lambda: self._side.show_panel("review"))
        self.history.revealed.connect(lambda: self._side.show_panel("history"))
        self.worklist.revealed.connect(lambda: self._side.show_panel("cases"))
        self.scene.revealed.connect(lambda: self._side.show_panel("scene"))
        self.tools.jobs_shown.connect(self._busy.show_jobs)
        self.tools.jobs_shown.connect(self._start.show_jobs)
        for mark in (self._busy.clicked, self._start.busy_clicked):
            mark.connect(lambda: self._side.show_panel("models"))

    def _on_triggered(self, action_id: str) -> None:
        """Esc with no button held clears away what stands over the work: message bar, then full screen."""
        if action_id == "edit.cancel" and not QApplication.mouseButtons():
            if self._messages.isVisible():
                self._messages.dismiss()
                return
            if self.window.isFullScreen():
                self.toggle_full_screen()
        self.triggered.emit(action_id)
