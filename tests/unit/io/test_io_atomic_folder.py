"""A folder is swapped whole, or the earlier one is there as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from medview.core.errors import RunFailed
from medview.io.atomic_folder import replacing_folder


def test_a_swap_that_fails_leaves_the_earlier_folder(tmp_path, monkeypatch):
    target = tmp_path / "frames"
    target.mkdir()
    (target / "mark").write_text("old")
    rename = Path.rename

    def refuse_draft(path, to):
        if path.name.endswith(".part"):
            raise OSError(5, "Input/output error")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refuse_draft)
    with pytest.raises(RunFailed), replacing_folder(target, "mark") as draft:
        (draft / "mark").write_text("new")
    assert (target / "mark").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_what_lies_beside_the_folder_is_left_alone(tmp_path):
    for name in (".frames.old", ".frames.part"):
        (tmp_path / name).mkdir()
    with replacing_folder(tmp_path / "frames", "mark") as draft:
        (draft / "mark").write_text("new")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".frames.old", ".frames.part", "frames"]
