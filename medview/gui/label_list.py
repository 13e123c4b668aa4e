"""The labels of a mask: which one is painted, their colours, renaming in place."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from medview.gui import icons
from medview.gui.texts import plain_tip
from medview.gui.widgets import quiet
from medview.present.ports.edit_port import LabelRow


class LabelList:
    """Shows labels; a click takes one, a double click or F2 renames it."""

    chosen = Signal(int)
    renamed = Signal(object, str)

    def __init__(self) -> None:
        self._rows: tuple[LabelRow, ...] = ()
        self.widget = QListWidget()
        self.widget.setAccessibleName("Labels")
        self.widget.setToolTip(
            "Click: paint this label (, and . step through). Double click or F2: rename it"
        )
        self.widget.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.widget.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.widget.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.widget.currentRowChanged.connect(self._on_row)
        self.widget.itemChanged.connect(self._on_renamed)

    def show(self, rows: tuple[LabelRow, ...], value: int) -> None:
        """Show these labels; the lines are kept where only the choice changes, also while one is renamed."""
        with quiet(self.widget):
            if rows != self._rows:
                self._rows = rows
                self._build()
            self.widget.setCurrentRow(next((n for n, row in enumerate(rows) if row.value == value), -1))
        self.widget.setEnabled(bool(rows))

    def chosen_row(self) -> LabelRow | None:
        """The label that is painted."""
        index = self.widget.currentRow()
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def edit_chosen(self) -> None:
        """Let a person type another name for the chosen label."""
        item = self.widget.currentItem()
        if item is not None:
            self.widget.editItem(item)

    def _build(self) -> None:
        self.widget.clear()
        for row in self._rows:
            item = QListWidgetItem(icons.chip(row.colour), row.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setToolTip(plain_tip(f"{row.name} (number {row.value} in the file)"))
            self.widget.addItem(item)

    def _on_row(self, index: int) -> None:
        if 0 <= index < len(self._rows):
            self.chosen.emit(self._rows[index].value)

    def _on_renamed(self, item: QListWidgetItem) -> None:
        row, name = self._rows[self.widget.row(item)], item.text().strip()
        if name and name != row.name:
            self.renamed.emit(row, name)
        elif item.text() != row.name:
            with quiet(self.widget):
                item.setText(row.name)
