"""Texts on the screen: plain, never markup, and shortened with dots where there is no room."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption


def label(text: str, name: str = "", *, wraps: bool = False) -> QLabel:
    """A text in one of the named styles of the style sheet; never interpreted as markup."""
    made = QLabel(text)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    if wraps:
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return made


def plain_tip(text: str) -> str:
    """A tooltip that shows `text` letter by letter, also where a file's name looks like markup."""
    return html.escape(text).replace("\n", "<br>").join(("<qt>", "</qt>")) if "<" in text else text


def no_mnemonic(text: str) -> str:
    """A name for a button or menu whose ampersands are ampersands."""
    return text.replace("&", "&&")


def shortened(text: str, length: int) -> str:
    """At most `length` characters, the end replaced by dots where some are missing."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


class ElidedLabel(QLabel):
    """One line that never widens what it stands in: what does not fit is cut, and told by the tooltip.

    Args:
        name: Named style.
        cut: Where the dots go; in the middle for names, at the end for sentences.
    """

    def __init__(self, name: str = "", cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._cut = cut

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(self.fontMetrics().horizontalAdvance("mmm"), super().minimumSizeHint().height())

    def shown_text(self) -> str:
        """What there is room for."""
        return self.fontMetrics().elidedText(self.text(), self._cut, self.contentsRect().width())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what there is room for."""
        painter, option = QPainter(self), QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            self.alignment().value,
            self.palette(),
            self.isEnabled(),
            self.shown_text(),
            self.foregroundRole(),
        )
        painter.end()
