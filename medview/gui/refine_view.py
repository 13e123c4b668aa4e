"""The refine panel: operations on the label in hand, their settings, and the button that starts them."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from medview.gui.param_form import ParamForm
from medview.gui.texts import ElidedLabel, label
from medview.gui.theme import Colours
from medview.gui.widgets import calm, quiet
from medview.present.ports.refine_port import OperationRow, RefinePlan


class RefineView:
    """Implements `RefineViewPort`."""

    chosen = Signal(str)
    value_changed = Signal(str, object)
    apply_asked = Signal()

    def __init__(self, colours: Colours) -> None:
        self._rows: tuple[OperationRow, ...] = ()
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        self._target = ElidedLabel("heading", Qt.TextElideMode.ElideMiddle)
        column.addWidget(self._target)
        self._list = QComboBox()
        self._list.setAccessibleName("Operation")
        self._list.setToolTip("What to do with the whole label that is chosen in Paint")
        self._list.setMaxVisibleItems(20)
        self._list.currentIndexChanged.connect(self._on_chosen)
        calm(self._list)
        column.addWidget(self._list)
        self._help = label("", "quiet", wraps=True)
        column.addWidget(self._help)
        self._form = ParamForm()
        self._form.value_changed.connect(self.value_changed.emit)
        column.addWidget(self._form.widget)
        self._why_not = label("", "problem", wraps=True)
        column.addWidget(self._why_not)
        self._apply = QPushButton("Apply")
        self._apply.clicked.connect(self.apply_asked.emit)
        column.addWidget(self._apply)
        column.addStretch(1)
        self.dress(colours)

    def show(self, plan: RefinePlan) -> None:
        """Show this state."""
        with quiet(self._list):
            if plan.operations != self._rows:
                self._rows = plan.operations
                self._list.clear()
                for row in plan.operations:
                    self._list.addItem(row.title, row.operation_id)
            self._list.setCurrentIndex(self._list.findData(plan.operation_id))
        self._help.setText(plan.help)
        self._form.show(plan.params, plan.values, plan.masks)
        self._target.setText(plan.target or "No label is chosen")
        self._why_not.setText(plan.why_not)
        self._why_not.setVisible(bool(plan.why_not))
        self._apply.setEnabled(not plan.why_not)
        self._apply.setToolTip(plan.why_not or f"{plan.help} One undo step; it runs in the background")

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._form.dress(colours)

    def _on_chosen(self, index: int) -> None:
        if 0 <= index < len(self._rows):
            self.chosen.emit(self._rows[index].operation_id)
