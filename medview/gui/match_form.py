"""Which label of the mask each label of a model stands for."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from medview.gui.widgets import add_field, calm, clear_form, field_form, quiet
from medview.present.ports.proposal_port import MatchRow

_TIP = "The label of the mask that this label of the model stands for; a new one comes with its first voxel"


class MatchForm:
    """One choice per label of the model; tells its line and the label's number, or None for a new label."""

    chosen = Signal(int, object)

    def __init__(self) -> None:
        self.widget = QWidget()
        self._form = field_form(self.widget)
        self._shown: tuple[tuple[object, ...], ...] = ()
        self._boxes: list[QComboBox] = []

    def show(self, rows: tuple[MatchRow, ...]) -> None:
        """Show these matches; the boxes are kept, with the keyboard focus, while only choices change."""
        offers = tuple((row.name, row.choices) for row in rows)
        if offers != self._shown:
            self._shown = offers
            clear_form(self._form)
            self._boxes = [self._add(line, row) for line, row in enumerate(rows)]
        for box, row in zip(self._boxes, rows, strict=True):
            with quiet(box):
                box.setCurrentIndex(max(0, box.findData(row.value)))
            box.setEnabled(not row.why_not)
            box.setToolTip(row.why_not or _TIP)

    def _add(self, line: int, row: MatchRow) -> QComboBox:
        box = QComboBox()
        box.addItem("New label", None)
        for value, name in row.choices:
            box.addItem(name, value)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(lambda _: self.chosen.emit(line, box.currentData()))
        calm(box)
        add_field(self._form, row.name, box)
        return box
