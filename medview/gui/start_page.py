"""What the window shows while nothing is open: the ways to begin."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from medview.gui import icons
from medview.gui.busy_mark import BusyMark
from medview.gui.texts import label, no_mnemonic, plain_tip, shortened
from medview.gui.theme import Colours
from medview.gui.widgets import clear
from medview.present.ports.menu_port import RecentRow
from medview.present.ports.tools_port import JobRow

_MOST_RECENT = 6
_MOST_LETTERS = 70
_ZONE_WIDTH_PX = 560


class StartPage:
    """Open, try the sample, or take a recent file."""

    triggered = Signal(str)
    recent_chosen = Signal(Path)
    busy_clicked = Signal()

    def __init__(self, colours: Colours) -> None:
        self.widget = QWidget()
        self.widget.setObjectName("start")
        middle = QVBoxLayout()
        middle.setSpacing(14)
        middle.addLayout(self._make_brand())
        middle.addWidget(label("See a scan, run a model on it, judge and correct the result.", "claim"))
        middle.addSpacing(10)
        middle.addWidget(self._make_drop_zone())
        self._busy = BusyMark()
        self._busy.clicked.connect(self.busy_clicked.emit)
        middle.addWidget(self._busy)
        self._recent_title = label("Recent", "heading")
        middle.addWidget(self._recent_title)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        middle.addLayout(self._recent)
        outer = QVBoxLayout(self.widget)
        outer.addStretch(2)
        outer.addLayout(_centred(middle))
        outer.addStretch(3)
        outer.addWidget(label("Research software. Not a medical device, not for diagnosis.", "muted"), 0,
                        Qt.AlignmentFlag.AlignHCenter)  # fmt: skip
        self.dress(colours)
        self.show_recent(())

    def show_recent(self, rows: tuple[RecentRow, ...]) -> None:
        """List recent files; those that are gone are greyed."""
        clear(self._recent)
        self._recent_title.setVisible(bool(rows))
        for row in rows[:_MOST_RECENT]:
            name = shortened(row.name, _MOST_LETTERS)
            button = QPushButton(no_mnemonic(name if row.exists else f"{name} (not found)"))
            button.setObjectName("link")
            button.setEnabled(row.exists)
            where = f"{row.name}\nin {row.path.parent}"
            button.setToolTip(plain_tip(where if row.exists else f"{where}\nis not there any more"))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _, path=row.path: self.recent_chosen.emit(path))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_jobs(self, rows: tuple[JobRow, ...]) -> None:
        """Show that a file is being read."""
        self._busy.show_jobs(rows)

    def show_hot(self, is_hot: bool) -> None:
        """Light the drop zone while files are held over the window."""
        self._zone.setProperty("hot", is_hot)
        self._zone.style().polish(self._zone)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._logo.setPixmap(icons.pixmap("logo", colours.accent, 48))
        self._open.setIcon(icons.icon("open", colours.fill_text, colours.muted))
        self._folder.setIcon(icons.icon("folder", colours.text, colours.muted))
        self._sample.setIcon(icons.icon("sample", colours.text, colours.muted))

    def _make_brand(self) -> QHBoxLayout:
        self._logo = QLabel()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._logo)
        row.addWidget(label("medview", "brand"))
        row.addStretch(1)
        return row

    def _make_drop_zone(self) -> QFrame:
        self._zone = QFrame()
        self._zone.setObjectName("dropzone")
        self._zone.setMinimumSize(_ZONE_WIDTH_PX, 170)
        column = QVBoxLayout(self._zone)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addWidget(
            label("Drop scans, masks or a DICOM folder here", "title"), 0, Qt.AlignmentFlag.AlignHCenter
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        self._open = self._button(" Open a scan", "file.open", "Open files (Ctrl+O)", "primary")
        self._folder = self._button(
            " Open a DICOM folder", "file.open_folder", "Open a folder (Ctrl+Shift+O)", ""
        )
        self._sample = self._button(
            " Open the sample", "file.sample", "A made-up head, to try things without a patient's data", ""
        )
        for button in (self._open, self._folder, self._sample):
            buttons.addWidget(button, 1)
        column.addLayout(buttons)
        column.addWidget(
            label("NIfTI, DICOM, NRRD, MetaImage; laparoscopy videos and trained scenes", "muted"),
            0,
            Qt.AlignmentFlag.AlignHCenter,
        )
        return self._zone

    def _button(self, text: str, action_id: str, tip: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(text.strip())
        button.setMinimumHeight(40)
        button.clicked.connect(lambda: self.triggered.emit(action_id))
        return button


def _centred(column: QVBoxLayout) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addStretch(1)
    row.addLayout(column)
    row.addStretch(1)
    return row
