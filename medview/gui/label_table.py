"""The table of labels itself: marks, keys, clicks on lock and eye."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from medview.gui.label_model import Column, LabelFilter, LabelModel
from medview.gui.theme import Colours
from medview.present.ports.labels_port import LabelRow

_K = Qt.Key
_LINE_HEIGHT_PX, _HEAD_HEIGHT_PX = 25, 23
_WIDTHS = {
    Column.COLOUR: 24,
    Column.LOCK: 23,
    Column.EYE: 23,
    Column.REVIEWED: 23,
    Column.VOLUME: 46,
    Column.NOTE: 58,
}
_TOGGLES = {_K.Key_L: "locked", _K.Key_H: "visible", _K.Key_R: "is_reviewed"}
_TOGGLED = {Column.LOCK: "locked", Column.EYE: "visible", Column.REVIEWED: "is_reviewed"}
#: Keys that mean something here while the table has the focus, whatever the menus use them for.
_OWN_KEYS = (*_TOGGLES, _K.Key_Delete, _K.Key_F2, _K.Key_Return, _K.Key_Enter)
_OWN_CTRL_KEYS = (_K.Key_Up, _K.Key_Down, _K.Key_F, _K.Key_A)
_FLAGS = QItemSelectionModel.SelectionFlag


class LabelTable(QTableView):
    """Shows labels; what a person does is told with the numbers of the labels that it means.

    Attributes:
        chosen: The label to be painted.
        toggled: Numbers, and ``"locked"``, ``"visible"`` or ``"is_reviewed"``.
        renamed: Number, field and text of what was typed.
        removed: Numbers.
        moved: Numbers, and lines down.
        colour_asked: Number.
        editor_asked: Number.
        search_asked: The words typed so far.
    """

    chosen = Signal(int)
    toggled = Signal(tuple, str)
    renamed = Signal(int, str, str)
    removed = Signal(tuple)
    moved = Signal(tuple, int)
    colour_asked = Signal(int)
    editor_asked = Signal(int)
    search_asked = Signal(str)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._model = LabelModel(colours)
        self._filter = LabelFilter(self._model)
        self._is_showing = False
        self._value = 0
        self.setModel(self._filter)
        self._model.edited.connect(self.renamed.emit)
        self.doubleClicked.connect(self._on_double_click)
        self._set_up()

    def show_rows(self, rows: tuple[LabelRow, ...], value: int) -> None:
        """Show these labels; the marked lines stay marked, and the painted one is among them."""
        marked, self._value = self.marked(), value
        self._is_showing = True
        try:
            if self._model.take(rows):
                self._mark(marked)
            self._show_current(value)
        finally:
            self._is_showing = False

    def search(self, words: str) -> None:
        """Leave only the labels that fit."""
        self._is_showing = True
        try:
            self._filter.search(words)
            self._show_current(self._value)
        finally:
            self._is_showing = False

    def marked(self) -> tuple[int, ...]:
        """Numbers of the marked labels, from top to bottom."""
        lines = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self._filter.row_at(line).entry.value for line in lines)

    def rows_of(self, values: tuple[int, ...]) -> tuple[LabelRow, ...]:
        """The rows of labels."""
        return tuple(row for row in self._model.rows if row.entry.value in values)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._model.dress(colours)

    def edit_name(self) -> None:
        """Let a person type another name for the current label."""
        current = self.currentIndex()
        if current.isValid():
            self.edit(current.siblingAtColumn(Column.NAME))

    def event(self, event: QEvent) -> bool:
        """Keep the table's own keys from the menus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Lock, hide, review, remove, move, rename, edit, search."""
        # the Return that ends typing in a cell comes here too
        is_typing = self.state() is QAbstractItemView.State.EditingState
        if is_typing or not _is_own(event) or not self._on_key(_K(event.key()), _ctrl(event)):
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on lock, eye or review turns it, for all marked labels where it is one of them."""
        index = self.indexAt(event.position().toPoint())
        field = _TOGGLED.get(Column(max(index.column(), 0)))
        if event.button() is not Qt.MouseButton.LeftButton or field is None or not index.isValid():
            super().mousePressEvent(event)
            return
        value, marked = self._filter.row_at(index.row()).entry.value, self.marked()
        self.toggled.emit(marked if value in marked else (value,), field)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second click on lock, eye or review turns it back."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() in _TOGGLED:
            self.mousePressEvent(event)
            return
        super().mouseDoubleClickEvent(event)

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        """The label of the current line is painted."""
        super().currentChanged(current, previous)
        if current.isValid() and not self._is_showing and current.row() != previous.row():
            self.chosen.emit(self._filter.row_at(current.row()).entry.value)

    def _set_up(self) -> None:
        self.setAccessibleName("Labels")
        self.setObjectName("labels")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        lines, columns = self.verticalHeader(), self.horizontalHeader()
        lines.hide()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setDefaultSectionSize(_LINE_HEIGHT_PX)
        columns.setHighlightSections(False)
        columns.setFixedHeight(_HEAD_HEIGHT_PX)
        columns.setMinimumSectionSize(20)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)

    def _on_key(self, key: Qt.Key, is_ctrl: bool) -> bool:
        """Do what a key of the table's own means; whether it means something now."""
        marked, current = self.marked(), self._current()
        if is_ctrl and key == _K.Key_F:
            self.search_asked.emit("")
        elif current is None or not marked:
            return False
        elif is_ctrl and key in (_K.Key_Up, _K.Key_Down):
            self.moved.emit(marked, 1 if key == _K.Key_Down else -1)
        elif key in _TOGGLES:
            self.toggled.emit(marked, _TOGGLES[key])
        elif key == _K.Key_Delete:
            self.removed.emit(marked)
        elif key == _K.Key_F2:
            self.edit_name()
        elif key in (_K.Key_Return, _K.Key_Enter):
            self.editor_asked.emit(current.entry.value)
        else:
            return False
        return True

    def _on_double_click(self, index: QModelIndex) -> None:
        if index.column() == Column.COLOUR:
            self.colour_asked.emit(self._filter.row_at(index.row()).entry.value)

    def _current(self) -> LabelRow | None:
        index = self.currentIndex()
        return self._filter.row_at(index.row()) if index.isValid() else None

    def _mark(self, values: tuple[int, ...]) -> None:
        last = len(Column) - 1
        chosen = QItemSelection()
        for value in values:
            line = self._filter.place_of(value)
            if line >= 0:
                chosen.select(self._filter.index(line, 0), self._filter.index(line, last))
        self.selectionModel().select(chosen, _FLAGS.ClearAndSelect)

    def _show_current(self, value: int) -> None:
        line = self._filter.place_of(value)
        if line < 0:
            self.selectionModel().clear()
            return
        if line == self.currentIndex().row() and self.selectionModel().isRowSelected(line, QModelIndex()):
            return
        index = self._filter.index(line, Column.NAME)
        keeps = self.selectionModel().isRowSelected(line, QModelIndex())
        how = _FLAGS.NoUpdate if keeps else _FLAGS.ClearAndSelect | _FLAGS.Rows
        self.selectionModel().setCurrentIndex(index, how)
        self.scrollTo(index)


def _ctrl(event: QKeyEvent) -> bool:
    return event.modifiers() == Qt.KeyboardModifier.ControlModifier


def _is_own(event: QKeyEvent) -> bool:
    key = event.key()
    is_bare = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
    return (is_bare and key in _OWN_KEYS) or (_ctrl(event) and key in _OWN_CTRL_KEYS)
