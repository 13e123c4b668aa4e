"""The labels as Qt's views see them: a model of rows, and the filter over it."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from psygnal import Signal
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor

from medview.core.labels import LabelEntry
from medview.gui import icons
from medview.gui.texts import plain_tip
from medview.gui.theme import Colours
from medview.present.ports.labels_port import LabelRow

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


class Column(IntEnum):
    """Columns of the table."""

    COLOUR = 0
    NAME = 1
    LOCK = 2
    EYE = 3
    REVIEWED = 4
    VOLUME = 5
    NOTE = 6


_TITLES = {Column.NAME: "Label", Column.VOLUME: "mL", Column.NOTE: "Note"}
_EDITABLE = (Column.NAME, Column.NOTE)
_TIPS = {
    Column.COLOUR: "Colour; double click to change it",
    Column.NAME: "Click: paint this label. Double click or F2: rename it",
    Column.LOCK: "Locked labels can be changed by no tool and no model (L)",
    Column.EYE: "Hidden labels are not drawn; painting treats them as if they were on show (H)",
    Column.REVIEWED: "Reviewed: somebody has looked at it as it is now; a change takes the mark back (R)",
    Column.VOLUME: "Volume in millilitres, kept up to date while painting",
    Column.NOTE: "How far the work is; double click to write",
}


class LabelModel(QAbstractTableModel):
    """Rows of labels. `edited` tells number, field and text of what was typed in a cell."""

    edited = Signal(int, str, str)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._rows: tuple[LabelRow, ...] = ()
        self._colours = colours

    @property
    def rows(self) -> tuple[LabelRow, ...]:
        """What is shown."""
        return self._rows

    def take(self, rows: tuple[LabelRow, ...]) -> bool:
        """Show these rows; cells are refreshed where the labels are the same, else all anew.

        Returns:
            Whether all is anew, so that marks are lost.
        """
        old, self._rows = self._rows, rows
        if [row.entry.value for row in old] == [row.entry.value for row in rows]:
            for number, (before, after) in enumerate(zip(old, rows, strict=True)):
                self._tell(number, before, after)
            return False
        self.beginResetModel()
        self.endResetModel()
        return True

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(Column) - 1))

    def rowCount(self, parent: _Index | None = None) -> int:
        """Number of labels."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        """Number of columns."""
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        """Titles and tips of the columns."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == _Role.DisplayRole:
            return _TITLES.get(Column(section), "")
        if role == _Role.TextAlignmentRole:
            return _alignment(Column(section))
        return _TIPS[Column(section)] if role == _Role.ToolTipRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Names and notes can be typed in place."""
        given = super().flags(index)
        return given | Qt.ItemFlag.ItemIsEditable if index.column() in _EDITABLE else given

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        """What a cell shows."""
        row, column = self._rows[index.row()], Column(index.column())
        if role in (_Role.DisplayRole, _Role.EditRole):
            return _text(row, column)
        if role == _Role.DecorationRole:
            return self._icon(row, column)
        if role == _Role.TextAlignmentRole:
            return _alignment(column)
        if role == _Role.ForegroundRole and not row.entry.visible:
            return QColor(self._colours.muted)
        if role == _Role.AccessibleTextRole:
            return accessible_text(row, column)
        return plain_tip(_tip(row, column)) if role == _Role.ToolTipRole else None

    def setData(self, index: _Index, value: Any, role: int = _Role.EditRole) -> bool:
        """Tell what was typed; the cell changes when the presenter says so."""
        text, row = " ".join(str(value).split()), self._rows[index.row()]
        is_name = index.column() == Column.NAME
        if role != _Role.EditRole or text == (row.entry.name if is_name else row.entry.note):
            return False
        if text or not is_name:
            self.edited.emit(row.entry.value, "name" if is_name else "note", text)
        return False

    def _tell(self, number: int, before: LabelRow, after: LabelRow) -> None:
        if before == after:
            return
        # a name that is being typed survives while only its volume changes
        first = Column.VOLUME if before.entry == after.entry else Column.COLOUR
        last = Column.VOLUME if before.entry == after.entry else Column.NOTE
        self.dataChanged.emit(self.index(number, first), self.index(number, last))

    def _icon(self, row: LabelRow, column: Column) -> Any:
        shown, off = self._colours.text, self._colours.faint
        if column is Column.COLOUR:
            return icons.chip(row.entry.colour)
        if column is Column.LOCK:
            return icons.icon("lock", shown, shown) if row.entry.locked else icons.icon("lock-open", off, off)
        if column is Column.EYE:
            return icons.icon("eye", shown, shown) if row.entry.visible else icons.icon("eye-off", off, off)
        if column is Column.REVIEWED:
            is_done = row.entry.is_reviewed
            return icons.icon("reviewed", shown, shown) if is_done else icons.icon("unreviewed", off, off)
        return None


class LabelFilter(QSortFilterProxyModel):
    """Leaves the labels whose name, note or code has the words, or whose number begins with them."""

    def __init__(self, model: LabelModel) -> None:
        super().__init__()
        self._model = model
        self._words = ""
        self.setSourceModel(model)

    def search(self, words: str) -> None:
        """Leave the labels that fit; all where the words are empty."""
        self._words = words.strip().lower()
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, _parent: _Index) -> bool:
        """Whether a label fits."""
        entry = self._model.rows[source_row].entry
        if not self._words or str(entry.value).startswith(self._words):
            return True
        return self._words in f"{entry.name}\n{entry.note}\n{entry.terms}".lower()

    def place_of(self, value: int) -> int:
        """The line of a label among those left; -1 where it is not."""
        for number, row in enumerate(self._model.rows):
            if row.entry.value == value:
                return self.mapFromSource(self._model.index(number, 0)).row()
        return -1

    def row_at(self, line: int) -> LabelRow:
        """The label in a line among those left."""
        return self._model.rows[self.mapToSource(self.index(line, 0)).row()]


def accessible_text(row: LabelRow, column: Column) -> str:
    """What a screen reader says of a cell."""
    entry = row.entry
    return {
        Column.COLOUR: "red {}, green {}, blue {}".format(*entry.colour),
        Column.LOCK: "locked" if entry.locked else "not locked",
        Column.EYE: "shown" if entry.visible else "hidden",
        Column.REVIEWED: "reviewed" if entry.is_reviewed else "not reviewed",
        Column.VOLUME: f"{row.volume} millilitres" if row.volume else "no voxels",
    }.get(column, _text(row, column))


def _text(row: LabelRow, column: Column) -> str:
    return {Column.NAME: row.entry.name, Column.VOLUME: row.volume, Column.NOTE: row.entry.note}.get(
        column, ""
    )


def _tip(row: LabelRow, column: Column) -> str:
    entry = row.entry
    if column is Column.NOTE and entry.note:
        return f"{entry.note}\n{_TIPS[column]}"
    if column is Column.REVIEWED:
        return "\n".join([*_made_by(entry), _TIPS[column]])
    if column not in (Column.NAME, Column.VOLUME):
        return _TIPS[column]
    lines = [f"{entry.name} (number {entry.value} in the file)"]
    if entry.terms.category is not None:
        lines.append(f"Category: {entry.terms.category}")
    lines.append(f"Code: {entry.terms}" if str(entry.terms) else "No code yet; Return opens the editor")
    return "\n".join([*lines, *_made_by(entry), _TIPS[column]])


def _made_by(entry: LabelEntry) -> list[str]:
    lines = [f"Made by: {entry.origin}"] if entry.origin else []
    return [*lines, *(f"with {maker.params_text}" for maker in entry.origin.models if maker.params)]


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column is Column.VOLUME else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
