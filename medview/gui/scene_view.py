"""The Scene tab: frames, mask, poses, train, view, each a step that unfolds; more groups may follow."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from psygnal import Signal
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox, QScrollArea, QVBoxLayout, QWidget

from medview.gui.scene_frames import FramesPart
from medview.gui.scene_look import LookPart
from medview.gui.scene_mask import MaskPart
from medview.gui.scene_poses import PosesPart
from medview.gui.scene_step import SceneStep
from medview.gui.scene_train import TrainPart
from medview.gui.texts import label
from medview.gui.theme import Colours
from medview.gui.widgets import line
from medview.present.ports.scene_port import ScenePlan

_TIPS = {
    "frames": "The pictures that the scene is learned from",
    "mask": "What of the pictures is learned from: the round picture of the scope, no instruments",
    "poses": "Where each picture was taken from",
    "train": "Learn the scene in the background",
    "view": "Look at the scene, and at how well it agrees with the real frames",
}
_FILES = (
    "Videos and poses (*.mp4 *.mov *.avi *.m4v *.mkv *.webm *.json *.npy *.bin *.txt *.yaml);;All files (*)"
)


class SceneView:
    """Implements `SceneViewPort`. Groups of other rooms are put under the steps by `add_group`."""

    capture_asked = Signal(str)
    value_changed = Signal(str, object)
    frame_chosen = Signal(int)
    frame_excluded = Signal(int, bool)
    circle_moved = Signal(float, float, float)
    stroke_painted = Signal(object, float, bool)
    deed_asked = Signal(str)
    method_chosen = Signal(str)
    param_changed = Signal(str, object)
    out_chosen = Signal(object)
    continue_asked = Signal(object)
    forget_asked = Signal(object)
    look_chosen = Signal(object)
    look_changed = Signal(str, object)
    revealed = Signal()  # the tab is to be brought to the front

    def __init__(self, colours: Colours) -> None:
        self._frames, self._mask = FramesPart(colours), MaskPart(colours)
        self._poses, self._train, self._look = PosesPart(colours), TrainPart(colours), LookPart(colours)
        parts = {
            "frames": self._frames,
            "mask": self._mask,
            "poses": self._poses,
            "train": self._train,
            "view": self._look,
        }
        self._steps = {name: SceneStep(name.title(), part, _TIPS[name]) for name, part in parts.items()}
        self._banner = label("", "muted", wraps=True)
        self._groups = QVBoxLayout()
        self._groups.setContentsMargins(0, 0, 0, 0)
        self._groups.setSpacing(0)
        self.widget = QScrollArea()
        self._put_together()
        self._connect()
        self.dress(colours)
        self._steps["frames"].open(True)

    def show(self, plan: ScenePlan) -> None:
        """Show this state."""
        for row in plan.steps:
            self._steps[row.name].show_row(row)
        self._banner.setText(plan.banner)
        self._frames.show_plan(plan.frames, plan.mask.frame)
        self._mask.show_plan(plan.mask, max(len(plan.frames.rows), 1))
        self._poses.show_plan(plan.poses)
        self._train.show_plan(plan.train)
        self._look.show_plan(plan.look)

    def reveal(self) -> None:
        """Bring the tab to the front."""
        self.revealed.emit()

    def open_step(self, name: str) -> None:
        """Unfold one step and fold the others."""
        for other, step in self._steps.items():
            step.open(other == name)

    def ask_capture(self, kind: str) -> Path | None:
        """Ask for a video or poses file, or for a folder; None on cancel."""
        parent = self.widget.window()
        if kind == "folder":
            name = QFileDialog.getExistingDirectory(parent, "Choose a folder of frames")
        else:
            name = QFileDialog.getOpenFileName(parent, "Choose a video or a file of poses", "", _FILES)[0]
        return Path(name) if name else None

    def ask_discard(self, name: str) -> bool:
        """Ask whether an unfinished training may be removed from the disk."""
        box = QMessageBox(self.widget.window())
        box.setWindowTitle("Cancel the training")
        box.setText(f"Remove the unfinished training of {name}?")
        box.setInformativeText("What it has learned so far goes from the disk. Pause keeps it instead.")
        remove = box.addButton("Remove it", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.exec()
        return box.clickedButton() is remove

    def add_group(self, title: str, group: QWidget, tip: str) -> None:
        """Put a group of controls under the steps, such as export and placement; it unfolds as they do."""
        step = SceneStep(title, group, tip)
        self._steps[title.lower()] = step
        self._groups.addWidget(line())
        self._groups.addWidget(step)
        step.toggled.connect(lambda is_open: self._unfold(title.lower()) if is_open else None)

    def _unfold(self, name: str) -> None:
        """Bring a group that has been unfolded into sight, once it is laid out."""
        self._fold_others(name)
        QTimer.singleShot(0, self.widget, partial(self.widget.ensureWidgetVisible, self._steps[name]))

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        for step in self._steps.values():
            step.dress(colours)
        for part in (self._frames, self._mask, self._poses, self._train, self._look):
            part.dress(colours)

    def _put_together(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(0)
        for number, step in enumerate(self._steps.values()):
            if number:
                column.addWidget(line())
            column.addWidget(step)
        column.addLayout(self._groups)
        column.addWidget(line())
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 8, 12, 0)
        foot.addWidget(self._banner)
        column.addLayout(foot)
        column.addStretch(1)
        self.widget.setWidgetResizable(True)
        self.widget.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setWidget(inner)

    def _connect(self) -> None:
        self._frames.capture_asked.connect(self.capture_asked.emit)
        self._frames.value_changed.connect(self.value_changed.emit)
        self._frames.frame_chosen.connect(self.frame_chosen.emit)
        self._frames.frame_excluded.connect(self.frame_excluded.emit)
        self._frames.extract_asked.connect(lambda: self.deed_asked.emit("extract"))
        self._frames.stop_asked.connect(lambda: self.deed_asked.emit("stop"))
        self._mask.value_changed.connect(self.value_changed.emit)
        self._mask.frame_chosen.connect(self.frame_chosen.emit)
        self._mask.editor.circle_moved.connect(self.circle_moved.emit)
        self._mask.editor.stroke_painted.connect(self.stroke_painted.emit)
        self._poses.find_asked.connect(lambda: self.deed_asked.emit("find_poses"))
        self._poses.stop_asked.connect(lambda: self.deed_asked.emit("stop"))
        self._train.method_chosen.connect(self.method_chosen.emit)
        self._train.param_changed.connect(self.param_changed.emit)
        self._train.out_chosen.connect(self.out_chosen.emit)
        self._train.deed_asked.connect(self.deed_asked.emit)
        self._train.continue_asked.connect(self.continue_asked.emit)
        self._train.forget_asked.connect(self.forget_asked.emit)
        self._look.frame_chosen.connect(self.look_chosen.emit)
        self._look.display_changed.connect(self.look_changed.emit)
        self._look.deed_asked.connect(self.deed_asked.emit)
        for name, step in self._steps.items():
            step.toggled.connect(lambda is_open, name=name: self._fold_others(name) if is_open else None)

    def _fold_others(self, name: str) -> None:
        for other, step in self._steps.items():
            if other != name:
                step.open(False)
