"""The bar over the 3-D pane: what is shown of a radiance field, flying, and jumps to real views."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from medview.core.radiance import FieldMode
from medview.gui.texts import label
from medview.gui.widgets import calm, quiet
from medview.present.ports.field_port import FieldBarPlan

_PARTS = 100
_MODE_WIDTH_PX, _SLIDER_WIDTH_PX = 92, 56
_SURROUNDINGS = (("cameras", "Cameras"), ("path", "Camera path"), ("points", "Surface points"))
_FLY_TIP = (
    "Fly inside the scene: drag looks around, wheel or W and S go on and back,\n"
    "A and D sideways, E and Q up and down, Shift+drag moves.\n"
    "Off turns the patient again."
)


class FieldBar:
    """Implements `FieldBarPort`."""

    changed = Signal(str, object)
    stepped = Signal(int)
    jumped = Signal(int)
    framed = Signal(bool)
    flown = Signal(bool)

    def __init__(self) -> None:
        self.widget = QWidget()
        self.widget.setObjectName("fieldBar")
        # a narrow pane cuts the bar; the bar does not widen the pane
        self.widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._mode = QComboBox()
        self._mode.setAccessibleName("View mode of the field")
        self._mode.setToolTip("What is shown of the field: colour, depth, opacity or uncertainty")
        self._mode.setMinimumWidth(_MODE_WIDTH_PX)
        calm(self._mode)
        for mode in FieldMode:
            self._mode.addItem(mode.value.capitalize(), mode)
        self._mode.currentIndexChanged.connect(lambda n: self.changed.emit("mode", self._mode.itemData(n)))
        self._fly = _button("Fly", _FLY_TIP, checkable=True)
        self._fly.toggled.connect(self.flown.emit)
        self._back = _button("◀", "Jump to the previous real view")
        self._on = _button("▶", "Jump to the next real view")
        self._back.clicked.connect(lambda: self.stepped.emit(-1))
        self._on.clicked.connect(lambda: self.stepped.emit(1))
        self._place = label("", "muted")
        self._framed = _button("Real", "Lay the real picture of this view over it", checkable=True)
        self._framed.toggled.connect(self.framed.emit)
        self._share = _slider("Part of the real picture")
        self._share.valueChanged.connect(lambda n: self.changed.emit("frame_share", n / _PARTS))
        self._swipe = _button("Swipe", "Show the real picture at the left, not blended", checkable=True)
        self._swipe.toggled.connect(lambda is_on: self.changed.emit("is_swipe", is_on))
        self._time_name, self._time = label("Time"), _slider("Time of the field")
        self._time.valueChanged.connect(lambda n: self.changed.emit("time", n / _PARTS))
        self._around, self._switches = self._make_menu()
        self._lay_out()
        self.widget.hide()

    def show(self, plan: FieldBarPlan | None) -> None:
        """Show this; None hides the bar."""
        self.widget.setVisible(plan is not None)
        if plan is None:
            return
        parts = (self._mode, self._fly, self._framed, self._share, self._swipe, self._time)
        with quiet(*parts):
            self._mode.setCurrentIndex(self._mode.findData(plan.mode))
            self._fly.setChecked(plan.is_flying)
            self._framed.setChecked(plan.is_framed)
            self._share.setValue(round(plan.share * _PARTS))
            self._swipe.setChecked(plan.is_swipe)
            self._time.setValue(round((plan.time or 0.0) * _PARTS))
        self._place.setText(plan.view_text + (" *" if plan.is_held_out else ""))
        self._place.setToolTip("Held out: this view was not trained on" if plan.is_held_out else "")
        for part in (self._back, self._on, self._framed, self._place):
            part.setVisible(plan.view_count > 0)
        self._share.setVisible(plan.is_framed)
        self._swipe.setVisible(plan.is_framed)
        self._time_name.setVisible(plan.time is not None)
        self._time.setVisible(plan.time is not None)
        self._show_switches(plan)

    def _show_switches(self, plan: FieldBarPlan) -> None:
        for name, switch in self._switches.items():
            value = getattr(plan, name)
            switch.blockSignals(True)
            switch.setChecked(bool(value))
            switch.setEnabled(value is not None and (name == "points" or plan.view_count > 0))
            switch.blockSignals(False)

    def _make_menu(self) -> tuple[QToolButton, dict[str, QAction]]:
        button = _button("⋯", "What is drawn around the field")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu, switches = QMenu(button), {}
        for name, title in _SURROUNDINGS:
            switch = menu.addAction(title)
            switch.setCheckable(True)
            switch.toggled.connect(lambda is_on, name=name: self.changed.emit(name, is_on))
            switches[name] = switch
        button.setMenu(menu)
        return button, switches

    def _lay_out(self) -> None:
        row = QHBoxLayout(self.widget)
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(2)
        parts: tuple[QWidget, ...] = (
            self._mode, self._fly, self._back, self._place, self._on, self._framed, self._share,
            self._swipe, self._around, self._time_name, self._time,
        )  # fmt: skip
        for part in parts:
            row.addWidget(part)
        row.addStretch(1)


def _button(text: str, tip: str, *, checkable: bool = False) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip.split("\n")[0].split(":")[0])
    button.setCheckable(checkable)
    button.setAutoRaise(True)
    return button


def _slider(name: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, _PARTS)
    slider.setFixedWidth(_SLIDER_WIDTH_PX)
    slider.setAccessibleName(name)
    slider.setToolTip(name)
    calm(slider)
    return slider
