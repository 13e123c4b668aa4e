"""Open: command line, drop, recent; slices right in patient space; wheel, window, maximise."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from person import AXIAL, CORONAL, CTRL, SAGITTAL, SHIFT
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from medview.core.state import Layout

MARK_RAS = (-24.0, 31.0, 12.0)


@pytest.fixture
def marked(tmp_path):
    """A scan with stored axes L, P, S and a bright cube at a patient position chosen beforehand."""
    affine = np.array([[-2.0, 0, 0, 60], [0, -2.0, 0, 70], [0, 0, 3.0, -40], [0, 0, 0, 1]])
    data = np.zeros((60, 70, 30), np.int16)
    data[4:-4, 4:-4, 2:-2] = 300
    i, j, k = np.round(np.linalg.inv(affine) @ (*MARK_RAS, 1))[:3].astype(int)
    data[i - 2 : i + 3, j - 2 : j + 3, k - 1 : k + 2] = 1000
    path = tmp_path / "Größe of spaces.nii.gz"
    nib.save(nib.Nifti1Image(data, affine), path)
    return path


@pytest.fixture
def person(sit_down, marked):
    """Someone who has just opened the marked scan, and shows its whole range of values."""
    someone = sit_down()
    someone.open(marked)
    someone.choose("Full range")
    return someone


def bright_places(picture):
    """Middle (x, y) of what is nearly white, texts and lines left out by their thinness."""
    white = (picture.min(-1) > 235).astype(int)
    from scipy import ndimage

    solid = ndimage.binary_erosion(white, np.ones((5, 5)))
    ys, xs = np.nonzero(solid)
    return (float(xs.mean()), float(ys.mean())) if len(xs) else None


def test_a_marker_lies_where_its_patient_position_says(person, marked):
    session = person.app.session
    session.set_view(cursor_ras=MARK_RAS, crosshair=False, interpolate=False)
    for pane, axes in ((AXIAL, (0, 1)), (CORONAL, (0, 2)), (SAGITTAL, (1, 2))):
        place = bright_places(person.picture(pane))
        assert place is not None, f"the marker is not seen in the {pane.value} pane"
        session.set_view(cursor_ras=(0.0, 0.0, 0.0))
        session.set_view(cursor_ras=MARK_RAS)
        person.click(pane, QPoint(round(place[0]), round(place[1])))
        cursor = np.array(person.state.view.cursor_ras)
        assert np.abs(cursor - MARK_RAS).max() < 2.0, (pane, cursor)
        assert np.abs(cursor[list(axes)] - np.array(MARK_RAS)[list(axes)]).max() < 2.0
        session.set_view(cursor_ras=MARK_RAS)


def test_left_of_the_patient_is_on_the_right_and_the_letters_say_so(person, marked):
    person.app.session.set_view(cursor_ras=MARK_RAS, crosshair=False)
    for pane, is_right in ((AXIAL, True), (CORONAL, True), (SAGITTAL, False)):
        x, y = bright_places(person.picture(pane))
        canvas = person.canvas(pane)
        # the marker is left, anterior and superior of the patient's origin
        assert (x > canvas.width() / 2) == is_right
        assert y < canvas.height() / 2
        letters = person.app.view.slices[pane].scene._plan.letters
        assert letters == {AXIAL: ("R", "L", "A", "P"), CORONAL: ("R", "L", "S", "I"),
                           SAGITTAL: ("A", "P", "S", "I")}[pane]  # fmt: skip


def test_the_wheel_moves_by_one_slice_of_the_scan(person, marked):
    before = np.array(person.state.view.cursor_ras)
    person.wheel(AXIAL, 3)
    assert np.allclose(np.array(person.state.view.cursor_ras) - before, (0, 0, 9), atol=1.6)
    here = np.array(person.state.view.cursor_ras)
    person.wheel(AXIAL, -1)
    assert np.allclose(np.array(person.state.view.cursor_ras) - here, (0, 0, -3))
    person.wheel(SAGITTAL, 1)
    assert np.isclose(person.state.view.cursor_ras[0] - here[0], 2)
    person.wheel(AXIAL, 500)
    assert person.state.view.cursor_ras[2] == pytest.approx(-40 + 29 * 3)


def test_ctrl_wheel_zooms_and_leaves_the_slice(person, marked):
    cursor = person.state.view.cursor_ras
    mm = person.app.view.slices[AXIAL].scene.mm_per_pixel
    person.wheel(AXIAL, 2, CTRL)
    assert person.app.view.slices[AXIAL].scene.mm_per_pixel < 0.9 * mm
    assert person.state.view.cursor_ras == cursor


def test_a_drag_with_the_window_tool_changes_what_is_seen(person, marked):
    tissue = (20.0, 20.0, MARK_RAS[2])
    before = person.colour(AXIAL, tissue)
    middle = person.canvas(AXIAL).rect().center()
    person.choose("Window")
    person.drag(AXIAL, middle, middle + QPoint(0, -20), middle + QPoint(0, -60))
    after = person.colour(AXIAL, tissue)
    assert (after > before + 10).all(), (before, after)
    assert person.state.active_image.display.level != pytest.approx(500, abs=1)


def test_a_double_click_fills_the_window_and_another_comes_back(person, marked):
    wide = person.canvas(CORONAL).width()
    person.double_click(CORONAL, QPoint(60, 60))
    assert person.state.view.layout is Layout.CORONAL
    assert person.canvas(CORONAL).width() > 1.5 * wide
    assert not person.canvas(AXIAL).isVisible()
    person.double_click(CORONAL, QPoint(60, 60))
    assert person.state.view.layout is Layout.FOUR_UP
    assert person.canvas(AXIAL).isVisible()


def test_a_right_drag_zooms_and_a_middle_drag_moves(person, marked):
    middle = person.canvas(AXIAL).rect().center()
    mm = person.app.view.slices[AXIAL].scene.mm_per_pixel
    person.drag(AXIAL, middle, middle + QPoint(0, -40), button=Qt.MouseButton.RightButton)
    assert person.app.view.slices[AXIAL].scene.mm_per_pixel != pytest.approx(mm)
    centre = np.array(person.app.view.slices[AXIAL].scene.ras_at(100, 100))
    person.drag(AXIAL, middle, middle + QPoint(30, 0), button=Qt.MouseButton.MiddleButton)
    moved = np.array(person.app.view.slices[AXIAL].scene.ras_at(100, 100)) - centre
    assert moved[0] > 0


def test_files_named_at_the_start_are_opened_and_remembered(sit_down, head_study):
    first = sit_down(paths=(head_study / "t2.nii.gz",), layout=Layout.AXIAL)
    first.wait_idle()
    assert first.names == ["t2"] or len(first.layers) == 1
    assert first.state.view.layout is Layout.AXIAL
    first.leave()
    second = sit_down()
    second.wait(lambda: second.app.recent.entries, "the recent list", 10)
    second.press("t2.nii.gz")
    second.wait_idle()
    assert len(second.layers) == 1


def test_files_can_be_dropped_together_and_are_one_step(sit_down, head_study):
    person = sit_down()
    person.open(head_study / "t2.nii.gz")
    person.drop(head_study / "t1.nii.gz", head_study / "flair.nii.gz", onto=person.window.centralWidget())
    person.wait_idle()
    assert len(person.layers) == 3
    person.key(Qt.Key.Key_Z, CTRL)
    assert len(person.layers) == 1
    person.key(Qt.Key.Key_Z, CTRL | SHIFT)
    assert len(person.layers) == 3


def test_a_real_scan_opens_scrolls_and_is_seen(sit_down, shared_data):
    person = sit_down()
    path = shared_data / "brain_multimodal" / "stroke_cstar" / "T2.nii.gz"
    stored = nib.load(path)
    person.open(path)
    assert person.message == ""
    base = person.state.base
    spacing = np.sort(base.geometry.spacing_mm)
    assert np.allclose(spacing, np.sort(stored.header.get_zooms()[:3]), atol=1e-3)
    for pane in (AXIAL, CORONAL, SAGITTAL):
        picture = person.picture(pane).mean(-1)
        assert (picture > 40).mean() > 0.05, f"the {pane.value} pane is dark"
    before = person.picture(AXIAL)
    cursor = np.array(person.state.view.cursor_ras)
    person.wheel(AXIAL, 2)
    step = np.linalg.norm(np.array(person.state.view.cursor_ras) - cursor)
    assert step > spacing[0]
    assert (person.picture(AXIAL) != before).any()


def test_what_the_mouse_is_over_is_read_out(person, marked):
    person.app.session.set_view(cursor_ras=MARK_RAS)
    person.settle()
    QTest.mouseMove(person.canvas(AXIAL), person.spot(AXIAL, MARK_RAS))
    person.wait(lambda: "1000" in person.words, "the value of the marker in the status bar", 5)
