"""The group that writes scenes out: keys of a camera path, sizes, and a button for each kind of file."""

from __future__ import annotations

from functools import partial

from psygnal import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medview.gui.texts import ElidedLabel, label
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, add_field, field_form, line, number_box, quiet
from medview.present.ports.scene_out_port import SceneOutPlan

_LINE_PX, _MOST_LINES = 24, 6
_LIST_FRAME_PX = 10
_FILES = (
    ("picture", "Picture…", "What the 3-D pane shows of the scene, as PNG in this size"),
    ("depth", "Distances…", "How far the scene is along the optical axis, as 16-bit PNG in this size"),
    ("cloud", "Point cloud…", "What the training's cameras see, as coloured points (PLY)"),
    ("mesh", "Surface…", "Where the scene is dense, as a coloured surface (PLY)"),
    ("density", "Density…", "The density as a volume, where the scene lies in the patient"),
    ("folder", "Scene folder…", "All that is needed to open the scene elsewhere"),
)


class SceneOutView:
    """Implements `SceneOutViewPort`."""

    key_added = Signal()
    key_removed = Signal(int)
    key_moved = Signal(int, int)
    key_shown = Signal(int)
    value_changed = Signal(str, object)
    export_asked = Signal(str)

    def __init__(self, colours: Colours) -> None:
        self._plan = SceneOutPlan()
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(8)
        self._warning = label("", "problem", wraps=True)
        column.addWidget(self._warning)
        self._fill_sizes(column)
        self._fill_film(column)
        column.addWidget(line())
        self._fill_files(column)
        self.dress(colours)
        self.show(self._plan)

    def show(self, plan: SceneOutPlan) -> None:
        """Show this state."""
        self._warning.setText(plan.warning)
        self._warning.setVisible(bool(plan.warning))
        boxes = (self._width, self._height, self._duration, self._fps, self._cells)
        with quiet(*boxes, self._frames_along):
            for box, value in zip(
                boxes, (plan.width, plan.height, plan.duration_s, plan.fps, plan.cells), strict=True
            ):
                box.setValue(value)
            self._frames_along.setChecked(plan.with_frames)
        if plan.keys != self._plan.keys:
            self._show_keys(plan.keys)
        self._plan = plan
        self._list.setVisible(bool(plan.keys))
        self._words.setText(plan.frames)
        for kind, _, tip in _FILES:
            _turn(self._buttons[kind], plan.why_not, tip)
        _turn(self._film, plan.why_not_film, "A flight through the keys, rendered frame by frame")
        _turn(self._add, plan.why_not, "Let the film pass where the 3-D pane stands now")
        self._turn_keys()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        for button in self._key_buttons.values():
            button.dress(colours)

    def _fill_sizes(self, column: QVBoxLayout) -> None:
        form = field_form()
        self._width = self._number("width", (16, 7680), 2, " px", "Width of pictures and films")
        self._height = self._number("height", (16, 4320), 2, " px", "Height of pictures and films")
        sizes = QHBoxLayout()
        sizes.addWidget(self._width)
        sizes.addWidget(label("×"))
        sizes.addWidget(self._height)
        both = QWidget()
        both.setLayout(sizes)
        sizes.setContentsMargins(0, 0, 0, 0)
        add_field(form, "Size", both)
        tip = "Of surfaces and volumes, along the longest side"
        self._cells = self._number("cells", (16, 512), 16, "", tip)
        add_field(form, "Cells", self._cells)
        column.addLayout(form)

    def _fill_film(self, column: QVBoxLayout) -> None:
        column.addWidget(line())
        row = QHBoxLayout()
        self._add = QPushButton("Add key")
        self._add.clicked.connect(self.key_added.emit)
        row.addWidget(self._add, 1)
        self._key_buttons = {
            "up": IconButton("up", "Let the chosen key come earlier"),
            "down": IconButton("down", "Let the chosen key come later"),
            "trash": IconButton("trash", "Remove the chosen key"),
        }
        self._key_buttons["up"].clicked.connect(partial(self._move, -1))
        self._key_buttons["down"].clicked.connect(partial(self._move, 1))
        self._key_buttons["trash"].clicked.connect(lambda: self.key_removed.emit(self._list.currentRow()))
        for button in self._key_buttons.values():
            row.addWidget(button)
        column.addLayout(row)
        self._list = QListWidget()
        self._list.setAccessibleName("Keys of the camera path")
        self._list.setToolTip("Double-click to stand there")
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._list.currentRowChanged.connect(lambda _row: self._turn_keys())
        self._list.itemDoubleClicked.connect(lambda _item: self.key_shown.emit(self._list.currentRow()))
        column.addWidget(self._list)
        form = field_form()
        self._duration = self._number("duration_s", (0.1, 3600), 1, " s", "Of the whole flight", decimals=1)
        self._fps = self._number("fps", (1, 120), 1, "", "Of the film", decimals=2)
        add_field(form, "Duration", self._duration)
        add_field(form, "Frames per second", self._fps)
        column.addLayout(form)
        self._words = ElidedLabel("quiet")
        column.addWidget(self._words)
        self._film = QPushButton("Film…")
        self._film.clicked.connect(lambda: self.export_asked.emit("film"))
        column.addWidget(self._film)

    def _fill_files(self, column: QVBoxLayout) -> None:
        grid = QGridLayout()
        grid.setSpacing(6)
        self._buttons: dict[str, QPushButton] = {}
        for number, (kind, title, _) in enumerate(_FILES):
            button = QPushButton(title)
            button.clicked.connect(partial(self.export_asked.emit, kind))
            self._buttons[kind] = button
            grid.addWidget(button, number // 2, number % 2)
        column.addLayout(grid)
        self._frames_along = QCheckBox("Real pictures go along with the folder")
        self._frames_along.setToolTip("Pictures of a patient leave this machine with the folder")
        self._frames_along.toggled.connect(lambda is_on: self.value_changed.emit("with_frames", is_on))
        column.addWidget(self._frames_along)

    def _number(
        self, name: str, limits: tuple[float, float], step: float, unit: str, tip: str, decimals: int = 0
    ) -> QDoubleSpinBox:
        box = number_box(*limits, decimals, step, unit)
        box.setToolTip(tip)
        box.setAccessibleName(name.removesuffix("_s").title())
        box.valueChanged.connect(
            lambda value: self.value_changed.emit(name, value if decimals else int(value))
        )
        return box

    def _show_keys(self, keys: tuple[str, ...]) -> None:
        row = self._list.currentRow()
        with quiet(self._list):
            self._list.clear()
            self._list.addItems(list(keys))
            self._list.setCurrentRow(min(row, len(keys) - 1))
        self._list.setFixedHeight(_LINE_PX * min(max(len(keys), 1), _MOST_LINES) + _LIST_FRAME_PX)

    def _move(self, steps: int) -> None:
        row = self._list.currentRow()
        self.key_moved.emit(row, steps)
        self._list.setCurrentRow(min(max(row + steps, 0), self._list.count() - 1))

    def _turn_keys(self) -> None:
        row, count = self._list.currentRow(), len(self._plan.keys)
        nothing = "" if 0 <= row < count else "Choose a key in the list."
        self._key_buttons["trash"].turn(nothing)
        self._key_buttons["up"].turn(nothing or ("" if row else "It is the first."))
        self._key_buttons["down"].turn(nothing or ("" if row < count - 1 else "It is the last."))


def _turn(button: QPushButton, why_not: str, tip: str) -> None:
    button.setEnabled(not why_not)
    button.setToolTip(why_not or tip)
