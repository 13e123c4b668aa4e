"""The train step: method and settings, then live curves and pictures, paused, gone on with, given up."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from medview.gui.curve_plot import CurvePlot
from medview.gui.job_line import JobLine
from medview.gui.param_form import ParamForm
from medview.gui.picture_pair import PicturePair
from medview.gui.texts import ElidedLabel, label, no_mnemonic, plain_tip
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, calm, clear, quiet
from medview.present.ports.scene_port import TrainPlan, UnfinishedRow
from medview.present.ports.training_port import CurveRow

_BUTTONS = {
    "train": ("Train", "Train the scene in the background"),
    "pause": ("Pause", "Stop for now; it can go on from here, also after the program has ended"),
    "resume": ("Go on", "Go on from the last checkpoint"),
    "cancel": ("Cancel", "Give it up; what was not finished is removed after a question"),
    "dismiss": ("Train another", "Put this training away and set up another one; the scene stays"),
}
_SHOWN = {
    "idle": ("train",),
    "running": ("pause", "cancel"),
    "stopping": (),
    "paused": ("resume", "cancel"),
    "failed": ("resume", "cancel"),
    "done": ("dismiss",),
}


class TrainPart(QWidget):
    """What is under the train step."""

    method_chosen = Signal(str)
    param_changed = Signal(str, object)
    out_chosen = Signal(object)
    deed_asked = Signal(str)
    continue_asked = Signal(object)
    forget_asked = Signal(object)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._unfinished: tuple[UnfinishedRow, ...] = ()
        self._plots: list[CurvePlot] = []
        self._methods = QComboBox()
        self._methods.setAccessibleName("Method")
        self._methods.activated.connect(lambda at: self.method_chosen.emit(self._methods.itemData(at)))
        calm(self._methods)
        self._summary = label("", "muted", wraps=True)
        self._form = ParamForm()
        self._form.value_changed.connect(self.param_changed.emit)
        self._out = ElidedLabel("muted", Qt.TextElideMode.ElideMiddle)
        self._choose = IconButton("folder", "Write the scene to another folder")
        self._choose.clicked.connect(self._ask_out)
        self._problem, self._sentence = label("", "problem", wraps=True), label("", "", wraps=True)
        self._progress = JobLine("the training")
        self._curves = QVBoxLayout()
        self._curves.setSpacing(4)
        self._pair = PicturePair()
        self._buttons = {name: self._button(name) for name in _BUTTONS}
        self._waiting = QVBoxLayout()
        self._setup = self._make_setup()
        self._put_together()
        self.dress(colours)

    def show_plan(self, plan: TrainPlan) -> None:
        """Show this state."""
        self._show_methods(plan)
        self._summary.setText(plan.summary)
        self._summary.setVisible(bool(plan.summary))
        self._form.show(plan.form.params, plan.form.values)
        self._setup.setVisible(plan.state == "idle")
        self._out.setText(f"Into {plan.out}" if plan.out else "")
        self._out.setToolTip(plain_tip(plan.out))
        for part, text in ((self._problem, plan.problem if plan.state == "idle" else ""),
                           (self._sentence, plan.sentence)):  # fmt: skip
            part.setText(text)
            part.setVisible(bool(text))
        self._progress.show_plan(plan.progress)
        self._show_curves(plan.curves)
        self._pair.show_pair(plan.preview, plan.truth)
        for name, button in self._buttons.items():
            button.setVisible(name in _SHOWN[plan.state])
        self._buttons["train"].setEnabled(not plan.problem)
        self._buttons["train"].setToolTip(plain_tip(plan.problem) or _BUTTONS["train"][1])
        self._show_unfinished(plan.unfinished if plan.state != "running" else ())

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self._form.dress(colours)
        self._choose.dress(colours)
        for plot in self._plots:
            plot.dress(colours)

    def _show_methods(self, plan: TrainPlan) -> None:
        with quiet(self._methods):
            if [self._methods.itemData(n) for n in range(self._methods.count())] != [
                model_id for model_id, _ in plan.methods
            ]:
                self._methods.clear()
                for model_id, title in plan.methods:
                    self._methods.addItem(no_mnemonic(title), model_id)
            self._methods.setCurrentIndex(self._methods.findData(plan.method))
        self._methods.setToolTip(plain_tip(plan.summary))

    def _show_curves(self, rows: tuple[CurveRow, ...]) -> None:
        if len(rows) != len(self._plots):
            clear(self._curves)
            self._plots = [CurvePlot(self._colours) for _ in rows]
            for plot in self._plots:
                self._curves.addWidget(plot)
        for plot, row in zip(self._plots, rows, strict=True):
            plot.show_row(row)

    def _show_unfinished(self, rows: tuple[UnfinishedRow, ...]) -> None:
        if rows == self._unfinished:
            return
        self._unfinished = rows
        clear(self._waiting)
        for row in rows:
            self._waiting.addWidget(self._unfinished_line(row))

    def _unfinished_line(self, row: UnfinishedRow) -> QWidget:
        whole = QWidget()
        whole.setObjectName("card")
        column = QVBoxLayout(whole)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        title = ElidedLabel("heading", Qt.TextElideMode.ElideMiddle)
        title.setText(row.title)
        title.setToolTip(plain_tip(str(row.folder)))
        buttons = QHBoxLayout()
        for text, tip, tell in (
            ("Go on", "Go on training it from its last checkpoint", self.continue_asked),
            ("Remove", "Remove what was begun from the disk", self.forget_asked),
        ):
            button = QPushButton(text)
            button.setObjectName("small")
            button.setToolTip(tip)
            button.clicked.connect(lambda _, tell=tell: tell.emit(row.folder))
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addWidget(title)
        column.addWidget(label(row.words, "muted", wraps=True))
        column.addLayout(buttons)
        return whole

    def _button(self, name: str) -> QPushButton:
        text, tip = _BUTTONS[name]
        button = QPushButton(text)
        if name in ("train", "resume"):
            button.setObjectName("primary")
        button.setToolTip(tip)
        button.clicked.connect(lambda: self.deed_asked.emit(name))
        return button

    def _make_setup(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self._methods, self._summary, self._form.widget):
            column.addWidget(part)
        row = QHBoxLayout()
        row.addWidget(self._out, 1)
        row.addWidget(self._choose)
        column.addLayout(row)
        return whole

    def _put_together(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        column.addWidget(self._setup)
        column.addWidget(self._problem)
        column.addWidget(self._progress)
        column.addLayout(self._curves)
        column.addWidget(self._pair)
        column.addWidget(self._sentence)
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in self._buttons.values():
            row.addWidget(button, 1)
        column.addLayout(row)
        column.addLayout(self._waiting)

    def _ask_out(self) -> None:
        name = QFileDialog.getExistingDirectory(self.window(), "Write the scene to an empty folder")
        if name:
            self.out_chosen.emit(Path(name))
