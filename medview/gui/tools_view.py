"""The models panel: choose a model, fill its form, run it, see how far it is, cancel it."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from medview.gui.dialogs import show_text
from medview.gui.job_rows import JobRows
from medview.gui.param_form import ParamForm
from medview.gui.widgets import clear, label, line
from medview.present.ports import JobRow, ModelForm, ModelRow, RoleRow


class ToolsView:
    """Implements `ToolsViewPort`."""

    model_chosen = Signal(str)
    role_chosen = Signal(str, object)
    value_changed = Signal(str, object)
    run_asked = Signal()
    cancel_asked = Signal(str)

    def __init__(self) -> None:
        self._form: ModelForm | None = None
        self._models = QComboBox()
        self._models.setAccessibleName("Model")
        self._models.setToolTip("Models that this installation knows")
        self._models.activated.connect(lambda index: self.model_chosen.emit(self._models.itemData(index)))
        self._summary = label("", "muted", wraps=True)
        self._roles_box = QWidget()
        self._roles = QFormLayout(self._roles_box)
        self._roles.setContentsMargins(0, 0, 0, 0)
        self._params = ParamForm()
        self._params.value_changed.connect(self.value_changed.emit)
        self._forecast = label("", "muted", wraps=True)
        self._problem = label("", "problem", wraps=True)
        self._note = label("", "note", wraps=True)
        self._outcome = label("", "", wraps=True)
        self._jobs = JobRows()
        self._jobs.cancel_asked.connect(self.cancel_asked.emit)
        self._make_buttons()
        self.widget = self._make_panel()
        self._summaries: dict[str, str] = {}

    def show_models(self, rows: tuple[ModelRow, ...], chosen: str) -> None:
        """List the models; those that cannot run are greyed and say why."""
        self._models.blockSignals(True)
        self._models.clear()
        for index, row in enumerate(rows):
            self._models.addItem(row.title if not row.reason else f"{row.title} (cannot run)", row.model_id)
            self._models.setItemData(index, row.reason or row.summary, Qt.ItemDataRole.ToolTipRole)
            if row.model_id == chosen:
                self._models.setCurrentIndex(index)
        self._models.blockSignals(False)
        self._summaries = {row.model_id: f"{row.task}. {row.summary}" for row in rows}

    def show_form(self, form: ModelForm | None) -> None:
        """Show the form of the chosen model, keeping the keyboard focus."""
        old, self._form = self._form, form
        self._body.setVisible(form is not None)
        if form is None:
            return
        self._summary.setText(self._summaries.get(form.model_id, ""))
        if old is None or old.roles != form.roles:
            self._show_roles(form.roles)
        self._params.show(form.params, form.values)
        self._forecast.setText(form.forecast)
        self._problem.setText(form.problem)
        self._problem.setVisible(bool(form.problem))
        self._note.setText(form.note)
        self._run.setEnabled(not form.problem)
        self._run.setToolTip(form.problem or "Run the model in the background (Ctrl+R)")

    def show_jobs(self, rows: tuple[JobRow, ...]) -> None:
        """Show the running jobs with progress and Cancel."""
        self._jobs.show(rows)
        self._forecast.setVisible(not rows)
        if rows:
            self._outcome.clear()
            self._outcome.hide()

    def show_outcome(self, text: str, is_error: bool) -> None:
        """Say what came of the last run."""
        self._outcome.setObjectName("error" if is_error else "")
        self._outcome.style().polish(self._outcome)
        self._outcome.setText(text)
        self._outcome.setVisible(bool(text))

    def _make_buttons(self) -> None:
        self._run = QPushButton("Run")
        self._run.setObjectName("primary")
        self._run.clicked.connect(self.run_asked.emit)
        self._card = QPushButton("Model card…")
        self._card.setToolTip("What the model is for, what it was trained on, its licence and its limits")
        self._card.clicked.connect(self._show_card)

    def _make_panel(self) -> QWidget:
        """The form scrolls; Run and what is running stay in sight below it."""
        self._body = QWidget()
        form = _column(self._body, 12)
        for part in (self._summary, line(), self._roles_box, self._params.widget, self._note):
            form.addWidget(part)
        form.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._body)
        panel = QWidget()
        column = _column(panel, 0)
        top, foot = QWidget(), QWidget()
        _column(top, 12).addWidget(self._models)
        below = _column(foot, 12)
        for part in (self._forecast, self._problem, self._outcome, self._jobs.widget):
            below.addWidget(part)
        buttons = QHBoxLayout()
        buttons.addWidget(self._run, 1)
        buttons.addWidget(self._card)
        below.addLayout(buttons)
        column.addWidget(top)
        column.addWidget(area, 1)
        column.addWidget(line())
        column.addWidget(foot)
        self._outcome.hide()
        return panel

    def _show_roles(self, roles: tuple[RoleRow, ...]) -> None:
        clear(self._roles)
        for role in roles:
            box = QComboBox()
            box.setAccessibleName(role.title)
            if not role.required or not role.candidates:
                box.addItem("none" if not role.required else "no fitting layer is open", None)
            for layer_id, name in role.candidates:
                box.addItem(name, layer_id)
            box.setCurrentIndex(max(0, box.findData(role.chosen)))
            box.activated.connect(lambda _, b=box, r=role.role: self.role_chosen.emit(r, b.currentData()))
            self._roles.addRow(role.title, box)

    def _show_card(self) -> None:
        if self._form is not None:
            show_text(self.widget, self._form.title, self._form.card)


def _column(parent: QWidget, margin_px: int) -> QVBoxLayout:
    column = QVBoxLayout(parent)
    column.setContentsMargins(margin_px, margin_px * 2 // 3, margin_px, margin_px * 2 // 3)
    column.setSpacing(8 if margin_px else 0)
    return column
