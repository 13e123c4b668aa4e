"""The poses step: who found the cameras, a picture of them, and the button that computes them."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from medview.gui.cloud_picture import CloudPicture
from medview.gui.job_line import JobLine
from medview.gui.texts import label, plain_tip
from medview.gui.theme import Colours
from medview.present.ports.scene_port import PosesPlan


class PosesPart(QWidget):
    """What is under the poses step."""

    find_asked = Signal()
    stop_asked = Signal()

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._summary, self._warnings = label("", "muted", wraps=True), label("", "problem", wraps=True)
        self._cloud = CloudPicture(colours)
        self._find = QPushButton("Find poses")
        self._find.clicked.connect(self.find_asked.emit)
        self._why_not = label("", "muted", wraps=True)
        self._progress = JobLine("finding poses", "Stop", "Stop; the frames stay as they are")
        self._progress.stopped.connect(self.stop_asked.emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        for part in (self._summary, self._warnings, self._cloud, self._find, self._why_not, self._progress):
            column.addWidget(part)

    def show_plan(self, plan: PosesPlan) -> None:
        """Show this state."""
        warnings = "\n".join(plan.warnings)
        for part, text in (
            (self._summary, plan.summary),
            (self._warnings, warnings),
            (self._why_not, plan.why_not_find),
        ):
            part.setText(text)
            part.setVisible(bool(text))
        self._cloud.show_cloud(plan.points, plan.cameras)
        is_known = plan.cameras is not None
        self._find.setText("Find poses anew" if is_known else "Find poses")
        self._find.setObjectName("" if is_known else "primary")
        self._find.style().polish(self._find)
        self._find.setVisible(plan.progress is None)
        self._find.setEnabled(not plan.why_not_find)
        self._find.setToolTip(
            plain_tip(plan.why_not_find)
            or "Compute where each frame was taken from (COLMAP's method); takes minutes, in the background"
        )
        self._progress.show_plan(plan.progress)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._cloud.dress(colours)
