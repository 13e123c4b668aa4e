"""A DICOM folder with two series: the picker comes, what is chosen opens."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from person import AXIAL
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QTableWidget


@pytest.fixture
def folder(shared_data, tmp_path):
    """Twelve slices of a real CT, and four of them once more as another series."""
    import pydicom
    from pydicom.uid import generate_uid

    source = shared_data / "dicom" / "ct_head_GE_CT8800_93slices"
    place = tmp_path / "two series of Zoë"
    place.mkdir()
    uid = generate_uid()
    for number in range(40, 52):
        shutil.copy(source / f"CTHead{number}.dcm", place)
        if number < 44:
            data = pydicom.dcmread(source / f"CTHead{number}.dcm")
            data.SeriesInstanceUID, data.SeriesDescription = uid, "Scout of the same head"
            data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            data.save_as(place / f"scout{number}.dcm")
    return place


class Picker:
    """Answers the dialog with real keys and clicks as soon as it is there."""

    def __init__(self, row: int | None) -> None:
        self.titles: list[str] = []
        self._row = row
        self._timer = QTimer(interval=50)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            return
        self._timer.stop()
        table = dialog.findChild(QTableWidget)
        self.titles = [table.item(row, 0).text() for row in range(table.rowCount())]
        if self._row is not None:
            place = table.visualItemRect(table.item(self._row, 0)).center()
            QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        buttons = dialog.findChild(QDialogButtonBox)
        kind = QDialogButtonBox.StandardButton
        QTest.mouseClick(
            buttons.button(kind.Cancel if self._row is None else kind.Open), Qt.MouseButton.LeftButton
        )


@pytest.mark.parametrize("row", [0, 1])
def test_the_series_that_is_picked_is_opened(person, folder, row):
    picker = Picker(row)
    person.open(folder)
    person.wait(lambda: person.layers, "the series", 20)
    assert len(picker.titles) == 2
    (layer,) = person.layers
    slices = min(layer.geometry.shape)
    assert slices == (4 if "Scout" in picker.titles[row] else 12)
    assert layer.data.modality == "CT"
    assert (person.picture(AXIAL).mean(-1) > 40).any()
    assert np.isfinite(layer.geometry.spacing_mm).all()


def test_who_picks_nothing_gets_nothing(person, folder):
    picker = Picker(None)
    person.open(folder)
    person.wait(lambda: picker.titles, "the picker", 20)
    person.wait_idle()
    assert person.layers == ()
    assert person.message == ""
    assert not [widget for widget in QApplication.topLevelWidgets()
                if isinstance(widget, QDialog) and widget.isVisible()]  # fmt: skip
