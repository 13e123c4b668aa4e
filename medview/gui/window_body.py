"""How the parts of the main window lie: rows, the panels at the side, the status bar."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStatusBar, QTabWidget, QVBoxLayout, QWidget

from medview.gui.texts import ElidedLabel

_VIEWER_WIDTH, _SIDE_WIDTH = 1200, 330
_READOUT_PARTS, _HINT_PARTS = 3, 2
PANELS = ("models", "paint", "refine", "review", "history", "cases", "scene")
_NARROWEST_SIDE, _WIDEST_SIDE = 314, 560  # so narrow that the names of all tabs just fit


class SidePanels(QSplitter):
    """The layers above, and under them models, painting, the history, the cases, or a scene."""

    def __init__(
        self,
        layers: QWidget,
        models: QWidget,
        paint: QWidget,
        refine: QWidget,
        review: QWidget,
        history: QWidget,
        cases: QWidget,
        scene: QWidget,
    ) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setElideMode(Qt.TextElideMode.ElideRight)  # in a narrow panel all of them stay in sight
        self._tabs.setUsesScrollButtons(False)
        self._tabs.addTab(models, "Models")
        self._tabs.addTab(paint, "Paint")
        self._tabs.addTab(refine, "Refine")
        self._tabs.addTab(review, "Review")
        self._tabs.addTab(history, "History")
        self._tabs.addTab(cases, "Cases")
        self._tabs.addTab(scene, "Scene")
        self._tabs.setTabToolTip(0, "Run neural models on what is open")
        self._tabs.setTabToolTip(1, "Make and correct masks by hand; B takes the brush")
        self._tabs.setTabToolTip(2, "Smooth, grow, fill, interpolate the whole label chosen in Paint")
        self._tabs.setTabToolTip(3, "Accept or reject what a model proposes for a mask; K goes through it")
        self._tabs.setTabToolTip(4, "All steps, done and undone; go back to any of them (Ctrl+H)")
        self._tabs.setTabToolTip(5, "A folder or BIDS data set as a queue of cases, with states and times")
        self._tabs.setTabToolTip(6, "From a laparoscopy video to a scene that can be flown through")
        self.setObjectName("side")
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.addWidget(layers)
        self.addWidget(self._tabs)
        self.setSizes([1, 1000])  # the layers take what they need, the models the rest
        self.setStretchFactor(1, 1)
        self.setMinimumWidth(_NARROWEST_SIDE)
        self.setMaximumWidth(_WIDEST_SIDE)

    def show_panel(self, name: str) -> None:
        """Bring a panel up: one of `PANELS`."""
        self._tabs.setCurrentIndex(PANELS.index(name))


def stacked(*parts: QWidget, grows: QWidget) -> QWidget:
    """Parts under each other with nothing between; one of them takes the room that is left."""
    whole = QWidget()
    rows = QVBoxLayout(whole)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    for part in parts:
        rows.addWidget(part, int(part is grows))
    return whole


def beside(viewer: QWidget, side: QWidget) -> QSplitter:
    """The viewer and the panels at its side, with a border that can be moved."""
    body = QSplitter(Qt.Orientation.Horizontal)
    body.setHandleWidth(1)
    body.setChildrenCollapsible(False)
    body.addWidget(viewer)
    body.addWidget(side)
    body.setStretchFactor(0, 1)
    body.setSizes([_VIEWER_WIDTH, _SIDE_WIDTH])
    return body


def fill_status_bar(status: QStatusBar, readout: ElidedLabel, hint: ElidedLabel, busy: QWidget) -> None:
    """Position and values at the left, the hint at the right, what is running at the end."""
    readout.setAccessibleName("Position and values under the mouse")
    hint.setAccessibleName("Hint")
    hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    status.setSizeGripEnabled(False)
    status.addWidget(Apart(readout), _READOUT_PARTS)
    status.addWidget(hint, _HINT_PARTS)
    status.addPermanentWidget(busy)


class Apart(QWidget):
    """Holds one widget that changes with every move of the mouse: nothing around it is laid out anew.

    Args:
        inner: Takes the whole room, whatever it would like.
    """

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self._inner = inner
        inner.setParent(self)

    def sizeHint(self) -> QSize:
        """As high as what it holds."""
        return QSize(0, self._inner.sizeHint().height())

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Pass the room on."""
        self._inner.setGeometry(self.rect())
