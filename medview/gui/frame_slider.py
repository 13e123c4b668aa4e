"""The time slider of scans with several frames."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from medview.gui.texts import label


class FrameSlider:
    """Shows and reports the time point; hidden for still scans."""

    chosen = Signal(int)

    def __init__(self) -> None:
        self.widget = QWidget()
        row = QHBoxLayout(self.widget)
        row.setContentsMargins(12, 4, 12, 4)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName("Time point")
        self._slider.setToolTip("Time point: drag, or arrow keys after a click")
        self._slider.valueChanged.connect(self.chosen.emit)
        self._text = label("", "mono")
        row.addWidget(label("Time"))
        row.addWidget(self._slider, 1)
        row.addWidget(self._text)
        self.widget.hide()

    def show(self, frame: int, count: int, text: str) -> None:
        """Show a time point of `count`."""
        self._slider.blockSignals(True)
        self._slider.setRange(0, count - 1)
        self._slider.setValue(frame)
        self._slider.blockSignals(False)
        self._text.setText(text)
        self.widget.setVisible(count > 1)
