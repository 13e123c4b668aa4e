"""A code of a terminology: chosen from those that the program knows, or written down."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter

from medview.core.codes import Code
from medview.gui.widgets import calm

_WRITTEN = re.compile(r"(?P<meaning>.*?)\s*\(\s*(?P<scheme>[A-Za-z0-9_]+)[\s:]+(?P<value>\S+?)\s*\)\s*$")
#: DICOM's limits of Code Value, Coding Scheme Designator and Code Meaning.
_LONGEST = {"value": 16, "scheme": 16, "meaning": 64}
_NONE = "None"

HOW_TO_WRITE = "Write a code as its meaning with scheme and number behind it: Kidney (SCT 64033007)"


class CodeBox(QComboBox):
    """An editable list: what is typed is looked for anywhere in the known codes."""

    def __init__(self, name: str, known: tuple[Code, ...], present: Code | None) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(HOW_TO_WRITE)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(30)
        self.addItem(_NONE)
        for code in known:
            self.addItem(str(code), code)
        finder = QCompleter([_NONE, *(str(code) for code in known)], self)
        finder.setFilterMode(Qt.MatchFlag.MatchContains)
        finder.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(finder)
        calm(self)
        self.setCurrentText(_NONE if present is None else str(present))
        self.lineEdit().setCursorPosition(0)

    def is_whole(self) -> bool:
        """Whether what is written is a code, or none."""
        return self._is_none() or self.code() is not None

    def code(self) -> Code | None:
        """The code; None where there is none, or what is written is no code."""
        if self._is_none():
            return None
        found = _WRITTEN.match(self.currentText().strip())
        if found is None or any(len(found[part]) > most for part, most in _LONGEST.items()):
            return None
        return Code(found["value"], found["scheme"], found["meaning"])

    def _is_none(self) -> bool:
        return self.currentText().strip() in ("", _NONE)
