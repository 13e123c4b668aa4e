"""The preferences: a form that takes effect while it is being filled in."""

from __future__ import annotations

from typing import Any

from psygnal import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from medview.core.params import Param
from medview.gui.param_form import ParamForm
from medview.gui.texts import label
from medview.gui.theme import Colours

_NOTE = "Changes take effect at once and are kept, unless a name says that they hold from the next start."


class PreferencesDialog:
    """Shows preferences over the window. Kept as long as the window, hidden while it is not needed.

    Args:
        parent: The window.
        colours: Of the theme.
    """

    changed = Signal(str, object)

    def __init__(self, parent: QWidget, colours: Colours) -> None:
        self.dialog = QDialog(parent)
        self.dialog.setWindowTitle("Preferences")
        self.dialog.setMinimumWidth(460)
        self._form = ParamForm()
        self._form.dress(colours)
        self._form.value_changed.connect(self.changed.emit)
        # so that the dialog grows when the advanced part is unfolded
        self._form.widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        note = label(_NOTE, "muted")
        note.setWordWrap(True)
        column = QVBoxLayout(self.dialog)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        column.addWidget(label("Preferences", "title"))
        column.addWidget(self._form.widget)
        column.addWidget(note)
        column.addStretch(1)
        column.addWidget(self._make_buttons())

    def show(self, params: tuple[Param, ...], values: dict[str, Any]) -> None:
        """Show these preferences and return at once; the window waits until they are closed."""
        self._form.show(params, values)
        self.dialog.open()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._form.dress(colours)

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        close = QPushButton("Close")
        close.setToolTip("Close (Esc)")
        close.setDefault(True)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.dialog.reject)
        return buttons
