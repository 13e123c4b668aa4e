"""What becomes of a model's labels: a layer of their own, or a proposal for a mask."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from medview.core.layers import LayerId
from medview.gui.widgets import add_field, calm, field_form, quiet

_TIP = (
    "A new layer stands beside the masks. A proposal is laid over its mask: where the two differ is "
    "coloured, and accepted or rejected part by part"
)


class TargetForm:
    """One choice; hidden where there is no mask on the grid. Tells the mask's id, or None for a new layer."""

    chosen = Signal(object)

    def __init__(self) -> None:
        self.widget = QWidget()
        self._masks: tuple[tuple[LayerId, str], ...] = ()
        self._box = QComboBox()
        self._box.setAccessibleName("Result")
        self._box.setToolTip(_TIP)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.activated.connect(lambda _: self.chosen.emit(self._box.currentData()))
        calm(self._box)
        add_field(field_form(self.widget), "Result", self._box)
        self.widget.hide()

    def show(self, masks: tuple[tuple[LayerId, str], ...], chosen: LayerId | None) -> None:
        """Offer these masks; the box keeps the keyboard focus."""
        with quiet(self._box):
            if masks != self._masks or not self._box.count():
                self._masks = masks
                self._box.clear()
                self._box.addItem("New layer", None)
                for layer_id, name in masks:
                    self._box.addItem(f"Proposal for {name}", layer_id)
            self._box.setCurrentIndex(max(0, self._box.findData(chosen)))
        self.widget.setVisible(bool(masks))
