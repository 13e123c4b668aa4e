"""Menus, tool bar and keys, built from the presenters' action table."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from medview.gui import icons
from medview.gui.texts import no_mnemonic, plain_tip, shortened
from medview.gui.theme import Colours
from medview.present.ports.menu_port import ActionRow, RecentRow

_MENUS = {"file": "&File", "edit": "&Edit", "view": "&View", "3d": "3-&D", "window": "&Window",
          "tools": "&Tools", "labels": "La&bels", "layer": "&Layer", "cases": "&Cases", "model": "&Model",
          "help": "&Help"}  # fmt: skip
#: The layer list has its own buttons; of the help, the guide alone stands on the bar, at its end.
_NOT_ON_BAR = ("layer",)
_AT_END = ("help",)
_MOST_LETTERS = 60


class Menus:
    """Keeps one QAction per row; rows of one menu and group stand between separators.

    The tool bar shows, in table order, the actions whose row names an icon; what does not fit into a
    narrow window waits behind its arrow.
    """

    triggered = Signal(str)

    def __init__(self, window: QMainWindow, colours: Colours) -> None:
        self._window = window
        self._colours = colours
        self._rows: dict[str, ActionRow] = {}
        self._actions: dict[str, QAction] = {}
        self.recent = QMenu("Open &recent", window)
        self.recent.setToolTipsVisible(True)
        self.bar = QToolBar("Tool bar")
        self.bar.setObjectName("toolbar")
        self.bar.setMovable(False)
        self.bar.setIconSize(QSize(22, 22))
        self.bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)

    def show(self, rows: tuple[ActionRow, ...]) -> None:
        """Build once, then refresh texts, checks and reasons."""
        if [row.action_id for row in rows] != list(self._actions):
            self._build(rows)
        for row in rows:
            if self._rows.get(row.action_id) != row:
                self._rows[row.action_id] = row
                self._refresh(row)

    def show_recent(self, rows: tuple[RecentRow, ...]) -> None:
        """Fill the Recent menu."""
        self.recent.clear()
        self.recent.setEnabled(bool(rows))
        for row in rows:
            name = no_mnemonic(shortened(row.name, _MOST_LETTERS))
            action = self.recent.addAction(name if row.exists else f"{name} (not found)")
            action.setEnabled(row.exists)
            action.setToolTip(plain_tip(f"{row.name}\nin {row.path.parent}"))
            action.setData(row.path)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for row in self._rows.values():
            self._dress_action(row)

    def _build(self, rows: tuple[ActionRow, ...]) -> None:
        self._forget()
        menus: dict[str, QMenu] = {}
        groups: dict[str, str] = {}
        for row in rows:
            name = row.action_id.split(".")[0]
            if name not in menus:
                menus[name] = self._window.menuBar().addMenu(_MENUS.get(name, name.title()))
                menus[name].setToolTipsVisible(True)
            if groups.get(name, row.group) != row.group:
                menus[name].addSeparator()
            groups[name] = row.group
            menus[name].addAction(self._make(row))
            if row.action_id == "file.sample":
                menus[name].addMenu(self.recent)
        self._fill_bar(rows)

    def _forget(self) -> None:
        self._window.menuBar().clear()
        self.bar.clear()
        for action in self._actions.values():
            action.deleteLater()
        self._actions.clear()
        self._rows.clear()

    def _make(self, row: ActionRow) -> QAction:
        action = QAction(row.title, self._window)
        action.setCheckable(row.checked is not None)
        action.setShortcuts([QKeySequence(keys) for keys in row.shortcuts])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _=False, key=row.action_id: self._on_triggered(key))
        self._actions[row.action_id] = action
        self._dress_action(row)
        return action

    def _fill_bar(self, rows: tuple[ActionRow, ...]) -> None:
        drawn = [row for row in rows if row.icon and _menu_of(row) not in (*_NOT_ON_BAR, *_AT_END)]
        place = ("", "")
        for row in drawn:
            if place not in (("", ""), (_menu_of(row), row.group)):
                self.bar.addSeparator()
            place = (_menu_of(row), row.group)
            self._add_to_bar(row)
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.bar.addWidget(gap)
        last = next((row for row in rows if row.icon and _menu_of(row) in _AT_END), None)
        if last is not None:
            self._add_to_bar(last)

    def _add_to_bar(self, row: ActionRow) -> None:
        self.bar.addAction(self._actions[row.action_id])
        button = self.bar.widgetForAction(self._actions[row.action_id])
        assert isinstance(button, QToolButton)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(_words(row))

    def _on_triggered(self, action_id: str) -> None:
        # Qt has turned the switch already; what it shows is the presenter's to say.
        self._show_check(self._rows[action_id])
        self.triggered.emit(action_id)

    def _refresh(self, row: ActionRow) -> None:
        action = self._actions[row.action_id]
        action.setText(row.title)
        action.setEnabled(not row.why_not)
        action.setToolTip(plain_tip(_tip(row)))
        self._show_check(row)

    def _show_check(self, row: ActionRow) -> None:
        if row.checked is not None:
            self._actions[row.action_id].setChecked(row.checked)

    def _dress_action(self, row: ActionRow) -> None:
        if row.icon:
            icon = icons.icon(row.icon, self._colours.text, self._colours.faint)
            self._actions[row.action_id].setIcon(icon)


def _menu_of(row: ActionRow) -> str:
    return row.action_id.split(".")[0]


def _words(row: ActionRow) -> str:
    return row.title.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


def _tip(row: ActionRow) -> str:
    """Name and keys, then what it does; where it is off, why."""
    keys = ", ".join(
        QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in row.shortcuts
    )
    head = f"{_words(row)} ({keys})" if keys else _words(row)
    body = f"Off: {row.why_not}" if row.why_not else row.tip
    return f"{head}\n{body}" if body else head
