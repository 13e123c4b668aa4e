"""A bar above the panes for failures and warnings: never blocks, can be read in full and dismissed."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from medview.gui import icons
from medview.gui.dialogs import show_text
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, label


class MessageBar(QFrame):
    """Shows the newest message."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self.setObjectName("messagebar")
        self._colours = colours
        self._title, self._full = "", ""
        self._icon = QLabel()
        self.text = label("", wraps=True)
        self._more = QPushButton("Read all")
        self._more.clicked.connect(lambda: show_text(self.window(), self._title, self._full))
        self._close = IconButton("close", "Dismiss")
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        row.addWidget(self._more)
        row.addWidget(self._close)
        self.dress(colours)
        self.hide()

    def show_message(self, title: str, lines: tuple[str, ...]) -> None:
        """Show the first line; the others wait behind "Read all"."""
        self._title, self._full = title, "\n\n".join(lines)
        more = f"  (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        self.text.setText(f"{title}: {lines[0]}{more}" if lines else title)
        self._more.setVisible(len(lines) > 1)
        self.show()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._icon.setPixmap(icons.pixmap("warning", colours.warning, 18))
        self._close.dress(colours)
