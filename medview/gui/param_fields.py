"""One field per kind of parameter: its widget, how a value is shown, how a change is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QStyle,
    QWidget,
)

from medview.core.params import Bool, Choice, File, Float, Int, LayerParam, Param, Seed, Text
from medview.gui.texts import no_mnemonic
from medview.gui.widgets import calm, number_box, quiet

Report = Callable[[Any], object]
LayerNames = tuple[tuple[int, str], ...]
_WIDEST = 1e12
_MOST_DECIMALS = 8


@dataclass(frozen=True)
class Field:
    """A widget of a form; `show` sets it without telling, and leaves alone what is being typed."""

    widget: QWidget
    show: Callable[[Any], None]


def make_field(param: Param, layers: LayerNames, report: Callable[[str, Any], object]) -> Field:
    """The field of a parameter; `report` is told its name and what a person set."""
    told = partial(report, param.name)
    if isinstance(param, LayerParam):
        return _layer(layers, told)
    return _BUILDERS[type(param)](param, told)


def _number(
    param: Float | Int | Seed, decimals: int, convert: Callable[[float], Any], report: Report
) -> Field:
    # One kind of box for all numbers: QSpinBox ends at 2^31, seeds do not.
    low, high = max(param.minimum, -_WIDEST), min(param.maximum, _WIDEST)
    step = getattr(param, "step", None) or (1.0 if decimals == 0 else 0.05)
    box = number_box(low, high, decimals, step, f" {param.unit}" if param.unit else "")
    box.setSpecialValueText(getattr(param, "lowest_word", ""))
    box.valueChanged.connect(lambda value: report(convert(value)))

    def show(value: Any) -> None:
        if box.hasFocus() and box.value() == value:
            return
        with quiet(box):
            box.setValue(float(value))

    return Field(box, show)


def _float(param: Float, report: Report) -> Field:
    return _number(param, decimals_of(param), float, report)


def _int(param: Int | Seed, report: Report) -> Field:
    return _number(param, 0, round, report)


def decimals_of(param: Float) -> int:
    """As many decimals as the default, the limits and the step need, two at least."""
    numbers = [param.default, param.step or 0.0, param.minimum, param.maximum]
    finite = [number for number in numbers if abs(number) < _WIDEST]
    for decimals in range(2, _MOST_DECIMALS):
        if all(abs(round(number, decimals) - number) < 1e-12 for number in finite):
            return decimals
    return _MOST_DECIMALS


def _bool(param: Bool, report: Report) -> Field:
    box = QCheckBox(no_mnemonic(param.title))
    box.toggled.connect(report)

    def show(value: Any) -> None:
        with quiet(box):
            box.setChecked(bool(value))

    return Field(box, show)


def _combo(items: tuple[tuple[str, str], ...], report: Report) -> Field:
    box = QComboBox()
    for word, title in items:
        box.addItem(title, word)
    box.currentIndexChanged.connect(lambda index: report(box.itemData(index)))
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    calm(box)

    def show(value: Any) -> None:
        with quiet(box):
            box.setCurrentIndex(box.findData(str(value)))

    return Field(box, show)


def _choice(param: Choice, report: Report) -> Field:
    return _combo(tuple(zip(param.choices, param.titles or param.choices, strict=True)), report)


def _layer(layers: LayerNames, report: Report) -> Field:
    return _combo((("", "none"), *((str(layer_id), name) for layer_id, name in layers)), report)


def _line(report: Report) -> Field:
    box = QLineEdit()
    told = [""]

    def tell() -> None:
        # editingFinished comes again when the field merely loses the focus
        if box.text() != told[0]:
            told[0] = box.text()
            report(box.text())

    def show(value: Any) -> None:
        told[0] = str(value)
        if not box.hasFocus() and box.text() != str(value):
            box.setText(str(value))

    box.editingFinished.connect(tell)
    return Field(box, show)


def _text(param: Text, report: Report) -> Field:
    field = _line(report)
    assert isinstance(field.widget, QLineEdit)
    field.widget.setMaxLength(param.maximum_length)
    return field


def _file(param: File, report: Report) -> Field:
    field = _line(report)
    box = field.widget
    assert isinstance(box, QLineEdit)
    box.setPlaceholderText("folder" if param.is_folder else "file")
    icon = box.style().standardIcon(QStyle.StandardPixmap.SP_DirOpenIcon)
    choose = box.addAction(icon, QLineEdit.ActionPosition.TrailingPosition)
    choose.setToolTip(f"Choose the {'folder' if param.is_folder else 'file'}")

    def ask() -> None:
        path = _ask_path(box, param)
        if path:
            box.setText(path)
            report(path)

    choose.triggered.connect(ask)
    return field


def _ask_path(parent: QWidget, param: File) -> str:
    if param.is_folder:
        return QFileDialog.getExistingDirectory(parent, param.title)
    patterns = " ".join(f"*{suffix}" for suffix in param.suffixes)
    kinds = f"{param.title} ({patterns});;All files (*)" if patterns else ""
    ask = QFileDialog.getOpenFileName if param.must_exist else QFileDialog.getSaveFileName
    return ask(parent, param.title, "", kinds)[0]


_BUILDERS: dict[type, Callable[[Any, Report], Field]] = {
    Float: _float,
    Int: _int,
    Seed: _int,
    Bool: _bool,
    Choice: _choice,
    Text: _text,
    File: _file,
}
