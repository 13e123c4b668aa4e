"""The models panel: choose a model, fill its form, run it, see how far it is, cancel it."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from medview.gui.cards_area import CardsArea
from medview.gui.ended_trainings import EndedTrainings
from medview.gui.input_warnings import InputWarnings
from medview.gui.job_rows import JobRows
from medview.gui.param_fields import LayerNames
from medview.gui.param_form import ParamForm
from medview.gui.role_form import RoleForm
from medview.gui.target_form import TargetForm
from medview.gui.texts import label, plain_tip
from medview.gui.theme import Colours
from medview.gui.widgets import calm, line, quiet
from medview.present.ports.tools_port import JobRow, ModelForm, ModelRow, RoleRow
from medview.present.ports.training_port import EndedTrainingRow


class ToolsView:
    """Implements `ToolsViewPort`."""

    model_chosen = Signal(str)
    role_chosen = Signal(str, object)
    value_changed = Signal(str, object)
    target_chosen = Signal(object)
    run_asked = Signal()
    cancel_asked = Signal(str)
    training_used = Signal(str)
    training_resumed = Signal(str)
    training_dismissed = Signal(str)
    card_asked = Signal()
    doubt_asked = Signal()
    jobs_shown = Signal(object)  # tuple[JobRow, ...]: for the status bar and the start page

    def __init__(self, colours: Colours) -> None:
        self._colours = colours
        self._form: ModelForm | None = None
        self._rows: tuple[ModelRow, ...] = ()
        self._models = QComboBox()
        self._models.setAccessibleName("Model")
        self._models.activated.connect(lambda index: self.model_chosen.emit(self._models.itemData(index)))
        calm(self._models)
        self._summary = label("", "muted", wraps=True)
        self._roles = RoleForm()
        self._roles.chosen.connect(self.role_chosen.emit)
        self._target = TargetForm()
        self._target.chosen.connect(self.target_chosen.emit)
        self._params = ParamForm()
        self._params.value_changed.connect(self.value_changed.emit)
        self._forecast = label("", "muted", wraps=True)
        self._problem = label("", "problem", wraps=True)
        self._warnings = InputWarnings()
        self._warnings.asked.connect(lambda: self._area.ensureWidgetVisible(self._warnings.details))
        self._note = label("", "note", wraps=True)
        self._outcome = label("", "", wraps=True)
        self._told = ("", False)
        self._empty = label("No models are installed. The user guide (F1) says how to add one.", "muted",
                            wraps=True)  # fmt: skip
        self._jobs, self._ended = JobRows(colours), EndedTrainings(colours)
        self._jobs.cancel_asked.connect(self.cancel_asked.emit)
        self._ended.used.connect(self.training_used.emit)
        self._ended.resumed.connect(self.training_resumed.emit)
        self._ended.dismissed.connect(self.training_dismissed.emit)
        self._make_buttons()
        self.widget = self._make_panel()
        self.dress(colours)
        self.show_models((), "")
        self.show_doubt("", "Run a model first.")
        self.show_form(None)

    def show_models(self, rows: tuple[ModelRow, ...], chosen: str) -> None:
        """List the models; those that cannot run are greyed and say why."""
        self._rows = rows
        with quiet(self._models):
            self._models.clear()
            for index, row in enumerate(rows):
                self._models.addItem(row.title, row.model_id)
                tip = plain_tip(f"Cannot run: {row.reason}" if row.reason else row.summary)
                self._models.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)
            self._models.setCurrentIndex(self._models.findData(chosen))
        self._models.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._grey_models()

    def show_form(self, form: ModelForm | None) -> None:
        """Show the form of the chosen model, keeping the keyboard focus."""
        self._form = form
        self._body.setVisible(form is not None)
        self._foot.setVisible(form is not None)
        if form is None:
            return
        row = self._row(form.model_id)
        self._summary.setText(f"{row.task[:1].upper()}{row.task[1:]}. {row.summary}" if row else "")
        with quiet(self._models):
            self._models.setCurrentIndex(self._models.findData(form.model_id))
        self._models.setToolTip(plain_tip(row.summary if row else "Models that this installation knows"))
        self._roles.show(form.roles)
        self._target.show(form.masks, form.target)
        self._params.show(form.params, form.values, _layers_of(form.roles))
        for part, text in (
            (self._forecast, form.forecast),
            (self._problem, form.problem),
            (self._note, form.note),
        ):
            part.setText(text)
            part.setVisible(bool(text))
        self._warnings.show(form.warnings)
        self._run.setEnabled(not form.problem)
        self._run.setToolTip(
            plain_tip(form.problem) or "Run the model in the background; it can be cancelled"
        )

    def show_doubt(self, text: str, why_not: str) -> None:
        """Show where the walk through doubtful places stands; without a layer that tells, no button."""
        self._doubt.setVisible(not why_not)
        self._doubt.setText(f"Next doubtful place  ({text})" if text else "Next doubtful place")
        self._doubt.setToolTip(plain_tip(why_not) or "Move the crosshair to where the model doubts (J)")

    def show_jobs(self, rows: tuple[JobRow, ...]) -> None:
        """Show the running jobs with progress and Cancel."""
        self._jobs.show(rows)
        self._jobs_area.setVisible(bool(rows))
        self._forecast.setVisible(not rows and bool(self._forecast.text()))
        if rows:
            self.show_outcome("", False)
        self.jobs_shown.emit(rows)

    def show_ended_trainings(self, rows: tuple[EndedTrainingRow, ...]) -> None:
        """Offer what ended trainings have made, or to go on with them."""
        self._ended.show(rows)
        self._ended_area.setVisible(bool(rows))

    def show_outcome(self, text: str, is_error: bool) -> None:
        """Say what came of the last run."""
        if (text, is_error) == self._told:
            return
        self._told = text, is_error
        self._outcome.setObjectName("error" if is_error else "")
        self._outcome.style().polish(self._outcome)
        self._outcome.setText(text)
        self._outcome.setVisible(bool(text))

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self._params.dress(colours)
        self._jobs.dress(colours)
        self._ended.dress(colours)
        self._grey_models()

    def _row(self, model_id: str) -> ModelRow | None:
        return next((row for row in self._rows if row.model_id == model_id), None)

    def _grey_models(self) -> None:
        for index, row in enumerate(self._rows):
            colour = self._colours.muted if row.reason else self._colours.text
            self._models.setItemData(index, QBrush(QColor(colour)), Qt.ItemDataRole.ForegroundRole)

    def _make_buttons(self) -> None:
        self._run = QPushButton("Run")
        self._run.setObjectName("primary")
        self._run.clicked.connect(self.run_asked.emit)
        self._card = QPushButton("Model card…")
        self._card.setToolTip("What the model is for, what it was trained on, its licence and its limits")
        self._card.clicked.connect(self.card_asked.emit)
        self._doubt = QPushButton("Next doubtful place")
        self._doubt.clicked.connect(self.doubt_asked.emit)

    def _make_panel(self) -> QWidget:
        """The form scrolls; Run and what is running stay in sight below it."""
        panel = QWidget()
        column = _column(panel, 0)
        top = QWidget()
        head = _column(top, 12)
        head.addWidget(self._models)
        head.addWidget(self._empty)
        column.addWidget(top)
        self._area = self._make_body()
        column.addWidget(self._area, 1)
        column.addWidget(line())
        column.addWidget(self._make_foot())
        return panel

    def _make_body(self) -> QScrollArea:
        self._body = QWidget()
        form = _column(self._body, 12)
        for part in (
            self._summary,
            line(),
            self._roles.widget,
            self._warnings.details,
            self._params.widget,
            self._target.widget,
            self._note,
        ):
            form.addWidget(part)
        form.addStretch(1)
        return _scrolling(self._body)

    def _make_foot(self) -> QWidget:
        self._jobs_area = QWidget()
        _column(self._jobs_area, 12).addWidget(self._jobs.widget)
        self._ended_area = QWidget()
        _column(self._ended_area, 12).addWidget(self._ended.widget)
        self._ended_area.hide()
        self._jobs_area.hide()
        self._foot = QWidget()
        below = _column(self._foot, 12)
        for part in (self._warnings.line, self._forecast, self._problem, self._outcome, self._doubt):
            below.addWidget(part)
        buttons = QHBoxLayout()
        buttons.addWidget(self._run, 1)
        buttons.addWidget(self._card)
        below.addLayout(buttons)
        self._outcome.hide()
        both = QWidget()
        column = _column(both, 0)
        for part in (CardsArea(self._ended_area, self._jobs_area), self._foot):
            column.addWidget(part)
        return both


def _layers_of(roles: tuple[RoleRow, ...]) -> LayerNames:
    return tuple(dict.fromkeys(layer for role in roles for layer in role.candidates))


def _scrolling(body: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(body)
    return area


def _column(parent: QWidget, margin_px: int) -> QVBoxLayout:
    column = QVBoxLayout(parent)
    column.setContentsMargins(margin_px, margin_px * 2 // 3, margin_px, margin_px * 2 // 3)
    column.setSpacing(8 if margin_px else 0)
    return column
