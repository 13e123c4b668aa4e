"""Menus, tool bar and keys, built from the presenters' action table."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QSpinBox,
    QToolButton,
    QWidget,
)

from medview.gui import icons
from medview.gui.theme import Colours
from medview.present.ports import ActionRow, RecentRow

_MENUS = {"file": "&File", "edit": "&Edit", "view": "&View", "window": "&Window", "tools": "&Tools",
          "layer": "&Layer", "model": "&Model", "help": "&Help"}  # fmt: skip
_TYPING = (QLineEdit, QPlainTextEdit, QSpinBox, QComboBox)


class Menus:
    """Keeps one QAction per row; rows of one menu and group stand between separators.

    The tool bar shows, in table order, the actions whose row names an icon.
    """

    triggered = Signal(str)

    def __init__(self, window: QMainWindow, colours: Colours) -> None:
        self._window = window
        self._colours = colours
        self._rows: tuple[ActionRow, ...] = ()
        self._actions: dict[str, QAction] = {}
        self.recent = QMenu("Open &recent", window)
        self.bar = QWidget()
        self.bar.setObjectName("toolbar")
        self._row = QHBoxLayout(self.bar)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._row.setSpacing(0)

    def show(self, rows: tuple[ActionRow, ...]) -> None:
        """Build once, then refresh texts, checks and reasons."""
        if [row.action_id for row in rows] != list(self._actions):
            self._build(rows)
        for row in rows:
            self._refresh(row)
        self._rows = rows

    def show_recent(self, rows: tuple[RecentRow, ...]) -> None:
        """Fill the Recent menu."""
        self.recent.clear()
        self.recent.setEnabled(bool(rows))
        for row in rows:
            action = self.recent.addAction(row.name if row.exists else f"{row.name} (not found)")
            action.setEnabled(row.exists)
            action.setToolTip(str(row.path))
            action.setData(row.path)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for row in self._rows:
            if row.icon:
                self._actions[row.action_id].setIcon(icons.icon(row.icon, colours.text, colours.border))

    def _build(self, rows: tuple[ActionRow, ...]) -> None:
        menus: dict[str, QMenu] = {}
        groups: dict[str, str] = {}
        bar_group = ""
        for row in rows:
            name = row.action_id.split(".")[0]
            menu = menus.get(name) or self._window.menuBar().addMenu(_MENUS.get(name, name.title()))
            menus[name] = menu
            menu.setToolTipsVisible(True)
            if groups.get(name, row.group) != row.group:
                menu.addSeparator()
            groups[name] = row.group
            menu.addAction(self._make(row))
            if row.action_id == "file.sample":
                menu.addMenu(self.recent)
            if row.icon:
                bar_group = self._add_to_bar(row, bar_group)
        self._row.addStretch(1)

    def _make(self, row: ActionRow) -> QAction:
        action = QAction(row.title, self._window, checkable=row.checked is not None)
        action.setShortcuts([QKeySequence(keys) for keys in row.shortcuts])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _=False, key=row.action_id: self.triggered.emit(key))
        if row.icon:
            action.setIcon(icons.icon(row.icon, self._colours.text, self._colours.border))
        self._actions[row.action_id] = action
        return action

    def _add_to_bar(self, row: ActionRow, group: str) -> str:
        if group and row.group != group:
            separator = QFrame()
            separator.setObjectName("toolbarline")
            self._row.addWidget(separator)
        button = QToolButton()
        button.setDefaultAction(self._actions[row.action_id])
        button.setIconSize(QSize(22, 22))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(row.title.replace("&", ""))
        self._row.addWidget(button)
        return row.group

    def _refresh(self, row: ActionRow) -> None:
        action = self._actions[row.action_id]
        action.setText(row.title)
        action.setEnabled(not row.why_not)
        keys = ", ".join(row.shortcuts)
        tip = row.tip or row.title.replace("&", "").rstrip("…")
        action.setToolTip(row.why_not or (f"{tip} ({keys})" if keys and f"({keys}" not in tip else tip))
        if row.checked is not None:
            action.setChecked(row.checked)


def is_typing() -> bool:
    """Whether the keyboard belongs to a text field at the moment."""
    return isinstance(QApplication.focusWidget(), _TYPING)
