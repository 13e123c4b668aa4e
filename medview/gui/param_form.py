"""A form made from parameters: one table from kind to widget, for models and preferences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from medview.core.params import Bool, Choice, File, Float, Int, Param, Seed, Text
from medview.gui.widgets import clear

Report = Callable[[Any], None]
_WIDEST = 2**31 - 1


class ParamForm:
    """Shows parameters with their values; advanced ones are folded away."""

    value_changed = Signal(str, object)

    def __init__(self) -> None:
        self.widget = QWidget()
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._shown: tuple[Param, ...] = ()
        self._setters: dict[str, Callable[[Any], None]] = {}

    def show(self, params: tuple[Param, ...], values: dict[str, Any]) -> None:
        """Show these parameters; the widgets are kept while only values change."""
        if params != self._shown:
            self._shown = params
            self._build(params, values)
        for name, value in values.items():
            if name in self._setters:
                self._setters[name](value)

    def _build(self, params: tuple[Param, ...], values: dict[str, Any]) -> None:
        clear(self._column)
        self._setters.clear()
        plain = [param for param in params if not param.advanced]
        advanced = [param for param in params if param.advanced]
        self._column.addWidget(self._rows(plain, values))
        if advanced:
            rows = self._rows(advanced, values)
            self._column.addWidget(_fold("Advanced", rows))
            self._column.addWidget(rows)

    def _rows(self, params: list[Param], values: dict[str, Any]) -> QWidget:
        widget = QWidget()
        form = QFormLayout(widget)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for param in params:
            field, setter = self._field(param, values.get(param.name))
            field.setToolTip(param.help)
            field.setAccessibleName(param.title)
            self._setters[param.name] = setter
            form.addRow("" if isinstance(param, Bool) else param.title, field)
        return widget

    def _field(self, param: Param, value: Any) -> tuple[QWidget, Callable[[Any], None]]:
        def report(new: Any) -> None:
            self.value_changed.emit(param.name, new)

        return _BUILDERS[type(param)](param, value, report)


def _fold(title: str, rows: QWidget) -> QToolButton:
    button = QToolButton(text=title, checkable=True, arrowType=Qt.ArrowType.RightArrow)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    rows.setVisible(False)

    def turn(is_open: bool) -> None:
        rows.setVisible(is_open)
        button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)

    button.toggled.connect(turn)
    return button


def _quietly(widget: QWidget, change: Callable[[Any], object]) -> Callable[[Any], None]:
    """A setter that does not report what it sets, and leaves alone what a person is typing."""

    def setter(value: Any) -> None:
        if value is None or widget.hasFocus():
            return
        widget.blockSignals(True)
        change(value)
        widget.blockSignals(False)

    return setter


def _float(param: Float, value: Any, report: Report) -> tuple[QWidget, Callable[[Any], None]]:
    box = QDoubleSpinBox(keyboardTracking=False)
    box.setDecimals(4 if (param.step or 0.1) < 0.01 else 2)
    box.setRange(max(param.minimum, -_WIDEST), min(param.maximum, _WIDEST))
    box.setSingleStep(param.step or 0.05)
    box.setSuffix(f" {param.unit}" if param.unit else "")
    box.setValue(param.default if value is None else value)
    box.valueChanged.connect(report)
    return box, _quietly(box, box.setValue)


def _int(param: Int | Seed, value: Any, report: Report) -> tuple[QWidget, Callable[[Any], None]]:
    box = QSpinBox(keyboardTracking=False)
    box.setRange(max(param.minimum, -_WIDEST - 1), min(param.maximum, _WIDEST))
    box.setSuffix(f" {param.unit}" if param.unit else "")
    box.setValue(param.default if value is None else value)
    box.valueChanged.connect(report)
    return box, _quietly(box, box.setValue)


def _bool(param: Bool, value: Any, report: Report) -> tuple[QWidget, Callable[[Any], None]]:
    box = QCheckBox(param.title)
    box.setChecked(param.default if value is None else value)
    box.toggled.connect(report)
    return box, _quietly(box, box.setChecked)


def _choice(param: Choice, value: Any, report: Report) -> tuple[QWidget, Callable[[Any], None]]:
    box = QComboBox()
    for word, title in zip(param.choices, param.titles or param.choices, strict=True):
        box.addItem(title, word)
    box.setCurrentIndex(param.choices.index(param.default if value is None else value))
    box.currentIndexChanged.connect(lambda index: report(param.choices[index]))
    return box, _quietly(box, lambda word: box.setCurrentIndex(param.choices.index(word)))


def _text(param: Text, value: Any, report: Report) -> tuple[QWidget, Callable[[Any], None]]:
    box = QLineEdit(param.default if value is None else value)
    box.editingFinished.connect(lambda: report(box.text()))
    return box, _quietly(box, box.setText)


def _file(param: File, value: Any, report: Report) -> tuple[QWidget, Callable[[Any], None]]:
    box = QLineEdit(str(param.default or "") if value is None else str(value))
    choose = box.addAction(
        box.style().standardIcon(box.style().StandardPixmap.SP_DirOpenIcon),
        QLineEdit.ActionPosition.TrailingPosition,
    )

    def ask() -> None:
        path, _ = QFileDialog.getOpenFileName(box, param.title)
        if path:
            box.setText(path)
            report(path)

    choose.triggered.connect(ask)
    box.editingFinished.connect(lambda: report(box.text()))
    return box, _quietly(box, lambda path: box.setText(str(path or "")))


_BUILDERS: dict[type, Callable[..., tuple[QWidget, Callable[[Any], None]]]] = {
    Float: _float,
    Int: _int,
    Seed: _int,
    Bool: _bool,
    Choice: _choice,
    Text: _text,
    File: _file,
}
