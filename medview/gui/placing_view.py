"""The group that lays a scene upon a patient: pairs of landmarks, and one known length."""

from __future__ import annotations

from functools import partial

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medview.gui.texts import ElidedLabel, label
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, line, number_box
from medview.present.ports.placing_port import PairRow, PlacingPlan

_HOW = (
    "Ctrl+click a landmark of the scene in the 3-D pane and mark it. Put the crosshair on the same landmark "
    "in the scan and add the pair. Three pairs or more, not on one line, place the scene."
)
_LINE_HEIGHT_PX = 26
_MOST_LINES = 6
_MARK_WIDTH_PX = 136
_NUMBER, _PATIENT, _LEFT = range(3)
_LONGEST_MM = 100_000.0


class PlacingView:
    """Implements `PlacingViewPort`."""

    mark_asked = Signal(str)
    pair_asked = Signal()
    pair_chosen = Signal(int)
    pair_removed = Signal(int)
    apply_asked = Signal()
    scale_asked = Signal(float)

    def __init__(self, colours: Colours) -> None:
        self._plan = PlacingPlan()
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(8)
        self._warning = label("", "problem", wraps=True)
        self._size = label("", "quiet", wraps=True)
        column.addWidget(self._warning)
        column.addWidget(self._size)
        column.addWidget(label(_HOW, "quiet", wraps=True))
        self._fill_landmarks(column)
        column.addWidget(line())
        self._fill_length(column)
        self.dress(colours)
        self.show(PlacingPlan())

    def _fill_landmarks(self, column: QVBoxLayout) -> None:
        self._mark, self._point = self._marker("scene", "Mark in scene", column)
        self._add = QPushButton("Add pair")
        self._add.clicked.connect(self.pair_asked.emit)
        column.addWidget(self._add)
        self._table = _pair_table()
        self._table.cellClicked.connect(lambda row, _column: self.pair_chosen.emit(row))
        self._table.itemSelectionChanged.connect(self._turn_remove)
        column.addWidget(self._table)
        row = QHBoxLayout()
        self._residual = ElidedLabel("quiet")
        self._remove = IconButton("trash", "Remove the chosen pair")
        self._remove.clicked.connect(lambda: self.pair_removed.emit(self._table.currentRow()))
        row.addWidget(self._residual, 1)
        row.addWidget(self._remove)
        column.addLayout(row)
        self._apply = QPushButton("Place the scene")
        self._apply.clicked.connect(self.apply_asked.emit)
        column.addWidget(self._apply)

    def _fill_length(self, column: QVBoxLayout) -> None:
        column.addWidget(label("Or scale it by one known length:", "quiet", wraps=True))
        self._mark_start, self._start = self._marker("start", "Mark one end", column)
        self._mark_end, self._end = self._marker("end", "Mark other end", column)
        self._distance = ElidedLabel("quiet")
        column.addWidget(self._distance)
        row = QHBoxLayout()
        self._length = number_box(0.0, _LONGEST_MM, 2, 1.0, " mm")
        self._length.setValue(10.0)
        self._length.setAccessibleName("Known length")
        self._length.setToolTip("The true distance of both ends")
        self._scale = QPushButton("Scale")
        self._scale.clicked.connect(lambda: self.scale_asked.emit(self._length.value()))
        row.addWidget(self._length, 1)
        row.addWidget(self._scale)
        column.addLayout(row)

    def _marker(self, which: str, title: str, column: QVBoxLayout) -> tuple[QPushButton, ElidedLabel]:
        """A button that takes the crosshair's place, and the place it took."""
        button, place, row = QPushButton(title), ElidedLabel("quiet"), QHBoxLayout()
        button.setFixedWidth(_MARK_WIDTH_PX)
        button.clicked.connect(partial(self.mark_asked.emit, which))
        row.addWidget(button)
        row.addWidget(place, 1)
        column.addLayout(row)
        return button, place

    def show(self, plan: PlacingPlan) -> None:
        """Show this state."""
        self._warning.setText(plan.warning)
        self._warning.setVisible(bool(plan.warning))
        self._size.setText(plan.size or plan.why_not_mark)
        places = ((self._point, plan.scene_point), (self._start, plan.start), (self._end, plan.end))
        for place, text in places:
            place.setText(text or "not marked")
        if plan.rows != self._plan.rows:
            self._show_rows(plan.rows)
        self._plan = plan
        self._table.setVisible(bool(plan.rows))
        self._residual.setText(plan.residual or plan.why_not_apply)
        self._distance.setText(plan.distance)
        self._distance.setVisible(bool(plan.distance))
        mark_tip = "Take the crosshair's place as this point of the scene"
        for button in (self._mark, self._mark_start, self._mark_end):
            _turn(button, plan.why_not_mark, mark_tip)
        _turn(self._add, plan.why_not_pair, "Pair the marked landmark with the crosshair's place in the scan")
        _turn(self._apply, plan.why_not_apply, "Lay the scene upon the scan by all pairs; one undo step")
        _turn(self._scale, plan.why_not_scale, "Make this the distance of both ends; one undo step")
        self._turn_remove()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._remove.dress(colours)

    def _show_rows(self, rows: tuple[PairRow, ...]) -> None:
        self._table.clearContents()
        self._table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for place, text in ((_NUMBER, f"{number + 1}"), (_PATIENT, row.patient), (_LEFT, row.residual)):
                item = QTableWidgetItem(text)
                item.setToolTip(f"In the scene at {row.scene}")
                self._table.setItem(number, place, item)
        header = self._table.horizontalHeader().sizeHint().height()
        self._table.setFixedHeight(header + _LINE_HEIGHT_PX * min(len(rows), _MOST_LINES) + 2)

    def _turn_remove(self) -> None:
        is_chosen = self._table.currentRow() >= 0 and bool(self._plan.rows)
        self._remove.turn("" if is_chosen else "Choose a pair in the table.")


def _turn(button: QPushButton, why_not: str, tip: str) -> None:
    button.setEnabled(not why_not)
    button.setToolTip(why_not or tip)


def _pair_table() -> QTableWidget:
    table = QTableWidget(0, 3)
    table.setObjectName("pairs")
    table.setAccessibleName("Pairs of landmarks")
    table.setToolTip("Click a pair to look at its landmark in the scan")
    table.setHorizontalHeaderLabels(["", "In the patient, mm", "Left"])
    table.horizontalHeaderItem(_LEFT).setToolTip("Distance that is left after placing by all pairs")
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(_LINE_HEIGHT_PX)
    table.setShowGrid(False)
    header = table.horizontalHeader()
    header.setSectionResizeMode(_NUMBER, QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(_PATIENT, QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(_LEFT, QHeaderView.ResizeMode.ResizeToContents)
    header.setHighlightSections(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setTabKeyNavigation(False)
    return table
