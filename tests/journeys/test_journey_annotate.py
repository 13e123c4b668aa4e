"""An annotator outlines a lesion on three slices, fills between, refines, takes all back, makes it again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from person import AXIAL, CTRL, SHIFT
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

FLAIR = Path(__file__).parents[2].parent / "shared/data/lesions/ms_patient07/FLAIR.nii.gz"
pytestmark = pytest.mark.skipif(not FLAIR.exists(), reason="the real scan is not beside the project")


@pytest.fixture
def person(sit_down):
    someone = sit_down()
    someone.open(FLAIR)
    someone.choose("New mask")
    return someone


def mask(person):
    return person.layers[-1].data.array


def around(person, half: int) -> list[QPoint]:
    """A square around the middle of the pane."""
    middle = person.canvas(AXIAL).rect().center()
    corners = ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half + 3))
    return [middle + QPoint(*corner) for corner in corners]


def refine(person, title: str) -> None:
    """Choose an operation by keys and apply it."""
    person.open_tab("Refine")
    box = next(b for b in person.window.findChildren(QComboBox) if b.accessibleName() == "Operation")
    box.setFocus()
    for key in (Qt.Key.Key_Home, *[Qt.Key.Key_Down] * box.count()):
        if box.currentText() == title:
            break
        QTest.keyClick(box, key)
    assert box.currentText() == title
    person.press("Apply")
    person.wait_idle()


def slices_of(array) -> list[int]:
    return sorted(set(np.argwhere(array)[:, 2].tolist()))


def test_lasso_on_three_slices_interpolate_smooth_undo_all_redo_all(person):
    person.choose("Lasso")
    contents = [mask(person).copy()]
    for half in (20, 26, 20):
        person.drag(AXIAL, *around(person, half))
        contents.append(mask(person).copy())
        person.wheel(AXIAL, 3)
    drawn = slices_of(mask(person))
    assert len(drawn) == 3 and drawn[2] - drawn[0] == 6
    refine(person, "Interpolate between slices")
    contents.append(mask(person).copy())
    assert len(slices_of(mask(person))) == 7
    refine(person, "Smooth")
    contents.append(mask(person).copy())
    assert not np.array_equal(contents[-1], contents[-2])
    for before in reversed(contents[:-1]):
        person.key(Qt.Key.Key_Z, CTRL)
        assert np.array_equal(mask(person), before)
    for after in contents[1:]:
        person.key(Qt.Key.Key_Z, CTRL | SHIFT)
        assert np.array_equal(mask(person), after)


def test_a_polygon_by_clicks_and_keys(person):
    person.choose("Polygon")
    for corner in around(person, 30)[:4]:
        person.click(AXIAL, corner)
    assert not mask(person).any()
    person.key(Qt.Key.Key_Backspace)
    person.key(Qt.Key.Key_Return)
    triangle = int(mask(person).sum())
    person.key(Qt.Key.Key_Z, CTRL)
    for corner in around(person, 30)[:4]:
        person.click(AXIAL, corner)
    person.key(Qt.Key.Key_Return)
    assert int(mask(person).sum()) == pytest.approx(2 * triangle, rel=0.1)


def test_a_wand_by_click_and_escape_puts_it_down(person):
    person.choose("Magic wand")
    person.click(AXIAL, person.canvas(AXIAL).rect().center())
    assert mask(person).any() and len(slices_of(mask(person))) == 1
    person.key(Qt.Key.Key_Escape)
    assert person.state.view.tool.value == "navigate"
