"""Everything about one label: name, colour, codes, note, lock, visibility, review, and who made it."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medview.core.codes import Terminology
from medview.core.labels import Colour, LabelEntry
from medview.gui import icons
from medview.gui.code_box import HOW_TO_WRITE, CodeBox
from medview.gui.texts import label
from medview.gui.widgets import add_field, field_form
from medview.present.ports.labels_port import Vocabulary

_LONGEST_NAME, _LONGEST_NOTE = 64, 200  # the name is DICOM's Segment Label
_BUTTONS = QDialogButtonBox.StandardButton


class LabelDialog(QDialog):
    """Shows a label; `changes` tells what has become different.

    Args:
        parent: The window.
        entry: The label.
        vocabulary: Codes to choose from.
    """

    def __init__(self, parent: QWidget, entry: LabelEntry, vocabulary: Vocabulary) -> None:
        super().__init__(parent)
        self._entry = entry
        self._rgb: Colour = entry.colour
        self.setWindowTitle("Label")
        self.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(f"Label {entry.value} of the mask", "title"))
        self._make_look()
        self._codes = self._make_codes(vocabulary)
        self._make_state()
        column.addLayout(self._lay_out())
        self._problem = label("", "problem", wraps=True)
        column.addWidget(self._problem)
        self._box = self._make_buttons()
        column.addWidget(self._box)
        self._check()

    @property
    def value(self) -> int:
        """Number of the label."""
        return self._entry.value

    def changes(self) -> dict[str, Any]:
        """Fields of `LabelEntry` that are not what they were."""
        found = {
            "name": " ".join(self._name.text().split()),
            "colour": self._rgb,
            "terms": Terminology(**{field: box.code() for field, box in self._codes.items()}),
            "note": " ".join(self._note.text().split()),
            "locked": self._locked.isChecked(),
            "visible": self._visible.isChecked(),
            "is_reviewed": self._reviewed.isChecked(),
        }
        return {field: value for field, value in found.items() if value != getattr(self._entry, field)}

    def _make_look(self) -> None:
        self._name = QLineEdit(self._entry.name)
        self._name.setMaxLength(max(_LONGEST_NAME, len(self._entry.name)))
        self._name.selectAll()
        self._name.textChanged.connect(self._check)
        self._colour = QPushButton("Change…")
        self._colour.setToolTip("Choose another colour")
        self._colour.clicked.connect(self._ask_colour)
        self._colour.setIcon(icons.chip(self._rgb))
        self._colour.setAutoDefault(False)

    def _make_codes(self, vocabulary: Vocabulary) -> dict[str, CodeBox]:
        terms = self._entry.terms
        boxes = {
            "category": CodeBox("Category", vocabulary.categories, terms.category),
            "type": CodeBox("Type", vocabulary.types, terms.type),
            "type_modifier": CodeBox("Side", vocabulary.sides, terms.type_modifier),
            "region": CodeBox("Lies in", vocabulary.types, terms.region),
            "region_modifier": CodeBox("Side of it", vocabulary.sides, terms.region_modifier),
        }
        for box in boxes.values():
            box.currentTextChanged.connect(self._check)
        return boxes

    def _make_state(self) -> None:
        self._note = QLineEdit(self._entry.note)
        self._note.setMaxLength(max(_LONGEST_NOTE, len(self._entry.note)))
        self._note.setPlaceholderText("How far the work on it is")
        self._locked = QCheckBox("Locked: no tool and no model may change its voxels")
        self._locked.setChecked(self._entry.locked)
        self._visible = QCheckBox("Shown in slices and in 3-D")
        self._visible.setChecked(self._entry.visible)
        self._reviewed = QCheckBox("Reviewed: somebody has looked at its voxels as they are now")
        self._reviewed.setChecked(self._entry.is_reviewed)

    def _lay_out(self) -> Any:
        form = field_form()
        for title, field in (("Name", self._name), ("Colour", self._colour)):
            add_field(form, title, field)
        for box in self._codes.values():
            add_field(form, box.accessibleName(), box)
        add_field(form, "Note", self._note)
        form.addRow("", self._locked)
        form.addRow("", self._visible)
        form.addRow("", self._reviewed)
        if self._entry.origin:
            add_field(form, "Made by", label(_makers(self._entry), wraps=True))
        return form

    def _make_buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(_BUTTONS.Ok | _BUTTONS.Cancel)
        box.button(_BUTTONS.Ok).setText("Take over")
        box.button(_BUTTONS.Ok).setObjectName("primary")
        box.button(_BUTTONS.Ok).setDefault(True)
        for kind in (_BUTTONS.Ok, _BUTTONS.Cancel):
            box.button(kind).setIcon(QIcon())
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box

    def _check(self) -> None:
        """Say what is missing; the button is off as long as something is."""
        bad = [box.accessibleName() for box in self._codes.values() if not box.is_whole()]
        problem = "" if self._name.text().strip() else "The label needs a name."
        if bad:
            problem = f"{bad[0]} is no code. {HOW_TO_WRITE}."
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        ok = self._box.button(_BUTTONS.Ok)
        ok.setEnabled(not problem)
        ok.setToolTip(problem or "Change the label, as one undo step (Enter)")

    def _ask_colour(self) -> None:
        colour = QColorDialog.getColor(QColor(*self._rgb), self, f"Colour of {self._entry.name}")
        if colour.isValid():
            self._rgb = (colour.red(), colour.green(), colour.blue())
            self._colour.setIcon(icons.chip(self._rgb))


def _makers(entry: LabelEntry) -> str:
    """A line for every maker, with the parameters of models."""
    lines = [f"{maker}, {maker.params_text}" if maker.params else str(maker) for maker in entry.origin.makers]
    return "\n".join(lines)
