"""The training wizard: method and data on the left, settings on the right, what will happen below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from medview.gui.param_form import ParamForm
from medview.gui.texts import label, plain_tip
from medview.gui.theme import Colours
from medview.gui.widgets import calm, line, quiet
from medview.present.ports.training_port import TrainingForm

_SIZE_PX = (880, 640)


class TrainingDialog:
    """Implements `TrainingViewPort`. Kept as long as the window, hidden while it is not needed.

    Args:
        parent: The window.
        colours: Of the theme.
    """

    model_chosen = Signal(str)
    data_chosen = Signal(object)
    out_chosen = Signal(object)
    value_changed = Signal(str, object)
    start_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget, colours: Colours) -> None:
        self._colours = colours
        self._form: TrainingForm | None = None
        self.dialog = QDialog(parent)
        self.dialog.setWindowTitle("Train a model")
        self.dialog.resize(*_SIZE_PX)
        self.dialog.finished.connect(lambda _: self.closed.emit())
        self._models = QComboBox()
        self._models.setAccessibleName("Method")
        self._models.activated.connect(lambda index: self.model_chosen.emit(self._models.itemData(index)))
        calm(self._models)
        self._summary, self._needs = label("", "muted", wraps=True), label("", "muted", wraps=True)
        self._count = label("", "", wraps=True)
        self._subjects = QListWidget()
        self._subjects.setAccessibleName("Subjects")
        self._data = _folder_field("Data folder", "A folder with one folder per subject")
        self._out = _folder_field("Output folder", "A new folder, or a training to resume")
        self._known = {self._data: "", self._out: ""}
        self._params = ParamForm()
        self._params.value_changed.connect(self.value_changed.emit)
        self._forecast, self._problem = label("", "muted", wraps=True), label("", "problem", wraps=True)
        self._start = QPushButton("Start")
        self._start.setObjectName("primary")
        self._start.clicked.connect(self.start_asked.emit)
        self._put_together()
        self.dress(colours)

    def show(self, form: TrainingForm) -> None:
        """Show this state, opening the wizard where it is not open."""
        self._show_models(form)
        self._summary.setText(form.summary)
        self._needs.setText(form.needs)
        self._show_folder(self._data, form.data)
        self._show_folder(self._out, form.out)
        self._count.setText(form.count)
        self._count.setVisible(bool(form.count))
        self._show_subjects(form)
        self._params.show(form.params, form.values)
        self._forecast.setText(form.forecast)
        self._forecast.setVisible(bool(form.forecast))
        self._problem.setText(form.problem)
        self._problem.setVisible(bool(form.problem))
        self._start.setText("Resume" if form.is_resumed else "Start")
        self._start.setEnabled(not form.problem)
        self._start.setToolTip(plain_tip(form.problem) or "Train in the background; it can be stopped")
        self._form = form
        if not self.dialog.isVisible():
            self.dialog.open()

    def close(self) -> None:
        """Put it away."""
        self.dialog.accept()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self._params.dress(colours)
        if self._form is not None:
            self._show_subjects(self._form, is_forced=True)

    def _show_models(self, form: TrainingForm) -> None:
        with quiet(self._models):
            if self._form is None or self._form.models != form.models:
                self._models.clear()
                for model_id, title in form.models:
                    self._models.addItem(title, model_id)
            self._models.setCurrentIndex(self._models.findData(form.model_id))

    def _show_folder(self, field: QLineEdit, text: str) -> None:
        """What is being typed stays until another folder is chosen or the wizard opens anew."""
        if text != self._known[field] or not field.isModified() or not self.dialog.isVisible():
            field.setText(text)
        self._known[field] = text

    def _show_subjects(self, form: TrainingForm, *, is_forced: bool = False) -> None:
        if self._form is not None and self._form.subjects == form.subjects and not is_forced:
            return
        self._subjects.clear()
        for row in form.subjects:
            item = QListWidgetItem(f"{row.name}   {row.missing}" if row.missing else row.name)
            item.setToolTip(plain_tip(row.missing or "Complete"))
            colour = self._colours.warning if row.missing else self._colours.text
            item.setForeground(QBrush(QColor(colour)))
            self._subjects.addItem(item)

    def _put_together(self) -> None:
        body = QHBoxLayout()
        body.setSpacing(20)
        body.addLayout(self._make_left(), 1)
        body.addLayout(self._make_right(), 1)
        column = QVBoxLayout(self.dialog)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label("Train a model", "title"))
        column.addLayout(body, 1)
        column.addWidget(line())
        for part in (self._forecast, self._problem):
            column.addWidget(part)
        column.addLayout(self._make_buttons())

    def _make_left(self) -> QVBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(label("Method", "heading"))
        left.addWidget(self._models)
        left.addWidget(self._summary)
        left.addWidget(label("Subjects to learn from", "heading"))
        left.addWidget(self._needs)
        left.addLayout(self._with_choice(self._data, "Data folder", self.data_chosen.emit))
        left.addWidget(self._count)
        left.addWidget(self._subjects, 1)
        left.addWidget(label("Write the model to", "heading"))
        left.addLayout(self._with_choice(self._out, "Output folder", self.out_chosen.emit))
        return left

    def _make_right(self) -> QVBoxLayout:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(12, 10, 12, 10)
        inner.addWidget(self._params.widget)
        inner.addStretch(1)
        area.setWidget(holder)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(label("Settings", "heading"))
        right.addWidget(area, 1)
        return right

    def _with_choice(self, field: QLineEdit, title: str, tell: Callable[[Path], object]) -> QHBoxLayout:
        def told() -> None:
            # editingFinished comes again when the field merely loses the focus, or goes with its dialog
            if field.text() and field.text() != self._known[field] and self.dialog.isVisible():
                tell(Path(field.text()))

        def ask() -> None:
            name = QFileDialog.getExistingDirectory(self.dialog, title, field.text())
            if name:
                field.setText(name)
                tell(Path(name))

        field.editingFinished.connect(told)
        choose = QPushButton("Choose…")
        choose.setToolTip(f"Choose the {title.lower()}")
        choose.setAccessibleName(f"Choose the {title.lower()}")
        choose.setAutoDefault(False)
        choose.clicked.connect(ask)
        row = QHBoxLayout()
        row.addWidget(field, 1)
        row.addWidget(choose)
        return row

    def _make_buttons(self) -> QHBoxLayout:
        cancel = QPushButton("Close")
        cancel.setToolTip("Put the wizard away; what was filled in stays (Esc)")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.dialog.reject)
        self._start.setAutoDefault(False)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self._start)
        return row


def _folder_field(name: str, hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(hint)
    return field
