"""The review panel: what a proposal adds, removes and relabels; accepted and rejected whole and by part."""

from __future__ import annotations

from collections.abc import Callable

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from medview.core.state import Tool
from medview.gui.difference_legend import DifferenceLegend
from medview.gui.match_form import MatchForm
from medview.gui.proposed_labels import ProposedLabels
from medview.gui.texts import ElidedLabel, label
from medview.gui.theme import Colours
from medview.gui.widgets import Fold, IconButton, line, quiet
from medview.present.ports.proposal_port import PieceRow, ProposalPlan

_NOTHING = (
    "Nothing is proposed. Choose a mask and run a model under Models with its result as a proposal for the "
    "mask: where the two differ stands here then, to be accepted or rejected part by part."
)
_FEWEST_LINES, _LINE_HEIGHT_PX = 2, 22
_HEAD_HEIGHT_PX = 140  # title, legend, and verdicts on all


class ProposalView:
    """Implements `ProposalViewPort`."""

    judged = Signal(bool, object)
    piece_judged = Signal(bool, int)
    piece_chosen = Signal(int)
    stepped = Signal(int)
    doubt_asked = Signal()
    match_chosen = Signal(int, object)
    tool_chosen = Signal(object)
    revealed = Signal()  # the panel is to be brought to the front

    def __init__(self, colours: Colours) -> None:
        self._rows: tuple[PieceRow, ...] = ()
        self._tools: dict[Tool, IconButton] = {}
        self._title = ElidedLabel("heading", Qt.TextElideMode.ElideMiddle)
        self._summary = label("", "muted", wraps=True)
        self._legend = DifferenceLegend()
        self._labels = ProposedLabels()
        self._labels.judged.connect(self.judged.emit)
        self._matches = MatchForm()
        self._matches.chosen.connect(self.match_chosen.emit)
        self._fold = Fold("What the model's labels stand for", self._matches.widget)
        self._why_not = label("", "problem", wraps=True)
        self._left_off = label("", "muted", wraps=True)
        self._list = self._make_list()
        self._make_buttons()
        self._empty = label(_NOTHING, "muted", wraps=True)
        self.widget = QWidget()
        self.widget.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 0)
        self._body = self._make_body()
        column.addWidget(self._padded(self._empty))
        column.addWidget(self._body, 1)
        column.addStretch(0)
        self.dress(colours)
        self.show(ProposalPlan())

    def show(self, plan: ProposalPlan) -> None:
        """Show this state."""
        if not plan.title and self._body.isAncestorOf(self.widget.focusWidget()):
            self.widget.setFocus()  # else the keyboard would go to whatever comes next in the window
        self._empty.parentWidget().setVisible(not plan.title)
        self._body.setVisible(bool(plan.title))
        self._title.setText(plan.title)
        self._title.setToolTip(plan.title)
        self._summary.setText(plan.summary)
        self._legend.show(plan.amounts)
        self._labels.show(plan.labels, plan.why_not)
        self._matches.show(plan.matches)
        for text, shown in ((plan.why_not, self._why_not), (plan.left_off, self._left_off)):
            shown.setText(text)
            shown.setVisible(bool(text))
        self._show_tools(plan)
        self._show_pieces(plan)

    def reveal(self) -> None:
        """Bring the panel to the front."""
        self.revealed.emit()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for button in (*self._tools.values(), self._doubt, self._previous, self._next):
            button.dress(colours)
        self._labels.dress(colours)
        self._fold.dress(colours)

    def _show_tools(self, plan: ProposalPlan) -> None:
        for row in plan.tools:
            if row.tool not in self._tools:
                button = IconButton(row.tool.value, row.tip, checkable=True, size=22)
                button.clicked.connect(lambda _, tool=row.tool: self.tool_chosen.emit(tool))
                button.dress(self._colours)
                self._group.addButton(button)
                self._tool_row.insertWidget(len(self._tools), button)
                self._tools[row.tool] = button
            self._tools[row.tool].turn(row.why_not)
        # a group keeps one button pressed unless it is told that none may be
        self._group.setExclusive(False)
        for tool, button in self._tools.items():
            button.setChecked(tool is plan.tool)
        self._group.setExclusive(True)

    def _show_pieces(self, plan: ProposalPlan) -> None:
        with quiet(self._list):
            if plan.pieces != self._rows:
                self._rows = plan.pieces
                self._list.clear()
                self._list.addItems([f"{row.volume}   {row.words}" for row in plan.pieces])
            self._list.setCurrentRow(plan.at)
        nothing = "" if plan.pieces else "Nothing differs"
        for button in (self._previous, self._next):
            button.turn(plan.why_not or nothing)
        self._doubt.turn(plan.why_no_doubt)
        chosen = "" if plan.at >= 0 else "Choose a difference in the list first"
        for button, tip in self._piece_buttons:
            _turn(button, plan.why_not or nothing or chosen, tip)
        for button, tip in self._whole_buttons:
            _turn(button, plan.why_not, tip)

    def _make_list(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Differences")
        made.setToolTip("Connected differences, the largest first. Click or arrow keys: go there")
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        made.setMinimumHeight(_FEWEST_LINES * _LINE_HEIGHT_PX)
        made.currentRowChanged.connect(lambda row: self.piece_chosen.emit(row) if row >= 0 else None)
        made.itemActivated.connect(lambda _: self.piece_chosen.emit(made.currentRow()))
        return made

    def _make_buttons(self) -> None:
        self._group = QButtonGroup()
        self._previous = IconButton("up", "Previous difference (Shift+K)")
        self._next = IconButton("down", "Next difference (K)")
        self._doubt = IconButton("warning", "Next doubtful place (J): those that differ come first")
        self._doubt.clicked.connect(self.doubt_asked.emit)
        self._previous.clicked.connect(lambda: self.stepped.emit(-1))
        self._next.clicked.connect(lambda: self.stepped.emit(1))
        self._whole_buttons = self._pair(
            ("Accept all", "Take all differences over, as far as locks and the overwrite rule allow"),
            ("Reject all", "Keep the mask as it is; the proposal goes"),
            lambda accepts: self.judged.emit(accepts, None),
        )
        self._piece_buttons = self._pair(
            ("Accept", "Take this difference over into the mask (Y at the crosshair)"),
            ("Reject", "Keep the mask as it is here (U at the crosshair)"),
            lambda accepts: self.piece_judged.emit(accepts, self._list.currentRow()),
        )

    def _pair(
        self, accept: tuple[str, str], reject: tuple[str, str], tell: Callable[[bool], object]
    ) -> tuple[tuple[QPushButton, str], ...]:
        made = []
        for (text, tip), accepts in ((accept, True), (reject, False)):
            button = QPushButton(text)
            button.clicked.connect(lambda _, accepts=accepts: tell(accepts))
            made.append((button, tip))
        return tuple(made)

    def _make_body(self) -> QWidget:
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._scrolling(), 1)
        rows.addWidget(line())
        foot = QWidget()
        below = QVBoxLayout(foot)
        below.setContentsMargins(12, 4, 12, 8)
        below.setSpacing(4)
        self._tool_row = QHBoxLayout()
        self._tool_row.setSpacing(4)
        self._tool_row.addStretch(1)
        self._tool_row.addWidget(self._doubt)
        self._tool_row.addWidget(self._previous)
        self._tool_row.addWidget(self._next)
        below.addLayout(self._tool_row)
        below.addWidget(self._list, 1)
        below.addWidget(self._left_off)
        below.addLayout(_beside(self._piece_buttons))
        rows.addWidget(foot, 1)
        return body

    def _scrolling(self) -> QScrollArea:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 8, 12, 6)
        column.setSpacing(6)
        for part in (self._title, self._summary, self._legend.widget, self._why_not):
            column.addWidget(part)
        column.addLayout(_beside(self._whole_buttons))
        for part in (self._labels.widget, self._fold, self._matches.widget):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        area.setMinimumHeight(_HEAD_HEIGHT_PX)
        return area

    def _padded(self, part: QWidget) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(part)
        return made


def _beside(buttons: tuple[tuple[QPushButton, str], ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for button, _ in buttons:
        row.addWidget(button, 1)
    return row


def _turn(button: QPushButton, why_not: str, tip: str) -> None:
    button.setEnabled(not why_not)
    button.setToolTip(why_not or tip)
