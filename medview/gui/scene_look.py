"""The view step: a trained scene's held-out views with their numbers, and how the scene is shown."""

from __future__ import annotations

import math

from psygnal import Signal
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSlider,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medview.gui.param_form import ParamForm
from medview.gui.texts import ElidedLabel, label, plain_tip
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, calm, quiet
from medview.present.ports.scene_port import LookPlan, ViewRow

_NOTHING = "A scene that was trained here or opened (a .field folder) is looked at in the 3-D view."
_COLUMNS = (
    ("View", "Held-out frame; double click: look through its camera"),
    ("PSNR", "Inside the circle, in dB: higher is better"),
    ("frame", "PSNR on the whole frame, in dB"),
    ("SSIM", "Similarity inside the circle, at most 1"),
)
_TABLE_HEIGHT_PX, _BARS_HEIGHT_PX = 150, 44


class LookPart(QWidget):
    """What is under the view step."""

    frame_chosen = Signal(object)
    display_changed = Signal(str, object)
    deed_asked = Signal(str)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._plan = LookPlan()
        self._empty = label(_NOTHING, "muted", wraps=True)
        self._title, self._summary = ElidedLabel("heading"), label("", "muted", wraps=True)
        self._form = ParamForm()
        self._form.value_changed.connect(self.display_changed.emit)
        self._bars = Bars(colours)
        self._table = self._make_table()
        self._slider, self._frame = self._make_slider()
        self._free = IconButton("close", "Leave the real frame; the view is free again")
        self._free.clicked.connect(lambda: self.frame_chosen.emit(None))
        self._train_anew = QPushButton("Train anew without bad frames")
        self._train_anew.clicked.connect(lambda: self.deed_asked.emit("train_anew"))
        self._body = self._put_together()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        column.addWidget(self._empty)
        column.addWidget(self._body)
        self.dress(colours)
        self.show_plan(self._plan)

    def show_plan(self, plan: LookPlan) -> None:
        """Show this state."""
        self._plan = plan
        self._empty.setVisible(not plan.title)
        self._body.setVisible(bool(plan.title))
        self._title.setText(plan.title)
        self._summary.setText(plan.summary)
        if plan.title:
            self._form.show(plan.form.params, plan.form.values)
        self._show_frame(plan)
        self._show_rows(plan)
        self._turn_buttons(plan)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self._form.dress(colours)
        self._bars.dress(colours)
        self._free.dress(colours)
        self._show_rows(self._plan)

    def _show_frame(self, plan: LookPlan) -> None:
        with quiet(self._slider):
            self._slider.setRange(0, max(plan.count - 1, 0))
            if plan.frame is not None and not self._slider.isSliderDown():
                self._slider.setValue(plan.frame)
        words = f"Frame {plan.frame + 1} of {plan.count}" if plan.frame is not None else "Free view"
        self._frame.setText(words)
        self._free.turn("" if plan.frame is not None else "The view is free already")

    def _show_rows(self, plan: LookPlan) -> None:
        self._table.setVisible(bool(plan.rows))
        self._table.clear()
        for row in plan.rows:
            item = QTreeWidgetItem([row.name, *(_text(value) for value in _numbers(row))])
            item.setData(0, Qt.ItemDataRole.UserRole, row.frame)
            told = "held out" if row.is_held_out else "learned from"
            tip = f"{row.name}, {told}; SSIM on the frame {_text(row.ssim_frame)}"
            bad = row.frame in plan.bad
            item.setToolTip(0, plain_tip(f"{tip}\nAgrees much worse than the others" if bad else tip))
            for column in range(1, len(_COLUMNS)):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
            if bad:
                item.setForeground(0, QBrush(QColor(self._colours.warning)))
            elif not row.is_held_out:
                item.setForeground(0, QBrush(QColor(self._colours.muted)))
            self._table.addTopLevelItem(item)
        self._bars.show_rows(plan.rows)

    def _turn_buttons(self, plan: LookPlan) -> None:
        reason = plan.why_not_anew or ("" if plan.bad else "No frame agrees much worse than the others")
        self._train_anew.setEnabled(not reason)
        count = len(plan.bad)
        self._train_anew.setToolTip(
            reason
            or f"Train anew beside it, without the {count} frames that agree 3 dB worse than the median"
        )

    def _make_table(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setAccessibleName("Views and how well they agree with the real frames")
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setHeaderLabels([title for title, _ in _COLUMNS])
        for column, (_, tip) in enumerate(_COLUMNS):
            made.headerItem().setToolTip(column, tip)
        made.header().setStretchLastSection(False)
        made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(_COLUMNS)):
            made.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        made.setFixedHeight(_TABLE_HEIGHT_PX)
        made.itemActivated.connect(
            lambda item, _: self.frame_chosen.emit(item.data(0, Qt.ItemDataRole.UserRole))
        )
        return made

    def _make_slider(self) -> tuple[QSlider, ElidedLabel]:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setAccessibleName("Frame that is looked through")
        slider.setToolTip("Look through the camera of a frame, the real picture laid over the computed one")
        slider.valueChanged.connect(self.frame_chosen.emit)
        calm(slider)
        return slider, ElidedLabel("muted")

    def _put_together(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self._form.widget)
        line = QHBoxLayout()
        line.addWidget(self._frame, 1)
        line.addWidget(self._free)
        column.addLayout(line)
        column.addWidget(self._slider)
        for part in (self._summary, self._bars, self._table, self._train_anew):
            column.addWidget(part)
        return whole


class Bars(QWidget):
    """PSNR in the circle of each measured view as a bar; held-out ones strong, the others faint."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._rows: tuple[ViewRow, ...] = ()
        self.setFixedHeight(_BARS_HEIGHT_PX)
        self.setAccessibleName("PSNR of the views")
        self.hide()

    def show_rows(self, rows: tuple[ViewRow, ...]) -> None:
        """Show the measured ones of these views."""
        measured = (row for row in rows if row.psnr_circle is not None)
        self._rows = tuple(row for row in measured if math.isfinite(row.psnr_circle or 0.0))
        values = [row.psnr_circle or 0.0 for row in self._rows]
        self.setVisible(len(values) > 1)
        if values:
            self.setToolTip(f"PSNR in the circle, view by view: {min(values):.1f} to {max(values):.1f} dB")
        self.update()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a bar for each view, from 0 dB."""
        if not self._rows:
            return
        painter = QPainter(self)
        values = [row.psnr_circle or 0.0 for row in self._rows]
        width = self.width() / len(values)
        top = max(values) or 1.0
        painter.setPen(Qt.PenStyle.NoPen)
        for place, (row, value) in enumerate(zip(self._rows, values, strict=True)):
            colour = self._colours.accent if row.is_held_out else self._colours.faint
            painter.setBrush(QColor(colour))
            height = (self.height() - 2) * max(value, 0.0) / top
            gap = min(2.0, width / 4)
            painter.drawRect(QRectF(place * width, self.height() - height, width - gap, height))
        painter.setPen(QPen(QColor(self._colours.border), 1))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()


def _numbers(row: ViewRow) -> tuple[float | None, ...]:
    return row.psnr_circle, row.psnr_frame, row.ssim_circle


def _text(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.2f}"
