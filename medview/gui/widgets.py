"""The few building blocks that several panels share: headings, lines, flat buttons, cleared layouts."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QSizePolicy, QToolButton

from medview.gui import icons
from medview.gui.theme import Colours


def label(text: str, name: str = "", *, wraps: bool = False) -> QLabel:
    """A text in one of the named styles of the style sheet; never interpreted as markup."""
    made = QLabel(text)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    if wraps:
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return made


def line() -> QFrame:
    """A hair line between parts of a panel."""
    made = QFrame()
    made.setObjectName("line")
    return made


class IconButton(QToolButton):
    """A flat button with a drawing that follows the theme."""

    def __init__(self, icon_name: str, tip: str, *, checkable: bool = False, size: int = 18) -> None:
        super().__init__()
        self._icon_name = icon_name
        self.setToolTip(tip)
        self.setAccessibleName(tip.split("\n")[0].split(" (")[0])
        self.setCheckable(checkable)
        self.setIconSize(QSize(size, size))
        self.setAutoRaise(True)

    def set_icon(self, icon_name: str, colours: Colours) -> None:
        """Show another drawing."""
        self._icon_name = icon_name
        self.dress(colours)

    def dress(self, colours: Colours) -> None:
        """Take the colours of the theme."""
        self.setIcon(icons.icon(self._icon_name, colours.text, colours.border))


def clear(layout: QLayout) -> None:
    """Remove and delete everything in a layout."""
    while layout.count():
        item = layout.takeAt(0)
        if item is not None and (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
