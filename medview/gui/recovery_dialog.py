"""Lost work: a picture and the facts of each, and what is to become of it."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from medview.gui.texts import ElidedLabel, label, plain_tip
from medview.gui.widgets import clear
from medview.present.ports.recovery_port import RecoveryRow

_WIDTH_PX = 700
_HEAD_PX, _CARD_PX, _MOST_CARDS = 170, 190, 3
_PICTURE_PX = 148


class RecoveryDialog:
    """Implements `RecoveryViewPort`. Kept as long as the window, hidden while it is not needed.

    Args:
        parent: The window.
    """

    restore_asked = Signal(str)
    discard_asked = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        self.dialog = QDialog(parent)
        self.dialog.setWindowTitle("Lost work")
        self.dialog.finished.connect(lambda _: self.closed.emit())
        self._rows: tuple[RecoveryRow, ...] = ()
        self._title = label("", "title", wraps=True)
        self._cards = QVBoxLayout()
        self._cards.setContentsMargins(0, 0, 6, 0)
        self._cards.setSpacing(10)
        column = QVBoxLayout(self.dialog)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(
            label(
                "The program, the computer or its power went away before it was saved. "
                "Restoring brings back layers, masks and the whole history.",
                "muted",
                wraps=True,
            )
        )
        column.addWidget(self._make_area(), 1)
        column.addWidget(self._make_buttons())

    def show(self, rows: tuple[RecoveryRow, ...]) -> None:
        """Show these, opening the dialog where it is not open."""
        self._rows = rows
        works = "work of one session" if len(rows) == 1 else f"work of {len(rows)} sessions"
        self._title.setText(f"There is unsaved {works}")
        clear(self._cards)
        for row in rows:
            self._cards.addWidget(self._card(row))
        self._cards.addStretch(1)
        if not self.dialog.isVisible():
            self.dialog.resize(_WIDTH_PX, _HEAD_PX + _CARD_PX * min(len(rows), _MOST_CARDS))
            self.dialog.open()

    def close(self) -> None:
        """Put it away."""
        if self.dialog.isVisible():
            self.dialog.accept()

    def finish(self) -> None:
        """Put it away with the window: nothing is told any more."""
        self.dialog.blockSignals(True)
        self.dialog.hide()

    def ask_discard(self, name: str) -> bool:
        """Ask whether this work is really to be deleted; Enter and Esc keep it."""
        box = QMessageBox(self.dialog)
        box.setWindowTitle("Discard lost work")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Discard the unsaved work on {name}?")
        box.setInformativeText("It is deleted for good; nothing can bring it back.")
        discard = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole)
        discard.setToolTip("Delete it for good")
        keep.setToolTip("Nothing happens (Esc)")
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.exec()
        chosen = box.clickedButton()
        box.deleteLater()
        return chosen is discard

    def _make_area(self) -> QScrollArea:
        body = QWidget()
        body.setLayout(self._cards)
        area = QScrollArea()
        area.setObjectName("offers")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        return area

    def _make_buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox()
        keep = QPushButton("Keep for later")
        keep.setToolTip("Decide at the next start, or with Lost work in the File menu (Esc)")
        box.addButton(keep, QDialogButtonBox.ButtonRole.RejectRole)
        box.rejected.connect(self.dialog.reject)
        return box

    def _card(self, row: RecoveryRow) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        line = QHBoxLayout(card)
        line.setContentsMargins(12, 12, 12, 12)
        line.setSpacing(14)
        line.addWidget(_picture(row), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(5)
        name = ElidedLabel("heading", Qt.TextElideMode.ElideMiddle)
        name.setText(row.name)
        name.setToolTip(plain_tip(row.name))
        column.addWidget(name)
        for text in (row.facts, row.masks):
            column.addWidget(label(text, "muted", wraps=True))
        for note in row.notes:
            column.addWidget(label(note, "warning", wraps=True))
        column.addStretch(1)
        column.addLayout(self._buttons(row))
        line.addLayout(column, 1)
        return card

    def _buttons(self, row: RecoveryRow) -> QHBoxLayout:
        restore, discard = QPushButton("Restore"), QPushButton("Discard…")
        restore.setObjectName("primary")
        restore.setEnabled(not row.why_not)
        restore.setToolTip(row.why_not or "Bring this work back into the window, with its history")
        restore.clicked.connect(lambda: self.restore_asked.emit(row.offer_id))
        restore.setDefault(row is self._rows[0])
        discard.setAutoDefault(False)
        discard.setToolTip("Delete this work for good; you are asked first")
        discard.clicked.connect(lambda: self.discard_asked.emit(row.offer_id))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(discard)
        buttons.addWidget(restore)
        return buttons


def _picture(row: RecoveryRow) -> QLabel:
    made = QLabel()
    made.setObjectName("sight")
    made.setFixedSize(_PICTURE_PX, _PICTURE_PX)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setAccessibleName(f"Middle slice of {row.name}")
    made.setToolTip("A slice through the middle of the mask; the patient's right is on the left")
    if row.picture is None:
        made.setText("…")
        return made
    height, width = row.picture.shape[:2]
    image = QImage(row.picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    smooth = Qt.TransformationMode.SmoothTransformation
    side = _PICTURE_PX - 4
    made.setPixmap(QPixmap.fromImage(image).scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smooth))
    return made
