"""Who gets a key: the field that has the focus, or the window's menus and shortcuts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

_K = Qt.Key
_TEXT_FIELDS = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox)
_STEPPED = (QAbstractItemView, QAbstractSlider, QComboBox, QTabBar)
_MOVES = (_K.Key_Up, _K.Key_Down, _K.Key_Left, _K.Key_Right,
          _K.Key_Home, _K.Key_End, _K.Key_PageUp, _K.Key_PageDown)  # fmt: skip
_EDITS = (_K.Key_Backspace, _K.Key_Delete, _K.Key_Return, _K.Key_Enter, _K.Key_Escape)
_COMMANDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


def belongs_to_field(event: QKeyEvent, focus: QWidget | None) -> bool:
    """Whether a key is for the field with the focus, so that no shortcut may take it.

    Text fields keep letters, digits, arrows and Esc; lists, sliders and choices keep the arrows;
    everything with Ctrl, Alt or Meta, and the function keys, stays with the menus.
    """
    if focus is None or event.modifiers() & _COMMANDS:
        return False
    key = event.key()
    if isinstance(focus, _TEXT_FIELDS):
        return bool(event.text().strip() or key == _K.Key_Space) or key in (*_MOVES, *_EDITS)
    if isinstance(focus, QAbstractItemView) and key == _K.Key_F2:
        return focus.editTriggers() != QAbstractItemView.EditTrigger.NoEditTriggers
    return isinstance(focus, _STEPPED) and key in _MOVES


def take_back_typing(focus: QWidget | None) -> bool:
    """Esc in a text field: what was typed goes, and so does the focus. Whether there was such a field."""
    if not isinstance(focus, QLineEdit | QAbstractSpinBox):
        return False
    line = focus if isinstance(focus, QLineEdit) else focus.findChild(QLineEdit)
    while line is not None and line.isUndoAvailable():
        line.undo()
    focus.clearFocus()
    return True
