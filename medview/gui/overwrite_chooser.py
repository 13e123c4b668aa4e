"""What the tools may overwrite: everything not locked, the background only, or chosen labels."""

from __future__ import annotations

from dataclasses import replace

from psygnal import Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QWidget

from medview.core.overwrite import UNLOCKED, Overwrite, OverwriteRule
from medview.gui.texts import label, no_mnemonic, plain_tip
from medview.gui.widgets import calm, quiet
from medview.present.ports.labels_port import LabelRow

_TITLES = {
    Overwrite.UNLOCKED: "Everything not locked",
    Overwrite.BACKGROUND: "Background only",
    Overwrite.CHOSEN: "Chosen labels",
}
_TIP = (
    "Which voxels every tool may give another label. Locked labels are protected whatever is chosen,\n"
    "and hidden labels are treated as if they were on show. The label in hand can always be corrected."
)


class OverwriteChooser:
    """A list, and for chosen labels a menu that stays open while labels are ticked."""

    changed = Signal(object)

    def __init__(self) -> None:
        self._rule: OverwriteRule = UNLOCKED
        self._rows: tuple[LabelRow, ...] = ()
        self.widget = QWidget()
        self._kinds = QComboBox()
        self._kinds.setAccessibleName("May overwrite")
        self._kinds.setToolTip(_TIP)
        calm(self._kinds)
        for kind, title in _TITLES.items():
            self._kinds.addItem(title, kind)
        self._kinds.currentIndexChanged.connect(self._on_kind)
        self._menu = _TickMenu()
        self._menu.aboutToShow.connect(self._fill)
        self._which = QPushButton()
        self._which.setMenu(self._menu)
        row = QHBoxLayout(self.widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label("May overwrite"))
        row.addWidget(self._kinds, 1)
        row.addWidget(self._which)

    def show(self, rule: OverwriteRule, rows: tuple[LabelRow, ...]) -> None:
        """Show the rule among these labels."""
        self._rule, self._rows = rule, rows
        with quiet(self._kinds):
            self._kinds.setCurrentIndex(list(_TITLES).index(rule.kind))
        self._which.setVisible(rule.kind is Overwrite.CHOSEN)
        names = _names(rule, rows)
        self._which.setText(f"{len(names)}…")
        listed = ", ".join(names) or "nothing yet"
        self._which.setToolTip(plain_tip(f"Tick the labels that may be overwritten. Now: {listed}"))
        self._which.setAccessibleName("Labels that may be overwritten")

    def _on_kind(self, place: int) -> None:
        self.changed.emit(replace(self._rule, kind=list(_TITLES)[place]))

    def _fill(self) -> None:
        self._menu.clear()
        self._add(0, "Background")
        for row in self._rows:
            self._add(row.entry.value, row.entry.name)

    def _add(self, value: int, name: str) -> None:
        action = QAction(no_mnemonic(name), self._menu)
        action.setCheckable(True)
        action.setChecked(value in self._rule.chosen)
        action.toggled.connect(lambda on: self._turn(value, on))
        self._menu.addAction(action)

    def _turn(self, value: int, on: bool) -> None:
        chosen = self._rule.chosen | {value} if on else self._rule.chosen - {value}
        self.changed.emit(replace(self._rule, chosen=chosen))


def _names(rule: OverwriteRule, rows: tuple[LabelRow, ...]) -> list[str]:
    listed = [(0, "background"), *((row.entry.value, row.entry.name) for row in rows)]
    return [name for value, name in listed if value in rule.chosen]


class _TickMenu(QMenu):
    """Stays open while entries are ticked, by mouse and by space; long ones scroll."""

    def __init__(self) -> None:
        super().__init__()
        self.setStyleSheet("QMenu { menu-scrollable: 1; }")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick."""
        action = self.activeAction()
        if action is None or not action.isCheckable():
            super().mouseReleaseEvent(event)
            return
        action.trigger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tick by the space bar."""
        action = self.activeAction()
        if event.text() == " " and action is not None:
            action.trigger()
            return
        super().keyPressEvent(event)
