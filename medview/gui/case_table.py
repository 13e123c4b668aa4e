"""The cases of a work list as a table: state, name, time at work."""

from __future__ import annotations

from typing import Any

from psygnal import Signal
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from medview.gui import icons
from medview.gui.texts import plain_tip
from medview.gui.theme import Colours
from medview.present.ports.worklist_port import CaseRow

_LINE_HEIGHT_PX = 26
_NAME, _TIME = 0, 1
_Index = QModelIndex | QPersistentModelIndex
#: Drawing and colour of each state.
_MARKS = {
    "to do": ("circle", "faint"),
    "in work": ("pencil", "text"),
    "done": ("check", "accent"),
    "checked": ("check-double", "accent"),
}


class CasesModel(QAbstractTableModel):
    """The cases as rows of two columns."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self.rows: tuple[CaseRow, ...] = ()
        self.current = ""

    def show(self, rows: tuple[CaseRow, ...], current: str) -> None:
        """Show these cases; where they are the same ones, only what is new in them is drawn."""
        if [row.case_id for row in rows] == [row.case_id for row in self.rows]:
            self.rows, self.current = rows, current
            self.refresh()
            return
        self.beginResetModel()
        self.rows, self.current = rows, current
        self.endResetModel()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self.refresh()

    def refresh(self) -> None:
        """Say that every row may look different."""
        if self.rows:
            self.dataChanged.emit(self.index(0, _NAME), self.index(len(self.rows) - 1, _TIME))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """All cases; cases hold no cases."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Name and time."""
        return 0 if parent.isValid() else 2

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, tooltip, mark and colour of a cell."""
        row, is_name = self.rows[index.row()], index.column() == _NAME
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.case_id if is_name else row.time
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(row.tip)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{row.case_id}, {row.state}" if is_name else row.time
            case Qt.ItemDataRole.DecorationRole if is_name:
                name, colour = _MARKS[row.state]
                return icons.icon(name, getattr(self._colours, colour), self._colours.faint)
            case Qt.ItemDataRole.ForegroundRole if not is_name:
                return QColor(self._colours.muted)
            case Qt.ItemDataRole.TextAlignmentRole if not is_name:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.FontRole:
                return self._font(row)
        return None

    def _font(self, row: CaseRow) -> QFont:
        font = QFont()
        font.setPixelSize(13)
        font.setBold(row.case_id == self.current)
        return font


class CaseTable(QTableView):
    """Tells `chosen` with the id of a case that is double-clicked, or on which Return is pressed."""

    chosen = Signal(str)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._model = CasesModel(colours)
        self.setModel(self._model)
        self.setObjectName("cases")
        self.setAccessibleName("Cases")
        self.setToolTip("Double-click or Return opens a case; the one before is saved")
        self.setShowGrid(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_LINE_HEIGHT_PX)
        self.horizontalHeader().setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(_TIME, QHeaderView.ResizeMode.ResizeToContents)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(2 * _LINE_HEIGHT_PX)
        self.doubleClicked.connect(lambda index: self._choose(index.row()))

    def show_rows(self, rows: tuple[CaseRow, ...], current: str) -> None:
        """Show these cases and mark the open one."""
        is_new = current != self._model.current or len(rows) != len(self._model.rows)
        self._model.show(rows, current)
        place = next((place for place, row in enumerate(rows) if row.case_id == current), None)
        if is_new and place is not None:
            self.selectRow(place)
            self.scrollTo(self._model.index(place, _NAME))

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._model.dress(colours)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens the case that has the focus."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._choose(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._model.rows):
            self.chosen.emit(self._model.rows[place].case_id)
