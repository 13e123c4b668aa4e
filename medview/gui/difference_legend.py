"""What the colours and patterns of a proposal mean, and how much there is of each."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from medview.gui.icons import screen_ratio
from medview.gui.texts import label
from medview.present.ports.proposal_port import AmountRow
from medview.render.difference_colouring import ADDS, RELABELS, REMOVES, difference_picture

_KINDS = (
    (ADDS, "Added", "Filled: background that gets a label"),
    (REMOVES, "Removed", "Striped: a label that becomes background"),
    (RELABELS, "Relabelled", "Dotted: a label that becomes another one"),
)
_SIDE = 18


class DifferenceLegend:
    """A patch as it is drawn in slices, its word and its volume, for each kind of change."""

    def __init__(self) -> None:
        self.widget = QWidget()
        grid = QGridLayout(self.widget)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        self._amounts: list[QLabel] = []
        for row, (kind, word, tip) in enumerate(_KINDS):
            patch, amount = QLabel(), label("")
            amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            patch.setPixmap(_patch(kind))
            for column, part in enumerate((patch, label(word), amount)):
                part.setToolTip(tip)
                grid.addWidget(part, row, column)
            self._amounts.append(amount)

    def show(self, amounts: AmountRow) -> None:
        """Show these volumes."""
        texts = (amounts.added, amounts.removed, amounts.relabelled)
        for part, text in zip(self._amounts, texts, strict=True):
            part.setText(text or "none")


def _patch(kind: int) -> QPixmap:
    ratio = screen_ratio()
    side = round(_SIDE * ratio)
    kinds = np.zeros((side, side), np.uint8)
    kinds[1:-1, 1:-1] = kind
    picture = difference_picture(kinds, 0.6, max(1, round(1.5 * ratio)))
    image = QImage(picture.tobytes(), side, side, 4 * side, QImage.Format.Format_RGBA8888)
    ground = QImage(side, side, QImage.Format.Format_RGB32)
    ground.fill(0xFF202020)
    return _over(ground, image, ratio)


def _over(ground: QImage, image: QImage, ratio: float) -> QPixmap:
    """As on a scan: the panes are dark in both themes."""
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
    made = QPixmap.fromImage(ground)
    made.setDevicePixelRatio(ratio)
    return made
