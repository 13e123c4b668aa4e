"""The mask step: the laparoscope's circle and the instruments, on a frame."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medview.gui.circle_editor import CircleEditor
from medview.gui.param_form import ParamForm
from medview.gui.texts import ElidedLabel, label
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton
from medview.present.ports.scene_port import MaskPlan


class MaskPart(QWidget):
    """What is under the mask step."""

    value_changed = Signal(str, object)
    frame_chosen = Signal(int)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._frame = 0
        self.editor = CircleEditor(colours)
        self._brush = IconButton("brush", "Paint instruments that are not to be learned from", checkable=True)
        self._brush.toggled.connect(self.editor.take_brush)
        self._previous = IconButton("up", "The frame before")
        self._next = IconButton("down", "The next frame")
        self._previous.clicked.connect(lambda: self.frame_chosen.emit(self._frame - 1))
        self._next.clicked.connect(lambda: self.frame_chosen.emit(self._frame + 1))
        self._name, self._share = ElidedLabel("muted"), label("", "muted", wraps=True)
        self._why_not = label("", "muted", wraps=True)
        self._form = ParamForm()
        self._form.value_changed.connect(self.value_changed.emit)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(4)
        head.addWidget(self._name, 1)
        for button in (self._brush, self._previous, self._next):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        for part in (self._why_not, self._head, self.editor, self._share, self._form.widget):
            column.addWidget(part)
        self.dress(colours)

    def show_plan(self, plan: MaskPlan, count: int) -> None:
        """Show this state of a capture of so many frames."""
        self._frame = plan.frame
        self._why_not.setText(plan.why_not)
        self._why_not.setVisible(bool(plan.why_not))
        for part in (self._head, self.editor, self._share, self._form.widget):
            part.setVisible(not plan.why_not)
        self._name.setText(f"Frame {plan.frame_name}")
        self._share.setText(plan.share)
        self._previous.turn("" if plan.frame > 0 else "This is the first frame")
        self._next.turn("" if plan.frame < count - 1 else "This is the last frame")
        self._brush.turn(plan.why_not_paint)
        if plan.why_not_paint:
            self._brush.setChecked(False)
        self.editor.show_plan(plan)
        self._form.show(plan.form.params, plan.form.values)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self.editor.dress(colours)
        self._form.dress(colours)
        for button in (self._brush, self._previous, self._next):
            button.dress(colours)
