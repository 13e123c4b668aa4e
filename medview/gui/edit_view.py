"""The paint panel: the tools of the hand, how the one in the hand is set, and the table of labels below."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QVBoxLayout, QWidget

from medview.core.state import Tool
from medview.gui.hand_options import HandOptionsView
from medview.gui.texts import label
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton
from medview.present.ports.edit_port import EditPlan, ToolRow

_COLUMNS = 6


class EditView:
    """Implements `EditViewPort`.

    Args:
        colours: Of the theme.
        labels: The table of labels, which takes the room that is left.
    """

    tool_chosen = Signal(object)
    radius_changed = Signal(float)
    hand_changed = Signal(object)
    mask_asked = Signal()
    brush_taken = Signal()  # a painting tool came into the hand: the panel is worth seeing

    def __init__(self, colours: Colours, labels: QWidget) -> None:
        self._plan: EditPlan | None = None
        self._colours = colours
        self._tools: dict[Tool, IconButton] = {}
        self.widget = QWidget()
        self._group = QButtonGroup(self.widget)
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._grid.setColumnStretch(_COLUMNS, 1)
        column.addLayout(self._grid)
        self._options = HandOptionsView()
        self._options.radius_changed.connect(self.radius_changed.emit)
        self._options.hand_changed.connect(self.hand_changed.emit)
        column.addWidget(self._options.widget)
        self._why_not = label("", "problem", wraps=True)
        column.addWidget(self._why_not)
        column.addWidget(labels, 1)
        self._new = QPushButton("New mask")
        self._new.setToolTip("Lay an empty mask over the scan, on exactly its grid (Ctrl+M)")
        self._new.clicked.connect(self.mask_asked.emit)

    def show(self, plan: EditPlan) -> None:
        """Show this state."""
        old, self._plan = self._plan, plan
        if not self._tools:
            self._build(plan.tools)
        for row in plan.tools:
            button = self._tools[row.tool]
            button.setChecked(row.tool is plan.tool)
            button.turn(row.why_not)
        self._options.show(plan)
        self._why_not.setText(plan.why_not)
        self._why_not.setVisible(bool(plan.why_not))
        if _paints(plan) and (old is None or not _paints(old)):
            self.brush_taken.emit()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for button in self._tools.values():
            button.dress(colours)

    def _build(self, rows: tuple[ToolRow, ...]) -> None:
        line, column = divmod(len(rows), _COLUMNS)
        self._grid.addWidget(self._new, line, column, 1, -1, Qt.AlignmentFlag.AlignRight)
        for place, row in enumerate(rows):
            button = IconButton(row.tool.value, row.tip, checkable=True, size=22)
            button.clicked.connect(lambda _, tool=row.tool: self.tool_chosen.emit(tool))
            button.dress(self._colours)
            self._group.addButton(button)
            self._grid.addWidget(button, place // _COLUMNS, place % _COLUMNS)
            self._tools[row.tool] = button


def _paints(plan: EditPlan) -> bool:
    painting = {row.tool for row in plan.tools} - {Tool.NAVIGATE, Tool.WINDOW}
    return plan.tool in painting
