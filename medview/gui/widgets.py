"""The few building blocks that several panels share: flat buttons, folds, forms, calm fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QLayout,
    QToolButton,
    QWidget,
)

from medview.gui import icons
from medview.gui.texts import label
from medview.gui.theme import Colours

#: One width for the names of all fields of the side panels, so that the fields stand in one column.
NAME_WIDTH_PX = 92
_TEXT_MARGIN_PX = 7


def line() -> QFrame:
    """A hair line between parts of a panel."""
    made = QFrame()
    made.setObjectName("line")
    return made


def clear(layout: QLayout) -> None:
    """Remove and delete everything in a layout."""
    while layout.count():
        item = layout.takeAt(0)
        if item is not None and (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def clear_form(form: QFormLayout) -> None:
    """Remove the rows of a form; their widgets live on until the signal under way has ended."""
    while form.rowCount():
        row = form.takeRow(0)
        for item in (row.labelItem, row.fieldItem):
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


@contextmanager
def quiet(*widgets: QWidget) -> Iterator[None]:
    """Change widgets without their telling it as if a person had done so."""
    before = [widget.blockSignals(True) for widget in widgets]
    try:
        yield
    finally:
        for widget, was_blocked in zip(widgets, before, strict=True):
            widget.blockSignals(was_blocked)


def field_form(parent: QWidget | None = None) -> QFormLayout:
    """A form whose names stand in the column that all side panels share."""
    form = QFormLayout(parent)
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(10)
    form.setVerticalSpacing(6)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form


def add_field(form: QFormLayout, title: str, field: QWidget) -> None:
    """Add a named field; its name wraps rather than widening the column."""
    name = label(title)
    name.setWordWrap(True)
    name.setFixedWidth(NAME_WIDTH_PX)
    name.setToolTip(field.toolTip())
    name.setMinimumHeight(28)
    name.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    if not field.accessibleName():
        field.setAccessibleName(title)
    form.addRow(name, field)


class _CalmWheel(QObject):
    """Leaves the wheel to the panel unless the field was clicked: scrolling a form changes nothing in it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand the wheel on to the panel."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def calm(field: QWidget) -> None:
    """Keep the wheel from changing this field while it merely passes under the mouse."""
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.installEventFilter(_CalmWheel(field))


class _NumberBox(QDoubleSpinBox):
    """Shows no zeros at the end of a fraction: 0.0002, not 0.0002000."""

    def textFromValue(self, value: float) -> str:
        """The number as short as it can be told."""
        text, point = super().textFromValue(value), self.locale().decimalPoint()
        return text.rstrip("0").removesuffix(point) if point in text else text


def number_box(low: float, high: float, decimals: int, step: float, suffix: str = "") -> QDoubleSpinBox:
    """A number that is told when it is finished, not at every digit; wheel and arrows change it by `step`."""
    box = _NumberBox()
    box.setRange(low, high)
    box.setDecimals(decimals)
    box.setSingleStep(step)
    box.setSuffix(suffix)
    box.setKeyboardTracking(False)
    # the style sheet's padding does not reach the field inside the box
    box.lineEdit().setTextMargins(_TEXT_MARGIN_PX, 0, 0, 0)
    calm(box)
    return box


class IconButton(QToolButton):
    """A flat button with a drawing that follows the theme."""

    def __init__(self, icon_name: str, tip: str, *, checkable: bool = False, size: int = 18) -> None:
        super().__init__()
        self._icon_name = icon_name
        self._tip = tip
        self.setToolTip(tip)
        self.setAccessibleName(tip.split("\n")[0].split(" (")[0])
        self.setCheckable(checkable)
        self.setIconSize(QSize(size, size))
        self.setAutoRaise(True)

    def set_icon(self, icon_name: str, colours: Colours) -> None:
        """Show another drawing."""
        self._icon_name = icon_name
        self.dress(colours)

    def turn(self, why_not: str) -> None:
        """Switch the button on where `why_not` is empty; else off, with the reason as its tooltip."""
        self.setEnabled(not why_not)
        self.setToolTip(why_not or self._tip)

    def dress(self, colours: Colours) -> None:
        """Take the colours of the theme."""
        self.setIcon(icons.icon(self._icon_name, colours.text, colours.faint))


class Fold(QToolButton):
    """A heading that folds a part of a panel away.

    Args:
        title: The heading.
        part: What is folded; folded at first.
    """

    def __init__(self, title: str, part: QWidget) -> None:
        super().__init__()
        self.setObjectName("fold")
        self.setText(title)
        self.setCheckable(True)
        self.setAccessibleName(f"Show {title}")
        self.setToolTip("Show or hide this part")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self._colours: Colours | None = None
        self._part = part
        part.setVisible(False)
        self.toggled.connect(self._turn)

    def dress(self, colours: Colours) -> None:
        """Take the colours of the theme."""
        self._colours = colours
        name = "chevron-down" if self.isChecked() else "chevron-right"
        self.setIcon(icons.icon(name, colours.muted, colours.faint))

    def _turn(self, is_open: bool) -> None:
        self._part.setVisible(is_open)
        if self._colours is not None:
            self.dress(self._colours)
