"""The annotators of the open case: who is to be compared, and how."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from medview.gui.texts import label, no_mnemonic, plain_tip
from medview.gui.widgets import clear, quiet
from medview.present.ports.worklist_port import RaterRow, WorklistPlan

_BUTTONS = (
    ("cases.compare", "Compare", "Where they differ, with Dice, HD95 and volumes"),
    ("cases.majority", "Majority", "A mask of what more than half of them have given"),
    ("cases.staple", "STAPLE", "A mask of what is most probable, and how well each one finds it"),
    ("cases.table", "Agreement of all cases…", "Dice, HD95 and volumes of all cases as a CSV table"),
)
_NOBODY = "No mask of this case has been saved yet."


class RatersBox(QWidget):
    """A tick for every annotator of the open case, and a button for every comparison."""

    triggered = Signal(str)
    left_out = Signal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[RaterRow, ...] = ()
        self._boxes: list[QCheckBox] = []
        self._empty = label(_NOBODY, "muted", wraps=True)
        self._ticks = QVBoxLayout()
        self._ticks.setSpacing(4)
        self._buttons = {action_id: self._make_button(action_id, title) for action_id, title, _ in _BUTTONS}
        *deeds, table = self._buttons.values()
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in deeds:
            row.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._empty)
        column.addLayout(self._ticks)
        column.addLayout(row)
        column.addWidget(table)

    def show_plan(self, plan: WorklistPlan) -> None:
        """Show these annotators, and which comparisons can be made."""
        if [row.name for row in plan.raters] != [row.name for row in self._rows]:
            self._make_ticks(plan.raters)
        self._rows = plan.raters
        for box, row in zip(self._boxes, plan.raters, strict=True):
            with quiet(box):
                box.setChecked(row.is_picked)
            box.setText(no_mnemonic(f"{row.name}: {row.state}"))
        self._empty.setVisible(not plan.raters)
        for action_id, _, tip in _BUTTONS:
            reason = plan.why_not.get(action_id, "")
            self._buttons[action_id].setEnabled(not reason)
            self._buttons[action_id].setToolTip(plain_tip(reason) or tip)

    def _make_button(self, action_id: str, title: str) -> QPushButton:
        made = QPushButton(title)
        made.setObjectName("small")
        made.clicked.connect(lambda: self.triggered.emit(action_id))
        return made

    def _make_ticks(self, rows: tuple[RaterRow, ...]) -> None:
        clear(self._ticks)
        self._boxes = []
        for row in rows:
            box = QCheckBox()
            box.setAccessibleName(f"Compare {row.name}")
            box.setToolTip("Take this annotator into the comparison")
            box.toggled.connect(lambda _: self._tell())
            self._boxes.append(box)
            self._ticks.addWidget(box)

    def _tell(self) -> None:
        out = [row.name for row, box in zip(self._rows, self._boxes, strict=True) if not box.isChecked()]
        self.left_out.emit(tuple(out))
