"""The frames step: which video or folder, its pictures as a strip, and what is taken of it."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medview.gui.job_line import JobLine
from medview.gui.param_form import ParamForm
from medview.gui.pictures import pixmap_of
from medview.gui.texts import ElidedLabel, label, plain_tip
from medview.gui.theme import Colours
from medview.gui.widgets import quiet
from medview.present.ports.scene_port import FrameRow, FramesPlan

_NOTHING = (
    "A scene is learned from a laparoscopy video, or from frames with known cameras: transforms.json, "
    "LLFF, COLMAP. Drop one on the window, or choose it here."
)
_ICON = QSize(80, 50)
_CELL = QSize(90, 72)
_STRIP_HEIGHT_PX = 152
_BUTTONS = (
    ("file", "File…", "Choose a video, a transforms.json, or another file of poses"),
    ("folder", "Folder…", "Choose a folder of frames, with or without poses"),
    ("sample", "Sample", "Make a synthetic laparoscopy with known cameras, to try it out"),
)


class FramesPart(QWidget):
    """What is under the frames step."""

    capture_asked = Signal(str)
    value_changed = Signal(str, object)
    frame_chosen = Signal(int)
    frame_excluded = Signal(int, bool)
    extract_asked = Signal()
    stop_asked = Signal()

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._rows: tuple[FrameRow, ...] = ()
        self._empty = label(_NOTHING, "muted", wraps=True)
        self._title = ElidedLabel("heading", Qt.TextElideMode.ElideMiddle)
        self._facts, self._warnings = label("", "muted", wraps=True), label("", "problem", wraps=True)
        self._summary = label("", "muted", wraps=True)
        self._leave = QPushButton("Leave out")
        self._leave.setObjectName("small")
        self._leave.clicked.connect(self._turn_frame)
        self._strip = self._make_strip()
        self._form = ParamForm()
        self._form.value_changed.connect(self.value_changed.emit)
        self._extract = QPushButton("Take out frames")
        self._extract.setObjectName("primary")
        self._extract.clicked.connect(self.extract_asked.emit)
        self._progress = JobLine("reading frames", "Stop", "Stop; nothing half-written stays")
        self._progress.stopped.connect(self.stop_asked.emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        for part in (self._empty, self._title, self._facts, self._warnings, self._strip):
            column.addWidget(part)
        line = QHBoxLayout()
        line.addWidget(self._summary, 1)
        line.addWidget(self._leave)
        column.addLayout(line)
        column.addWidget(self._form.widget)
        column.addWidget(self._extract)
        column.addWidget(self._progress)
        column.addLayout(self._make_buttons())

    def show_plan(self, plan: FramesPlan, chosen: int) -> None:
        """Show this state; `chosen` is the frame whose mask is shown."""
        self._empty.setVisible(not plan.title and plan.progress is None)
        for part, text in (
            (self._title, plan.title),
            (self._facts, "\n".join(plan.facts)),
            (self._warnings, "\n".join(plan.warnings)),
        ):
            part.setText(text)
            part.setToolTip(plain_tip(text))
            part.setVisible(bool(text))
        self._summary.setText(plan.summary)
        for strip_part in (self._strip, self._summary, self._leave):
            strip_part.setVisible(bool(plan.rows))
        self._show_rows(plan.rows, chosen)
        self._form.widget.setVisible(bool(plan.form.params))
        if plan.form.params:
            self._form.show(plan.form.params, plan.form.values)
        self._extract.setVisible(plan.why_not_extract is not None)
        self._extract.setEnabled(not plan.why_not_extract)
        self._extract.setToolTip(plan.why_not_extract or "Write the frames to a folder of this program")
        self._progress.show_plan(plan.progress)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self._form.dress(colours)
        rows, self._rows = self._rows, ()
        self._show_rows(rows, self._strip.currentRow())

    def _show_rows(self, rows: tuple[FrameRow, ...], chosen: int) -> None:
        with quiet(self._strip):
            if len(rows) != len(self._rows):
                self._strip.clear()
                for _ in rows:
                    self._strip.addItem(_empty_item())
                self._rows = ()
            for number, row in enumerate(rows):
                if not self._rows or self._rows[number] != row:
                    self._show_row(self._strip.item(number), number, row)
            self._rows = rows
            if chosen != self._strip.currentRow():
                self._strip.setCurrentRow(chosen)
        self._show_turn()

    def _show_row(self, item: QListWidgetItem, number: int, row: FrameRow) -> None:
        item.setIcon(QIcon(_thumbnail(pixmap_of(row.picture.array), row.is_excluded)))
        item.setText(row.mark or row.name)
        colour = self._colours.warning if row.mark else self._colours.muted
        item.setForeground(QBrush(QColor(colour)))
        state = "left out" if row.is_excluded else "takes part"
        told = ", ".join(filter(None, (row.name, row.mark, state)))
        item.setToolTip(
            plain_tip(f"{told}\nClick: look at its mask; tick: take it in or leave it out (Space)")
        )
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Frame {number + 1}, {told}")

    def _make_strip(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Frames")
        made.setViewMode(QListView.ViewMode.IconMode)
        made.setMovement(QListView.Movement.Static)
        made.setResizeMode(QListView.ResizeMode.Adjust)
        made.setUniformItemSizes(True)
        made.setIconSize(_ICON)
        made.setGridSize(_CELL)
        made.setFixedHeight(_STRIP_HEIGHT_PX)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        made.currentRowChanged.connect(self._on_row)
        made.itemActivated.connect(lambda _: self._turn_frame())
        return made

    def _on_row(self, row: int) -> None:
        self._show_turn()
        if row >= 0:
            self.frame_chosen.emit(row)

    def _turn_frame(self) -> None:
        number = self._strip.currentRow()
        if 0 <= number < len(self._rows):
            self.frame_excluded.emit(number, not self._rows[number].is_excluded)

    def _show_turn(self) -> None:
        number = self._strip.currentRow()
        is_chosen = 0 <= number < len(self._rows)
        is_out = is_chosen and self._rows[number].is_excluded
        self._leave.setText("Take in" if is_out else "Leave out")
        self._leave.setEnabled(is_chosen)
        self._leave.setToolTip(
            "Learn from the chosen frame or leave it out (Enter in the strip)"
            if is_chosen
            else "Choose a frame first"
        )

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for kind, text, tip in _BUTTONS:
            button = QPushButton(text)
            button.setObjectName("small")
            button.setToolTip(tip)
            button.clicked.connect(lambda _, kind=kind: self.capture_asked.emit(kind))
            row.addWidget(button, 1)
        return row


def _empty_item() -> QListWidgetItem:
    item = QListWidgetItem()
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
    item.setSizeHint(_CELL)
    return item


def _thumbnail(picture: QPixmap, is_excluded: bool) -> QPixmap:
    """The picture within one size for all; one that is left out is dimmed."""
    ratio = picture.devicePixelRatio()
    made = QPixmap(_ICON * ratio)
    made.fill(QColor(0, 0, 0))
    whole, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    small = picture.scaled(_ICON, whole, smooth)
    painter = QPainter(made)
    painter.setOpacity(0.3 if is_excluded else 1.0)
    painter.drawPixmap((_ICON.width() - small.width()) // 2, (_ICON.height() - small.height()) // 2, small)
    if is_excluded:
        painter.setOpacity(1.0)
        painter.setPen(QPen(QColor(255, 255, 255), 1.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawLine(6, 6, _ICON.width() - 6, _ICON.height() - 6)
    painter.end()
    return made
