"""Commands whose disk is full: exit code 4, one sentence, what was there is still there."""

from __future__ import annotations

import pytest

from tests.cli.test_cli_models import LITTLE, settings, subjects  # noqa: F401  (a fixture)


@pytest.fixture
def old_result(small_disk):
    """A disk with a few kilobytes left, on which an earlier result lies."""
    disk = small_disk(24)
    (disk / "vessels.nii.gz").write_bytes(b"an earlier result")
    (disk / "something else").write_bytes(bytes(16_000))
    return disk / "vessels.nii.gz"


def test_a_run_whose_result_finds_no_room(here, head_study, vessel_weights, old_result):
    scan = head_study / "t2.nii.gz"
    words = ("run", "t2-vessels", f"t2={scan}", "--weights", vessel_weights, "--runtime", "torch")
    said = here(*words, "-o", old_result.parent, "--set", "probability=true")
    assert "disk is full" in said.demand_refusal(4)
    assert not [path.name for path in old_result.parent.iterdir() if path.name.startswith(".medview")]
    assert here(*words, "-o", old_result.parent.parent / "elsewhere").code == 0


def test_a_conversion_that_finds_no_room(here, head_study, old_result):
    said = here("convert", head_study / "t2.nii.gz", old_result)
    line = said.demand_refusal(4)
    assert line == (
        "error: Cannot save vessels.nii.gz: the disk is full. Free some space, or save to another disk."
    )
    assert old_result.read_bytes() == b"an earlier result"
    assert sorted(path.name for path in old_result.parent.iterdir()) == ["something else", "vessels.nii.gz"]


@pytest.mark.parametrize("kilobytes", [4, 40, 1200])
def test_a_training_that_finds_no_room(medview, subjects, small_disk, kilobytes):  # noqa: F811
    disk = small_disk(kilobytes)
    words = ("train", "t2-vessels", "--data", subjects, "--out", disk / "mine", "--device", "cpu")
    line = medview(*words, *settings(*LITTLE), seconds=200).demand_refusal(4)
    assert line.startswith("error: The training in mine stopped: the disk is full.")
    assert not list(disk.rglob("*.part"))
