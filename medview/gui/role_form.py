"""Which layer a model reads for each of its inputs."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from medview.gui.widgets import add_field, calm, clear_form, field_form, quiet
from medview.present.ports.tools_port import RoleRow


class RoleForm:
    """One choice of layer per input; tells the role and the layer's id, or None for none."""

    chosen = Signal(str, object)

    def __init__(self) -> None:
        self.widget = QWidget()
        self._form = field_form(self.widget)
        self._shown: tuple[RoleRow, ...] = ()
        self._boxes: dict[str, QComboBox] = {}

    def show(self, roles: tuple[RoleRow, ...]) -> None:
        """Show these inputs; the boxes are kept, with the keyboard focus, while only choices change."""
        if [_offer(role) for role in roles] != [_offer(role) for role in self._shown]:
            clear_form(self._form)
            self._boxes = {role.role: self._add(role) for role in roles}
        self._shown = roles
        for role in roles:
            box = self._boxes[role.role]
            with quiet(box):
                box.setCurrentIndex(max(0, box.findData(role.chosen)))

    def _add(self, role: RoleRow) -> QComboBox:
        box = QComboBox()
        if not role.required or not role.candidates:
            box.addItem("none" if not role.required else "no fitting layer is open", None)
        for layer_id, name in role.candidates:
            box.addItem(name, layer_id)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setEnabled(bool(role.candidates))
        box.setToolTip(_tip(role))
        box.setAccessibleName(role.title)
        box.activated.connect(lambda _: self.chosen.emit(role.role, box.currentData()))
        calm(box)
        add_field(self._form, role.title, box)
        return box


def _offer(role: RoleRow) -> tuple[object, ...]:
    return role.role, role.title, role.required, role.candidates


def _tip(role: RoleRow) -> str:
    need = "needed" if role.required else "may be left out"
    if role.candidates:
        return f"The layer that the model reads here ({need}); the best fit comes first"
    return f"Off because no layer that fits is open ({need})"
