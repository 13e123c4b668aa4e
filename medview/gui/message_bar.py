"""A bar above the panes for failures and warnings: never blocks, can be read in full and dismissed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from medview.gui import icons
from medview.gui.dialogs import show_text
from medview.gui.texts import label, shortened
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton

_MOST_LETTERS = 240


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is told: a title, and lines of which the first stands in the bar."""

    title: str
    lines: tuple[str, ...]
    is_error: bool

    def first(self) -> str:
        """Title and first line."""
        return f"{self.title}: {self.lines[0]}" if self.lines else self.title


class MessageBar(QFrame):
    """Shows the newest failure, else the newest warning; all since the last dismissal can be read."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self.setObjectName("messagebar")
        self._colours = colours
        self._messages: list[Message] = []
        self._icon = QLabel()
        self.text = label("", wraps=True)
        self._more = QPushButton("Read all")
        self._more.setToolTip("Show everything that has been told since the bar was last dismissed")
        self._more.clicked.connect(self._read)
        self._close = IconButton("close", "Dismiss (Esc)")
        self._close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        row.addWidget(self._more)
        row.addWidget(self._close)
        self.dress(colours)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show a message; a failure stays on top of warnings that come after it."""
        if message not in self._messages:
            self._messages.append(message)
        self._refresh()
        self.show()

    def dismiss(self) -> None:
        """Forget what has been told."""
        self._messages.clear()
        self.hide()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self._close.dress(colours)
        self._refresh()

    def _refresh(self) -> None:
        errors = [message for message in self._messages if message.is_error]
        shown = next(reversed(errors or self._messages), None)
        self.setProperty("error", bool(errors))
        self.style().polish(self)
        colour = self._colours.danger if errors else self._colours.warning
        self._icon.setPixmap(icons.pixmap("warning", colour, 18))
        if shown is None:
            return
        count = sum(max(1, len(message.lines)) for message in self._messages) - 1
        more = f"  (and {count} more)" if count else ""
        self.text.setText(shortened(shown.first(), _MOST_LETTERS) + more)
        self._more.setVisible(bool(count) or len(shown.first()) > _MOST_LETTERS)

    def _read(self) -> None:
        told = ["\n\n".join((message.title, *message.lines)) for message in reversed(self._messages)]
        show_text(self.window(), "Messages", "\n\n\n".join(told))
