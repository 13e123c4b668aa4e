"""A form made from parameters: one table from kind to widget, for models and preferences."""

from __future__ import annotations

from typing import Any

from psygnal import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medview.core.params import Bool, Float, Int, Param, Seed
from medview.gui.param_fields import Field, LayerNames, make_field
from medview.gui.theme import Colours
from medview.gui.widgets import Fold, add_field, clear, field_form


class ParamForm:
    """Shows parameters with their values; advanced ones are folded away."""

    value_changed = Signal(str, object)

    def __init__(self) -> None:
        self.widget = QWidget()
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._shown: tuple[tuple[Param, ...], LayerNames] = ((), ())
        self._fields: dict[str, Field] = {}
        self._fold: Fold | None = None
        self._colours: Colours | None = None

    def show(self, params: tuple[Param, ...], values: dict[str, Any], layers: LayerNames = ()) -> None:
        """Show these parameters; the widgets are kept while only values change.

        Args:
            params: What can be set.
            values: By name; those left out have their default.
            layers: Id and name of the layers that a `LayerParam` may take.
        """
        if (params, layers) != self._shown:
            self._shown = params, layers
            self._build(params, layers)
        for param in params:
            self._fields[param.name].show(values.get(param.name, param.default))

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        if self._fold is not None:
            self._fold.dress(colours)

    def _build(self, params: tuple[Param, ...], layers: LayerNames) -> None:
        clear(self._column)
        self._fields = {param.name: make_field(param, layers, self.value_changed.emit) for param in params}
        self._fold = None
        plain = [param for param in params if not param.advanced]
        advanced = [param for param in params if param.advanced]
        if plain:
            self._column.addWidget(self._rows(plain))
        if advanced:
            rows = self._rows(advanced)
            self._fold = Fold("Advanced", rows)
            self._column.addWidget(self._fold)
            self._column.addWidget(rows)
        if self._colours is not None:
            self.dress(self._colours)

    def _rows(self, params: list[Param]) -> QWidget:
        widget = QWidget()
        form = field_form(widget)
        for param in params:
            field = self._fields[param.name].widget
            field.setToolTip(tip_of(param))
            field.setAccessibleName(param.title)
            if isinstance(param, Bool):
                form.addRow(field)  # it bears its own name, which may need the whole width
            else:
                add_field(form, param.title, field)
        return widget


def tip_of(param: Param) -> str:
    """What a parameter does, its limits and its default, in words."""
    words = [param.help]
    if isinstance(param, Float | Int) and param.maximum < 2**31 - 1 and param.minimum > -(2**31):
        words.append(f"From {param.minimum:g} to {param.maximum:g}; {param.default:g} at first.")
    elif isinstance(param, Float | Int | Seed):
        words.append(f"{param.default:g} at first.")
    return "\n".join(words)
