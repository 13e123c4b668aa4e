"""The history list: every step, the present marked, undone steps grey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psygnal import Signal
from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QVBoxLayout, QWidget

from medview.gui import icons
from medview.gui.texts import label, plain_tip
from medview.gui.theme import Colours
from medview.present.ports.history_port import HistoryPlan

_LINE_HEIGHT_PX = 26
_MARK_PX = 16
_NOTHING = "Nothing has been done yet. Every step will stand here; a click on one goes back to it."
_Index = QModelIndex | QPersistentModelIndex


class StepsModel(QAbstractListModel):
    """The steps as rows; what two plans have in common stays, so that long lists cost nothing."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._titles: list[str] = []
        self._tip: Callable[[int], str] = str
        self._dropped = 0
        self.position = 0

    def show(self, plan: HistoryPlan) -> None:
        """Change from the plan before to this one."""
        # the first row is the place before the oldest step: it stays, whatever it is called
        self._remove(1, min(plan.dropped - self._dropped, len(self._titles) - 1))
        self._dropped, self.position, self._tip = plan.dropped, plan.position, plan.tip
        same = _common(self._titles, plan.titles)
        self._remove(same, len(self._titles) - same)
        new = plan.titles[same:]
        if new:
            self.beginInsertRows(QModelIndex(), same, same + len(new) - 1)
            self._titles += new
            self.endInsertRows()
        self._titles = list(plan.titles)
        self.refresh()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self.refresh()

    def refresh(self) -> None:
        """Say that every row may look different."""
        if self._titles:
            self.dataChanged.emit(self.index(0), self.index(len(self._titles) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """All rows; steps hold no steps."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, tooltip, mark and colour of a row."""
        place = index.row()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._titles[place]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._tip(place))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._tip(place).replace("\n", ", ")
            case Qt.ItemDataRole.DecorationRole:
                return self._mark(place)
            case Qt.ItemDataRole.ForegroundRole:
                return QColor(self._colours.muted if place > self.position else self._colours.text)
            case Qt.ItemDataRole.FontRole:
                return self._font(place)
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(0, _LINE_HEIGHT_PX)
        return None

    def _mark(self, place: int) -> Any:
        if place == self.position:
            return icons.icon("chevron-right", self._colours.accent, self._colours.accent)
        name = "redo" if place > self.position else "dot"
        return icons.icon(name, self._colours.faint, self._colours.faint)

    def _font(self, place: int) -> QFont:
        font = QFont()
        font.setPixelSize(13)
        font.setBold(place == self.position)
        font.setItalic(place > self.position)
        return font

    def _remove(self, start: int, count: int) -> None:
        if count > 0:
            self.beginRemoveRows(QModelIndex(), start, start + count - 1)
            del self._titles[start : start + count]
            self.endRemoveRows()


def _common(old: list[str], new: tuple[str, ...]) -> int:
    """How many rows at the beginning stay: the first, and all whose names are the same."""
    for place, (before, after) in enumerate(zip(old, new, strict=False)):
        if place and before != after:
            return place
    return min(len(old), len(new))


class HistoryView:
    """Implements `HistoryViewPort`."""

    chosen = Signal(int)
    revealed = Signal()  # the panel is to be brought to the front

    def __init__(self, colours: Colours) -> None:
        self._model = StepsModel(colours)
        self._is_showing = False
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        self._summary = label("", "muted")
        self._summary.setAccessibleName("Number of steps and their size")
        head = QHBoxLayout()
        head.addWidget(label("Steps", "heading"))
        head.addStretch(1)
        head.addWidget(self._summary)
        column.addLayout(head)
        self._empty = label(_NOTHING, "muted", wraps=True)
        column.addWidget(self._empty)
        self.list = self._make_list()
        column.addWidget(self.list, 1)
        column.addStretch(0)

    def show(self, plan: HistoryPlan) -> None:
        """Show these steps and the present among them."""
        has_steps = len(plan.titles) > 1 or plan.dropped > 0
        self._is_showing = True
        self._model.show(plan)
        present = self._model.index(plan.position)
        self.list.selectionModel().setCurrentIndex(present, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._is_showing = False
        # a hidden list goes there by itself when it is shown
        if self.list.isVisible():
            self.list.scrollTo(present)
        self._summary.setText(plan.summary if has_steps else "")
        self._summary.setToolTip(plan.summary_tip)
        self._empty.setVisible(not has_steps)
        self.list.setVisible(has_steps)

    def reveal(self) -> None:
        """Bring the list to the front and give it the keyboard."""
        self.revealed.emit()
        self.list.setFocus()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._model.dress(colours)

    def _make_list(self) -> QListView:
        made = QListView()
        made.setObjectName("steps")
        made.setAccessibleName("Steps")
        made.setModel(self._model)
        made.setUniformItemSizes(True)
        made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setIconSize(QSize(_MARK_PX, _MARK_PX))
        made.setToolTip("Click or arrow keys: go to a step; those after it stay until another is done")
        made.selectionModel().currentRowChanged.connect(self._on_row)
        return made

    def _on_row(self, index: QModelIndex, _before: QModelIndex) -> None:
        # Qt moves the current row by itself where rows come and go
        if not self._is_showing and index.isValid() and index.row() != self._model.position:
            self.chosen.emit(index.row())
