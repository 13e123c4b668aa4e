"""A glioma on a real FLAIR, outlined by clicks: each undone alone, nothing locked touched, all recovered."""

from __future__ import annotations

import shutil
import time

import nibabel as nib
import numpy as np
import pytest
from person import AXIAL, CTRL, LEFT, NO_KEYS, SHIFT
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from scipy import ndimage

from medview.core.labels import LabelEntry, Patch
from medview.present.plane_frame import vector_of
from medview.session.commands import ApplyPatches
from medview.session.journal.catalogue import orphans
from medview.session.journal.replay import replay
from medview.session.labels.table import set_table

RIGHT = Qt.MouseButton.RightButton


@pytest.fixture
def tumour(shared_data):
    """The scan's path, the tumour as others drew it, and its grid."""
    folder = shared_data / "lesions" / "tumour_TCGA-FG-6692"
    scan, drawn = folder / "fla_bet.nii.gz", folder / "seg_fusion_mav.nii.gz"
    if not (scan.is_file() and drawn.is_file()):
        pytest.skip("the glioma (tumour_TCGA-FG-6692) is not beside this checkout")
    image = nib.as_closest_canonical(nib.load(drawn))
    return scan, np.asanyarray(image.dataobj) > 0, image.affine


def ras(affine, *ijk):
    return vector_of(affine[:3, :3] @ np.asarray(ijk, float) + affine[:3, 3])


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


class Desk:
    """The tumour's largest slice on show, an empty mask over it, Smart click in the hand."""

    def __init__(self, person, scan, truth, affine):
        self.person, self.truth, self.affine = person, truth, affine
        person.open(scan)
        person.choose("New mask")
        self.k = int(truth.sum((0, 1)).argmax())
        self.deep = ndimage.distance_transform_edt(truth[:, :, self.k])
        middle = np.unravel_index(self.deep.argmax(), self.deep.shape)
        person.app.session.set_view(cursor_ras=ras(affine, *middle, self.k), crosshair=False)
        person.key(Qt.Key.Key_C)
        person.settle()

    @property
    def mask(self):
        return self.person.layers[-1].data.array

    @property
    def found(self):
        return self.mask[:, :, self.k] == 1

    @property
    def dots(self):
        clicks = self.person.app.view.slices[AXIAL].scene._plan.clicks
        return (0, 0) if clicks is None else (len(clicks.include_ras), len(clicks.exclude_ras))

    def answer_with(self, words):
        box = next(
            b
            for b in self.person.window.findChildren(QComboBox)
            if b.accessibleName() == "What answers a smart click"
        )
        box.setFocus()
        for key in (Qt.Key.Key_Home, *[Qt.Key.Key_Down] * box.count()):
            if box.currentText() == words:
                break
            QTest.keyClick(box, key)
        assert box.currentText() == words
        self.person.wait_idle()

    def click(self, i, j, button=LEFT):
        """Click, and wait until it is answered."""
        said = []
        told = self.person.app.workflows.told
        told.connect(said.append)
        canvas = self.person.canvas(AXIAL)
        QTest.mouseClick(canvas, button, NO_KEYS, self.person.spot(AXIAL, ras(self.affine, i, j, self.k)))
        self.person.wait(lambda: any(" include, " in words for words in said), "the answer", 120)
        self.person.settle()
        told.disconnect(said.append)
        return said[-1]

    def lacking(self):
        """Where most is missing."""
        missing = ndimage.distance_transform_edt(self.truth[:, :, self.k] & ~self.found)
        return np.unravel_index(missing.argmax(), missing.shape)

    def too_much(self):
        """Where most is wrong; beside the tumour where nothing is."""
        wrong = ndimage.distance_transform_edt(self.found & ~self.truth[:, :, self.k])
        if wrong.max() > 0:
            return np.unravel_index(wrong.argmax(), wrong.shape)
        return np.argwhere(ndimage.binary_dilation(self.truth[:, :, self.k], iterations=6))[0]


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("shipped_models")
def test_clicks_follow_undo_alone_spare_locked_labels_and_come_back(sit_down, tumour, tmp_path, monkeypatch):
    monkeypatch.setenv("MEDVIEW_JOURNAL_DIR", str(tmp_path / "journals"))
    desk = Desk(sit_down(), *tumour)
    desk.answer_with("Instant (no model)")
    locked = lock_a_corner(desk)

    states = [(desk.mask.copy(), desk.dots)]
    places = [np.argwhere(desk.deep > 0.6 * desk.deep.max())[0]]
    desk.click(*places[0])
    states.append((desk.mask.copy(), desk.dots))
    for _ in range(2):
        desk.click(*desk.lacking())
        states.append((desk.mask.copy(), desk.dots))
    sentence = desk.click(*desk.too_much(), button=RIGHT)
    states.append((desk.mask.copy(), desk.dots))
    assert "(3 include, 1 exclude)" in sentence and desk.dots == (3, 1)
    assert dice(desk.found, desk.truth[:, :, desk.k] & (desk.mask[:, :, desk.k] != 2)) > 0.75
    np.testing.assert_array_equal(desk.mask == 2, locked)

    titles = []
    for kept, dots in states[-2::-1]:
        titles.append(desk.person.app.session.undo_stack.undo_title)
        desk.person.key(Qt.Key.Key_Z, CTRL)
        np.testing.assert_array_equal(desk.mask, kept)
        assert desk.dots == dots
    assert titles == [f"Smart click {n} on Mask" for n in (4, 3, 2, 1)]
    for kept, dots in states[1:]:
        desk.person.key(Qt.Key.Key_Z, CTRL | SHIFT)
        np.testing.assert_array_equal(desk.mask, kept)
        assert desk.dots == dots

    recorded = desk.mask.copy()
    replayed = replay_of(tmp_path)
    np.testing.assert_array_equal(replayed.state.layers[-1].data.array, recorded)
    assert replayed.undo_stack.undo_title == "Smart click 4 on Mask"


def replay_of(folder):
    """The session that a start after a kill would bring back: what lies on the disk after two seconds."""
    time.sleep(2)
    shutil.copytree(folder / "journals", folder / "left behind")
    (left,) = orphans(folder / "left behind")
    try:
        return replay(left).session
    finally:
        left.release()


def lock_a_corner(desk):
    """A second label over a part of the tumour, locked; every label may be overwritten otherwise."""
    session, layer = desk.person.app.session, desk.person.layers[-1]
    part = Patch((0, 0, desk.k), np.zeros((*desk.deep.shape, 1), np.uint8))
    middle = np.unravel_index(desk.deep.argmax(), desk.deep.shape)
    corner = slice(middle[0] + 3, None), slice(middle[1] + 3, None)
    part.values[..., 0][corner] = 2 * desk.truth[..., desk.k][corner]
    table = layer.data.table
    open_entry = LabelEntry(value=2, name="Done", colour=(20, 90, 230))
    set_table(session, layer.id, table.with_entry(open_entry), "Add Done")
    session.do(ApplyPatches.of("Done", layer.id, [part]))
    locked_entry = LabelEntry(value=2, name="Done", colour=(20, 90, 230), locked=True)
    set_table(session, layer.id, table.with_entry(locked_entry), "Lock Done")
    session.set_view(label_value=1)
    desk.person.settle()
    return desk.mask == 2


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("shipped_models")
def test_the_model_answers_in_a_process_of_its_own_and_each_answer_is_taken_back(sit_down, tumour):
    desk = Desk(sit_down(), *tumour)
    app = desk.person.app
    if app.workflows.clicking.why_no_model():
        pytest.skip("the weights of PE-MED are not in models/")
    desk.person.wait_idle(180)
    places = np.argwhere(desk.deep > 0.6 * desk.deep.max())
    states = []
    for place in (places[0], places[-1]):
        states.append(desk.mask.copy())
        desk.click(*place)
        assert not np.array_equal(desk.mask, states[-1])
    assert app.clicks_lane is not app.models_lane and desk.dots == (2, 0)
    for kept, dots in ((states[1], (1, 0)), (states[0], (0, 0))):
        desk.person.key(Qt.Key.Key_Backspace)
        np.testing.assert_array_equal(desk.mask, kept)
        assert desk.dots == dots
