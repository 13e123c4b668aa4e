"""Bad inputs dropped on the window: one sentence in the message bar, nothing lost."""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np
import pytest
from person import AXIAL


def cut(path, head):
    path.write_bytes(head.read_bytes()[: head.stat().st_size // 3])


def empty(path, head):
    path.write_bytes(b"")


def text(path, head):
    path.write_text("this is a letter, not a scan\n" * 50)


def huge(path, head):
    header = nib.Nifti1Header()
    header.set_data_shape((32000, 32000, 32000))
    header.set_data_dtype(np.float32)
    with gzip.open(path, "wb") as file:
        file.write(header.binaryblock + b"\0" * 4096)


def flat(path, head):
    path.write_bytes(gzip.compress(b"\0" * 348))


def folder(path, head):
    path.mkdir()
    (path / "notes.txt").write_text("no scans here")


def gone(path, head):
    """Nothing is there."""


@pytest.fixture
def person(sit_down, head_study):
    someone = sit_down()
    someone.open(head_study / "t2.nii.gz")
    return someone


@pytest.mark.parametrize("spoil", [cut, empty, text, huge, flat, folder, gone])
def test_a_bad_input_is_one_sentence_and_nothing_is_lost(person, head_study, tmp_path, spoil):
    path = tmp_path / f"{spoil.__name__} of Zoë <b>&amp;.nii.gz"
    spoil(path, head_study / "t1.nii.gz")
    names, cursor, picture = person.names, person.state.view.cursor_ras, person.picture(AXIAL)
    undo = person.app.session.undo_stack.undo_title
    person.open(path)
    assert spoil.__name__ in person.message, person.message
    assert "\n" not in person.message
    assert "Traceback" not in person.message
    assert "Error" not in person.message, person.message
    assert person.message.rstrip().endswith(".")
    assert (person.names, person.state.view.cursor_ras) == (names, cursor)
    assert person.app.session.undo_stack.undo_title == undo
    after = person.picture(AXIAL)
    if after.shape == picture.shape:
        assert np.abs(after.astype(int) - picture).mean() < 1


def test_the_good_ones_of_a_mixed_drop_are_opened(person, head_study, tmp_path):
    bad = tmp_path / "bad.nii.gz"
    empty(bad, None)
    person.open(bad, head_study / "t1.nii.gz")
    assert len(person.layers) == 2
    assert "bad.nii.gz" in person.message


def test_a_refused_first_file_leaves_the_start_page(sit_down, tmp_path):
    person = sit_down()
    bad = tmp_path / "bad.nii.gz"
    text(bad, None)
    person.open(bad)
    assert "bad.nii.gz" in person.message
    assert person.layers == ()
    assert person.button(" Open a scan").isVisible()
