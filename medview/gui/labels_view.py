"""The labels of the active mask: what may be overwritten, a filter for long tables, the table, its deeds."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from medview.core.labels import LabelEntry
from medview.gui.label_dialog import LabelDialog
from medview.gui.label_menu import LabelMenu
from medview.gui.label_table import LabelTable
from medview.gui.overwrite_chooser import OverwriteChooser
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton
from medview.present.ports.labels_port import LabelsPlan, Vocabulary

#: Shorter tables are seen whole.
_FEWEST_FILTERED = 8


class LabelsView:
    """Implements `LabelsViewPort`."""

    chosen = Signal(int)
    added = Signal()
    changed = Signal(tuple, dict)
    moved = Signal(tuple, int)
    removed = Signal(tuple)
    merged = Signal(tuple, int)
    split_asked = Signal(int)
    jump_asked = Signal(int)
    measure_asked = Signal(tuple)
    editor_asked = Signal(int)
    rule_changed = Signal(object)

    def __init__(self, colours: Colours) -> None:
        self._plan = LabelsPlan()
        self._dialog: LabelDialog | None = None
        self.widget = QWidget()
        self._rule = OverwriteChooser()
        self._search = self._make_search()
        self._table = LabelTable(colours)
        self._menu = LabelMenu(self._table)
        self._buttons = self._make_buttons()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._rule.widget)
        column.addLayout(self._make_head())
        column.addWidget(self._table, 1)
        self._connect()
        self.dress(colours)
        self.show(self._plan)

    def show(self, plan: LabelsPlan) -> None:
        """Show this state; marked lines stay marked."""
        self._plan = plan
        self._rule.show(plan.rule, plan.rows)
        is_long = len(plan.rows) >= _FEWEST_FILTERED
        if not is_long and self._search.text():
            self._search.clear()
        self._search.setVisible(is_long)
        self._table.show_rows(plan.rows, plan.value)
        self._table.setEnabled(bool(plan.rows))
        self._turn_buttons()

    def show_editor(self, entry: LabelEntry, vocabulary: Vocabulary) -> None:
        """Let a person change everything about a label."""
        dialog = LabelDialog(self.widget.window(), entry, vocabulary)
        dialog.accepted.connect(lambda: self._on_edited(dialog))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def ask_removal(self, question: str) -> bool:
        """Ask whether labels that have voxels are to go."""
        box = QMessageBox(self.widget.window())
        box.setWindowTitle("Remove labels")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question)
        box.setInformativeText("Undo (Ctrl+Z) brings them back.")
        remove = box.addButton("Remove", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(remove)
        box.exec()
        answer = box.clickedButton() is remove
        box.deleteLater()
        return answer

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._table.dress(colours)
        for button in self._buttons.values():
            button.dress(colours)

    def _make_search(self) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText("Find a label")
        line.setToolTip("Name, number, note or code: only the labels that fit stay (Ctrl+F in the table)")
        line.setAccessibleName("Find a label")
        line.setClearButtonEnabled(True)
        return line

    def _make_buttons(self) -> dict[str, IconButton]:
        return {
            "plus": IconButton("plus", "Add a label to the mask (Ctrl+L)"),
            "pencil": IconButton("pencil", "Name, colour, code and note of the chosen label (Return)"),
            "up": IconButton("up", "Move the marked labels up (Ctrl+Up in the table)"),
            "down": IconButton("down", "Move the marked labels down (Ctrl+Down in the table)"),
            "trash": IconButton("trash", "Remove the marked labels (Delete); Ctrl+Z brings them back"),
        }

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self._search, 1)
        row.addStretch(0)
        for button in self._buttons.values():
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        table = self._table
        self._rule.changed.connect(self.rule_changed.emit)
        self._search.textChanged.connect(self._on_search)
        self._search.returnPressed.connect(self._table.setFocus)
        table.chosen.connect(self.chosen.emit)
        table.renamed.connect(lambda value, field, text: self.changed.emit((value,), {field: text}))
        table.toggled.connect(self._on_toggled)
        table.removed.connect(self.removed.emit)
        table.moved.connect(self.moved.emit)
        table.colour_asked.connect(self._ask_colour)
        table.editor_asked.connect(self.editor_asked.emit)
        table.search_asked.connect(lambda _words: self._search.setFocus())
        table.selectionModel().selectionChanged.connect(lambda *_: self._turn_buttons())
        table.customContextMenuRequested.connect(self._show_menu)
        self._buttons["plus"].clicked.connect(self.added.emit)
        self._buttons["pencil"].clicked.connect(lambda: self.editor_asked.emit(self._plan.value))
        self._buttons["up"].clicked.connect(lambda: self.moved.emit(table.marked(), -1))
        self._buttons["down"].clicked.connect(lambda: self.moved.emit(table.marked(), 1))
        self._buttons["trash"].clicked.connect(lambda: self.removed.emit(table.marked()))
        self._connect_menu()

    def _connect_menu(self) -> None:
        menu = self._menu
        menu.toggled.connect(self._on_toggled)
        menu.merged.connect(self.merged.emit)
        menu.split_asked.connect(self.split_asked.emit)
        menu.jump_asked.connect(self.jump_asked.emit)
        menu.measure_asked.connect(self.measure_asked.emit)
        menu.editor_asked.connect(self.editor_asked.emit)
        menu.renaming_asked.connect(self._table.edit_name)
        menu.removed.connect(self.removed.emit)

    def _turn_buttons(self) -> None:
        missing = self._plan.why_not
        unmarked = missing or ("" if self._table.marked() else "Choose a label in the table first")
        for name, button in self._buttons.items():
            button.turn(missing if name == "plus" else unmarked)

    def _on_search(self, words: str) -> None:
        self._table.search(words)
        self._turn_buttons()

    def _on_toggled(self, values: tuple[int, ...], field: str) -> None:
        """Turn all to what the first of them is not, so that a mixed choice becomes one."""
        rows = self._table.rows_of(values)
        if rows:
            self.changed.emit(values, {field: not getattr(rows[0].entry, field)})

    def _on_edited(self, dialog: LabelDialog) -> None:
        changes = dialog.changes()
        if changes:
            self.changed.emit((dialog.value,), changes)

    def _ask_colour(self, value: int) -> None:
        row = self._table.rows_of((value,))[0]
        colour = QColorDialog.getColor(QColor(*row.entry.colour), self.widget, f"Colour of {row.entry.name}")
        if colour.isValid():
            self.changed.emit((value,), {"colour": (colour.red(), colour.green(), colour.blue())})

    def _show_menu(self, place: QPoint) -> None:
        marked = self._table.marked()
        if marked:
            self._menu.popup(self._table.viewport().mapToGlobal(place), marked, self._plan)
