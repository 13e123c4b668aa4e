"""What the window shows while nothing is open: the ways to begin."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from medview.gui import icons
from medview.gui.theme import Colours
from medview.gui.widgets import clear, label
from medview.present.ports import RecentRow

_MOST_RECENT = 6


class StartPage:
    """Open, try the sample, or take a recent file."""

    triggered = Signal(str)
    recent_chosen = Signal(Path)

    def __init__(self, colours: Colours) -> None:
        self.widget = QWidget()
        self.widget.setObjectName("start")
        outer = QVBoxLayout(self.widget)
        outer.addStretch(2)
        middle = QVBoxLayout()
        middle.setSpacing(14)
        middle.addLayout(self._make_brand())
        middle.addWidget(label("See a scan, run a model on it, judge and correct the result.", "claim"))
        middle.addSpacing(10)
        middle.addWidget(self._make_drop_zone())
        self._recent_title = label("Recent", "heading")
        middle.addWidget(self._recent_title)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        middle.addLayout(self._recent)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addLayout(middle)
        centred.addStretch(1)
        outer.addLayout(centred)
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
            button = QPushButton(row.name if row.exists else f"{row.name} (not found)")
            button.setObjectName("link")
            button.setEnabled(row.exists)
            button.setToolTip(str(row.path.parent))
            button.clicked.connect(lambda _, path=row.path: self.recent_chosen.emit(path))
            self._recent.addWidget(button)

    def show_hot(self, is_hot: bool) -> None:
        """Light the drop zone while files are held over the window."""
        self._zone.setProperty("hot", is_hot)
        self._zone.style().polish(self._zone)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._logo.setPixmap(icons.pixmap("logo", colours.accent, 48))
        self._open.setIcon(icons.icon("open", colours.accent_text, colours.muted))
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
        self._zone.setMinimumSize(620, 170)
        column = QVBoxLayout(self._zone)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(16)
        column.addWidget(
            label("Drop scans, masks or a DICOM folder here", "title"), 0, Qt.AlignmentFlag.AlignHCenter
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        self._open = self._button("Open a scan", "file.open", "Open files (Ctrl+O)", "primary")
        self._folder = self._button(
            "Open a DICOM folder", "file.open_folder", "Open a folder (Ctrl+Shift+O)", ""
        )
        self._sample = self._button("Open the sample head", "file.sample", "A synthetic head, no patient", "")
        for button in (self._open, self._folder, self._sample):
            buttons.addWidget(button)
        column.addLayout(buttons)
        column.addWidget(label("NIfTI, DICOM, NRRD and MetaImage", "muted"), 0, Qt.AlignmentFlag.AlignHCenter)
        return self._zone

    def _button(self, text: str, action_id: str, tip: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setMinimumHeight(40)
        button.clicked.connect(lambda: self.triggered.emit(action_id))
        return button
