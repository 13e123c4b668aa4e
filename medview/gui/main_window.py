"""The main window: tool bar, panes, side panels, status bar; questions and messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from psygnal import Signal
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QPainter,
)
from PySide6.QtWidgets import (
    QApplication,
    QInputDialog,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from medview.core.places import resource
from medview.core.state import Layout, Orientation
from medview.gui import dialogs
from medview.gui.edit_view import EditView
from medview.gui.frame_slider import FrameSlider
from medview.gui.layers_view import LayersView
from medview.gui.menus import Menus, is_typing
from medview.gui.message_bar import MessageBar
from medview.gui.pane_grid import PaneGrid
from medview.gui.slice_view import SliceView
from medview.gui.start_page import StartPage
from medview.gui.theme import apply_theme, colours, scene_theme
from medview.gui.tools_view import ToolsView
from medview.gui.volume_view import VolumeView
from medview.gui.vtk_canvas import VtkCanvas
from medview.gui.widgets import label
from medview.present.ports import ActionRow, RecentRow, SeriesRow

_SIDE_WIDTH = 330
_HINT_S = 8


class MainWindow(QObject):
    """Implements `WindowViewPort` and owns the other views.

    Args:
        theme: ``"dark"`` or ``"light"``.
        ask_frame: Asks the scheduler to draw a canvas at the next tick.
    """

    triggered = Signal(str)
    dropped = Signal(object)
    recent_chosen = Signal(Path)
    frame_chosen = Signal(int)
    close_asked = Signal()

    def __init__(self, theme: str, ask_frame: Callable[[VtkCanvas], None]) -> None:
        super().__init__()
        dress, scene = colours(theme), scene_theme(theme)
        self.window = _Window(self)
        self.slices = {o: SliceView(o.value.title(), scene, ask_frame) for o in Orientation}
        self.volume = VolumeView(scene, ask_frame)
        self.layers = LayersView(dress)
        self.tools = ToolsView()
        self.edit = EditView(dress)
        self._menus = Menus(self.window, dress)
        self._start = StartPage(dress)
        self._messages = MessageBar(dress)
        self._frames = FrameSlider()
        self._readout, self._hint = label("", "mono"), label("", "muted")
        self._grid = PaneGrid(self.slices, self.volume)
        self._pages = QStackedWidget()
        self._put_together()
        self._connect()

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
        self._readout.setText("    ".join(lines))

    def show_hint(self, text: str) -> None:
        """Show one line in the status bar."""
        self._hint.setText(text)
        self._hint.setToolTip(text)

    def show_frames(self, frame: int, count: int, text: str) -> None:
        """Show the time slider; a count of 1 hides it."""
        self._frames.show(frame, count, text)

    def show_recent(self, rows: tuple[RecentRow, ...]) -> None:
        """Fill the Recent menu and the start page."""
        self._menus.show_recent(rows)
        self._start.show_recent(rows)

    def show_error(self, title: str, detail: str, hint: str) -> None:
        """Tell a failure in the message bar."""
        self._messages.show_message(title, (f"{detail}. {hint}".strip(),))

    def show_warnings(self, title: str, lines: tuple[str, ...]) -> None:
        """Say what was guessed or repaired."""
        self._messages.show_message(title, lines)

    def ask_paths(self) -> tuple[Path, ...]:
        """Ask for files to open; empty on cancel."""
        return dialogs.ask_paths(self.window)

    def ask_folder(self) -> Path | None:
        """Ask for a DICOM folder; None on cancel."""
        return dialogs.ask_folder(self.window)

    def ask_series(self, rows: tuple[SeriesRow, ...]) -> tuple[int, ...]:
        """Ask which series to open; empty on cancel."""
        return dialogs.ask_series(self.window, rows)

    def ask_save_path(self, suggestion: Path) -> Path | None:
        """Ask where to save; None on cancel."""
        return dialogs.ask_save_path(self.window, suggestion)

    def ask_unsaved(self, names: tuple[str, ...], before: str) -> str:
        """Warn of unsaved work: ``"save"``, ``"discard"`` or ``"cancel"``."""
        return dialogs.ask_unsaved(self.window, names, before)

    def ask_text(self, title: str, label: str, text: str) -> str | None:
        """Ask for a line of text; None on cancel."""
        answer, accepted = QInputDialog.getText(self.window, title, label, text=text)
        return answer if accepted else None

    def set_theme(self, name: str) -> None:
        """Show ``"dark"`` or ``"light"``."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, name)
        dress, scene = colours(name), scene_theme(name)
        for part in (self._menus, self._start, self._messages, self.layers, self.edit):
            part.dress(dress)
        for view in (*self.slices.values(), self.volume):
            view.set_theme(scene)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or come back."""
        self.window.setWindowState(self.window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_about(self, text: str) -> None:
        """Show version, licences and what the program is not for."""
        dialogs.show_text(self.window, "About medview", text)

    def show_guide(self) -> None:
        """Show the user guide."""
        guide = resource("guide.md")
        dialogs.show_text(self.window, "User guide", guide.read_text(encoding="utf-8"))

    def open_folder(self, folder: Path) -> None:
        """Show a folder in the system's file browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def close(self) -> None:
        """Close the window for good, canvases first."""
        self.window.may_close = True
        for view in (*self.slices.values(), self.volume):
            view.widget.finish()
        self.window.close()

    def show_panel(self, name: str) -> None:
        """Bring ``"models"`` or ``"paint"`` to the front."""
        self._tabs.setCurrentIndex(0 if name == "models" else 1)

    def grab_picture(self) -> QImage:
        """The window as people see it, with what VTK drew put into its widgets' places."""
        picture = self.window.grab().toImage()
        painter = QPainter(picture)
        for view in (*self.slices.values(), self.volume):
            if view.widget.isVisible():
                place = view.widget.mapTo(self.window, view.widget.rect().topLeft())
                painter.drawImage(place, view.widget.picture())
        painter.end()
        return picture

    def _put_together(self) -> None:
        viewer = QWidget()
        column = QVBoxLayout(viewer)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._grid, 1)
        column.addWidget(self._frames.widget)
        self._pages.addWidget(self._start.widget)
        self._pages.addWidget(viewer)
        body = QSplitter(Qt.Orientation.Horizontal)
        body.setHandleWidth(1)
        body.setChildrenCollapsible(False)
        body.addWidget(self._pages)
        body.addWidget(self._make_side())
        body.setStretchFactor(0, 1)
        body.setSizes([1200, _SIDE_WIDTH])
        central = QWidget()
        rows = QVBoxLayout(central)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for part in (self._menus.bar, self._messages):
            rows.addWidget(part)
        rows.addWidget(body, 1)
        self.window.setCentralWidget(central)
        status = self.window.statusBar()
        status.setSizeGripEnabled(False)
        status.addWidget(self._readout, 1)
        status.addPermanentWidget(self._hint)

    def _make_side(self) -> QWidget:
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.addTab(self.tools.widget, "Models")
        self._tabs.addTab(self.edit.widget, "Paint")
        side = QSplitter(Qt.Orientation.Vertical)
        side.setObjectName("side")
        side.setHandleWidth(1)
        side.setChildrenCollapsible(False)
        side.addWidget(self.layers.widget)
        side.addWidget(self._tabs)
        side.setSizes([280, 420])
        side.setMinimumWidth(280)
        side.setMaximumWidth(520)
        return side

    def _connect(self) -> None:
        self._menus.triggered.connect(self.triggered.emit)
        self._menus.recent.triggered.connect(lambda action: self.recent_chosen.emit(action.data()))
        self._start.triggered.connect(self.triggered.emit)
        self._start.recent_chosen.connect(self.recent_chosen.emit)
        self._frames.chosen.connect(self.frame_chosen.emit)
        self.window.hot.connect(self._start.show_hot)


class _Window(QMainWindow):
    """The bare window: close and drop events become the view's signals."""

    def __init__(self, view: MainWindow) -> None:
        super().__init__()
        self._view = view
        self.may_close = False
        self.hot = _Hot()
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.setMinimumSize(900, 600)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask the presenter; it closes for good when nothing is lost."""
        if self.may_close:
            event.accept()
            return
        event.ignore()
        QTimer.singleShot(0, self._view.close_asked.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self.hot.emit(True)

    def dragLeaveEvent(self, _event: QEvent) -> None:
        """The files went elsewhere."""
        self.hot.emit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass the local paths on."""
        self.hot.emit(False)
        paths = tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        if paths:
            self._view.dropped.emit(paths)

    def event(self, event: QEvent) -> bool:
        """Keep single-key shortcuts from firing while a person types."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and is_typing():
            event.accept()
            return True
        return super().event(event)


class _Hot:
    """Whether files are held over the window."""

    _signal = Signal(bool)

    def __init__(self) -> None:
        self.connect = self._signal.connect
        self.emit = self._signal.emit
