"""The four panes: axial top left, coronal, sagittal, 3-D; or one of them alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from medview.core.state import Layout, Orientation
from medview.gui.slice_view import SliceView


class PaneGrid(QSplitter):
    """Two rows of two panes with movable borders."""

    def __init__(self, slices: dict[Orientation, SliceView], volume: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.setHandleWidth(2)
        self.setChildrenCollapsible(False)
        self._panes = {
            Layout.AXIAL: slices[Orientation.AXIAL].widget,
            Layout.CORONAL: slices[Orientation.CORONAL].widget,
            Layout.SAGITTAL: slices[Orientation.SAGITTAL].widget,
            Layout.VOLUME: volume,
        }
        self._rows = [
            self._make_row(Layout.AXIAL, Layout.CORONAL),
            self._make_row(Layout.SAGITTAL, Layout.VOLUME),
        ]

    def show_layout(self, layout: Layout) -> None:
        """Show these panes; the borders keep their places."""
        for name, pane in self._panes.items():
            pane.setVisible(layout in (Layout.FOUR_UP, name))
        for row in self._rows:
            row.setVisible(any(not pane.isHidden() for pane in self._panes.values() if pane.parent() is row))

    def _make_row(self, left: Layout, right: Layout) -> QSplitter:
        row = QSplitter(Qt.Orientation.Horizontal)
        row.setHandleWidth(2)
        row.setChildrenCollapsible(False)
        for name in (left, right):
            row.addWidget(self._panes[name])
        row.setSizes([1000, 1000])
        self.addWidget(row)
        self.setSizes([1000, 1000])
        return row
