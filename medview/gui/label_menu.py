"""The context menu of the label table: what can be done with the marked labels."""

from __future__ import annotations

from collections.abc import Callable

from psygnal import Signal
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from medview.gui import icons
from medview.gui.texts import no_mnemonic, shortened
from medview.present.ports.labels_port import LabelRow, LabelsPlan

_MOST_LETTERS = 50


class LabelMenu:
    """Made anew for the labels that are marked when it opens.

    Args:
        owner: Over whose window it opens.
    """

    toggled = Signal(tuple, str)
    merged = Signal(tuple, int)
    split_asked = Signal(int)
    jump_asked = Signal(int)
    measure_asked = Signal(tuple)
    editor_asked = Signal(int)
    renaming_asked = Signal()
    removed = Signal(tuple)

    def __init__(self, owner: QWidget) -> None:
        self._owner = owner
        self._menu = QMenu()

    def popup(self, place: QPoint, marked: tuple[int, ...], plan: LabelsPlan) -> None:
        """Open at a place of the screen, for these labels."""
        self._menu.deleteLater()
        # a child of the window itself: panels beside a canvas have windows of their own, which own no menu
        self._menu = QMenu(self._owner.window())
        rows = tuple(row for row in plan.rows if row.entry.value in marked)
        value = plan.value if plan.value in marked else marked[0]
        self._add("Jump to", "G", lambda: self.jump_asked.emit(value))
        self._add("Measure", "", lambda: self.measure_asked.emit(marked))
        self._menu.addSeparator()
        self._add("Rename", "F2", self.renaming_asked.emit)
        self._add("Edit…", "Return", lambda: self.editor_asked.emit(value))
        lock = "Unlock" if rows[0].entry.locked else "Lock"
        self._add(lock, "L", lambda: self.toggled.emit(marked, "locked"))
        hide = "Hide" if rows[0].entry.visible else "Show"
        self._add(hide, "H", lambda: self.toggled.emit(marked, "visible"))
        review = "Review again" if rows[0].entry.is_reviewed else "Reviewed"
        self._add(review, "R", lambda: self.toggled.emit(marked, "is_reviewed"))
        self._menu.addSeparator()
        self._add_voxel_deeds(rows, value, plan)
        self._add("Remove", "Del", lambda: self.removed.emit(marked))
        self._menu.popup(place)

    def _add_voxel_deeds(self, rows: tuple[LabelRow, ...], value: int, plan: LabelsPlan) -> None:
        marked = tuple(row.entry.value for row in rows)
        targets = [row for row in plan.rows if marked != (row.entry.value,)]
        merge = self._menu.addMenu("Merge into")
        merge.setStyleSheet("QMenu { menu-scrollable: 1; }")
        merge.setEnabled(bool(targets))
        for row in targets:
            name = no_mnemonic(shortened(row.entry.name, _MOST_LETTERS))
            action = merge.addAction(icons.chip(row.entry.colour), name)
            action.triggered.connect(lambda _=False, into=row.entry.value: self.merged.emit(marked, into))
        self._add("Split into its pieces", "", lambda: self.split_asked.emit(value))

    def _add(self, title: str, keys: str, deed: Callable[[], object]) -> None:
        action = self._menu.addAction(f"{title}\t{keys}" if keys else title)
        action.triggered.connect(lambda _=False: deed())
