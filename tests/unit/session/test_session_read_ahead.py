"""The next case is read while somebody works on this one: used where it is right, let go where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from worklist_folders import plain_folder, write_mask
from worklist_office import Office, voxels

from medview.session.worklist import way


@pytest.fixture
def office(tmp_path):
    made = Office(plain_folder(tmp_path / "scans"), tmp_path)
    made.worklist.go_to("anna")
    yield made
    made.workflows.recovery.end()


@pytest.fixture
def reads(monkeypatch):
    """Ids of the cases that were read when they were asked for."""
    found = []
    real = way.read_case

    def counted(payload, arrays, link):
        found.append(payload["case"].id)
        return real(payload, arrays, link)

    monkeypatch.setattr(way, "read_case", counted)
    return found


def test_what_was_read_ahead_opens_without_reading_it_again(office, reads) -> None:
    office.worklist.read_ahead("bert")
    office.worklist.go_to("bert")
    assert reads == [] and [layer.name for layer in office.session.state.layers] == ["bert", "bert AB"]
    office.paint()
    office.worklist.go_to("cleo")
    assert reads == ["cleo"] and voxels(office.root / "masks/AB/bert.nii.gz") == 4


def test_another_case_than_the_one_read_ahead_is_read(office, reads) -> None:
    office.worklist.read_ahead("bert")
    office.worklist.go_to("cleo")
    assert reads == ["cleo"] and office.worklist.list.current == "cleo"


def test_a_mask_that_was_changed_meanwhile_is_read_again(office, reads) -> None:
    office.worklist.read_ahead("bert")
    write_mask(office.root / "masks/AB/bert.nii.gz", np.s_[1:3, 1:3, 1:3])
    office.worklist.go_to("bert")
    assert reads == ["bert"] and int(office.worklist.mask.data.array.sum()) == 8


def test_a_case_is_used_once_so_that_nothing_painted_comes_back(office, reads) -> None:
    office.worklist.read_ahead("bert")
    office.worklist.go_to("bert")
    office.paint()
    office.session.undo()
    office.worklist.go_to("anna")
    office.worklist.go_to("bert")
    assert reads == ["anna", "bert"] and not office.worklist.mask.data.array.any()


def test_a_case_that_cannot_be_read_ahead_is_told_only_when_it_is_asked_for(office) -> None:
    (office.root / "bert.nii.gz").write_bytes(b"no scan")
    office.worklist.read_ahead("bert")
    assert office.failed == []
    office.worklist.go_to("bert")
    assert len(office.failed) == 1 and office.worklist.list.current == "anna"
