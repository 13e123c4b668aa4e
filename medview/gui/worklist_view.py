"""The panel of cases: how far the list is, which cases are on show, the table, and the way on."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from medview.gui.case_table import CaseTable
from medview.gui.job_rows import show_fraction
from medview.gui.raters_box import RatersBox
from medview.gui.texts import ElidedLabel, label, no_mnemonic, plain_tip
from medview.gui.theme import Colours
from medview.gui.widgets import Fold, IconButton, calm, quiet
from medview.present.ports.worklist_port import Place, WorklistPlan

_NOTHING = (
    "A work list makes a folder or a BIDS data set a queue of cases: each opens with its scans and "
    "your mask, is saved when you go on, and has a state and a time."
)
_STATES = (("All", ""), ("To do", "to do"), ("In work", "in work"), ("Done", "done"), ("Checked", "checked"))
_OWN = "{} (you)"


class WorklistView:
    """Implements `WorklistViewPort`."""

    triggered = Signal(str)
    case_chosen = Signal(str)
    whose_chosen = Signal(str)
    filtered = Signal(str, str)
    left_out = Signal(tuple)
    revealed = Signal()  # the panel is to be brought to the front

    def __init__(self, colours: Colours) -> None:
        self.widget = QStackedWidget()
        self._plan: WorklistPlan | None = None
        self._title, self._progress = ElidedLabel("heading"), label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Part of the cases that is done")
        self._pace, self._notes = ElidedLabel("muted"), label("", "warning", wraps=True)
        self._rule = ElidedLabel("muted", Qt.TextElideMode.ElideMiddle)
        self._whose, self._states, self._search = self._make_fields()
        self._table = CaseTable(colours)
        self._empty = label("", "muted", wraps=True)
        self._previous = IconButton("up", "Previous case (Ctrl+PgUp)")
        self._next = IconButton("down", "Next case (Ctrl+PgDown)")
        self._back = IconButton("pencil", "Back to work: not done after all")
        self._mark = QPushButton()
        self._mark.setObjectName("primary")
        self._raters = RatersBox()
        self._fold = Fold("Annotators of this case", self._raters)
        self.widget.addWidget(self._make_start())
        self.widget.addWidget(self._put_together())
        self._connect()
        self.dress(colours)

    def show(self, plan: WorklistPlan) -> None:
        """Show this state."""
        before, self._plan = self._plan, plan
        self.widget.setCurrentIndex(1 if plan.title else 0)
        self._title.setText(plan.title)
        self._title.setToolTip(plain_tip(plan.tip))
        self._progress.setText(plan.progress)
        show_fraction(self._bar, plan.part)
        self._pace.setText(plan.pace)
        self._rule.setText(plan.rule)
        self._rule.setToolTip(plain_tip(plan.rule))
        self._notes.setText("\n".join(plan.notes))
        self._notes.setVisible(bool(plan.notes))
        if before is None or before.annotators != plan.annotators or before.whose != plan.whose:
            self._show_annotators(plan)
        self._show_filter(plan)
        self._table.show_rows(plan.rows, plan.current)
        self._table.setVisible(bool(plan.rows))
        self._empty.setText(plan.nothing)
        self._empty.setVisible(bool(plan.nothing))
        self._raters.show_plan(plan)
        self._turn_buttons(plan)

    def reveal(self) -> None:
        """Bring the panel to the front."""
        self.revealed.emit()

    def ask_folder(self) -> Path | None:
        """Ask for the folder of a work list; None on cancel."""
        name = QFileDialog.getExistingDirectory(self.widget.window(), "Open a work list: scans or BIDS")
        return Path(name) if name else None

    def presence(self) -> Place | None:
        """Where the mouse is; None where another program has the keyboard."""
        if QApplication.activeWindow() is None:
            return None
        place = QCursor.pos()
        return place.x(), place.y()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._table.dress(colours)
        for button in (self._previous, self._next, self._back, self._fold):
            button.dress(colours)

    def _make_fields(self) -> tuple[QComboBox, QComboBox, QLineEdit]:
        whose, states, search = QComboBox(), QComboBox(), QLineEdit()
        whose.setAccessibleName("Whose masks")
        whose.setToolTip("Your own masks to work on, or another's to check")
        states.setAccessibleName("State")
        states.setToolTip("Show only cases of this state; the keys for the next case go through these")
        for title, state in _STATES:
            states.addItem(title, state)
        search.setPlaceholderText("Find a case")
        search.setAccessibleName("Find a case")
        search.setToolTip("Show only cases whose names hold these words")
        search.setClearButtonEnabled(True)
        for box in (whose, states):
            calm(box)
            box.setMinimumContentsLength(6)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        return whose, states, search

    def _make_start(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(label("Cases", "heading"))
        column.addWidget(label(_NOTHING, "muted", wraps=True))
        button = QPushButton("Open work list…")
        button.setToolTip("Choose a folder with scans, with one folder per subject, or a BIDS data set")
        button.clicked.connect(lambda: self.triggered.emit("file.open_worklist"))
        column.addWidget(button)
        column.addStretch(1)
        return made

    def _put_together(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        column.addLayout(_row(self._title, self._progress, grows=self._title))
        column.addWidget(self._bar)
        column.addWidget(self._pace)
        column.addWidget(self._notes)
        column.addLayout(_row(label("Masks of"), self._whose, grows=self._whose))
        column.addWidget(self._rule)
        column.addLayout(_row(self._search, self._states, grows=self._search))
        column.addWidget(self._table, 1)
        column.addWidget(self._empty)
        column.addLayout(_row(self._previous, self._next, self._back, self._mark, grows=self._mark))
        column.addWidget(self._fold)
        column.addWidget(self._raters)
        return made

    def _connect(self) -> None:
        self._table.chosen.connect(self.case_chosen.emit)
        self._whose.activated.connect(lambda place: self.whose_chosen.emit(self._whose.itemData(place)))
        self._states.activated.connect(lambda _: self._tell_filter())
        self._search.textChanged.connect(lambda _: self._tell_filter())
        self._previous.clicked.connect(lambda: self.triggered.emit("cases.previous"))
        self._next.clicked.connect(lambda: self.triggered.emit("cases.next"))
        self._back.clicked.connect(lambda: self.triggered.emit("cases.in_work"))
        # in a low window both would not fit: who compares does not ask where masks go
        self._fold.toggled.connect(lambda is_open: self._rule.setVisible(not is_open))
        self._raters.triggered.connect(self.triggered.emit)
        self._raters.left_out.connect(self.left_out.emit)
        self._mark.clicked.connect(lambda: self.triggered.emit(self._mark_action()))

    def _mark_action(self) -> str:
        is_own = self._plan is None or self._plan.is_own
        return "cases.done_next" if is_own else "cases.checked_next"

    def _tell_filter(self) -> None:
        self.filtered.emit(self._states.currentData(), self._search.text())

    def _show_annotators(self, plan: WorklistPlan) -> None:
        with quiet(self._whose):
            self._whose.clear()
            for place, name in enumerate(plan.annotators):
                self._whose.addItem(no_mnemonic(_OWN.format(name) if place == 0 else name), name)
            self._whose.setCurrentIndex(self._whose.findData(plan.whose))

    def _show_filter(self, plan: WorklistPlan) -> None:
        with quiet(self._states, self._search):
            self._states.setCurrentIndex(self._states.findData(plan.shown))
            if self._search.text() != plan.search:
                self._search.setText(plan.search)

    def _turn_buttons(self, plan: WorklistPlan) -> None:
        self._previous.turn(plan.why_not.get("cases.previous", ""))
        self._next.turn(plan.why_not.get("cases.next", ""))
        self._back.turn(plan.why_not.get("cases.in_work", ""))
        reason = plan.why_not.get(self._mark_action(), "")
        self._mark.setText("Done and next" if plan.is_own else "Checked and next")
        self._mark.setEnabled(not reason)
        keys = "Ctrl+Return" if plan.is_own else "Ctrl+Shift+Return"
        self._mark.setToolTip(plain_tip(reason) or f"Save, note it, and open the next one ({keys})")


def _row(*parts: QWidget, grows: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for part in parts:
        row.addWidget(part, int(part is grows))
    return row
