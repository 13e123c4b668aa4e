"""The question before a model is installed: what it is, under which licence, and does it still work."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from medview.gui.texts import label, shortened
from medview.present.ports.install_question import InstallFact, InstallQuestion

_WIDTH_PX, _HEIGHT_PX = 620, 560
_MOST_TITLE, _MOST_TEXT = 80, 1500
_TRUST = "I trust who made it, and let it run"


class InstallDialog(QDialog):
    """Enter never installs a program: its box has to be ticked first."""

    def __init__(self, parent: QWidget, question: InstallQuestion) -> None:
        super().__init__(parent)
        self.setWindowTitle("Install a model")
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(shortened(f"Install {question.title}?", _MOST_TITLE), "title", wraps=True))
        if question.warning:
            column.addWidget(label(question.warning, "error", wraps=True))
        column.addWidget(_facts(question.facts), 1)
        self.trust = QCheckBox(_TRUST)
        self.trust.setVisible(question.needs_trust)
        self.trust.toggled.connect(self._turn)
        column.addWidget(self.trust)
        self._needs_trust = question.needs_trust
        column.addWidget(self._make_buttons())
        self._turn()

    def _make_buttons(self) -> QDialogButtonBox:
        kinds = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.install = box.button(kinds.Ok)
        self.install.setText("Install")
        self.install.setObjectName("primary")
        cancel = box.button(kinds.Cancel)
        cancel.setToolTip("Nothing is installed (Esc)")
        self.install.setDefault(True)  # while it is off, Enter does nothing
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box

    def _turn(self) -> None:
        may = not self._needs_trust or self.trust.isChecked()
        self.install.setEnabled(may)
        tip = "Copy it into your model folder (Enter)" if may else f"Off: tick “{_TRUST}” first"
        self.install.setToolTip(tip)


def _facts(facts: tuple[InstallFact, ...]) -> QScrollArea:
    body = QWidget()
    form = QFormLayout(body)
    form.setContentsMargins(10, 8, 10, 8)
    form.setHorizontalSpacing(14)
    form.setVerticalSpacing(8)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for fact in facts:
        name = label(fact.name, "muted")
        name.setAlignment(Qt.AlignmentFlag.AlignTop)
        form.addRow(name, _text(fact))
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(body)
    return area


def _text(fact: InstallFact) -> QLabel:
    made = label(shortened(fact.text, _MOST_TEXT), "error" if fact.is_alarm else "", wraps=True)
    made.setAccessibleName(fact.name)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def ask_install(parent: QWidget, question: InstallQuestion) -> bool:
    """Ask whether to install a model."""
    dialog = InstallDialog(parent, question)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return accepted


def ask_model_file(parent: QWidget) -> Path | None:
    """Ask for a zip of a model; None on cancel."""
    name, _ = QFileDialog.getOpenFileName(
        parent, "Install a model", "", "Zips of a model (*.zip);;All files (*)"
    )
    return Path(name) if name else None


def ask_model_folder(parent: QWidget) -> Path | None:
    """Ask for a model folder; None on cancel."""
    name = QFileDialog.getExistingDirectory(parent, "Install a model folder")
    return Path(name) if name else None
