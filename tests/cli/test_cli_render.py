"""`medview render`: its words, what it refuses, and a copy of a scene that needs no renderer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "unit" / "session"))
from field_folders import make_field


@pytest.fixture
def field(tmp_path):
    return make_field(tmp_path / "cavity.field")


def test_a_copy_is_made_and_told_of(medview, field, tmp_path):
    answer = medview("render", field, "-o", tmp_path / "copy.field", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["files"] == 6 and answer.json["path"] == str(tmp_path / "copy.field")
    assert (tmp_path / "copy.field" / "placement.json").is_file()


@pytest.mark.parametrize(
    ("out", "more", "words"),
    [
        ("a.xyz", (), "the name must end with"),
        ("a.png", ("--view", "none.png"), "none among its 10 views"),
        ("a.stl", (), "cannot say that the scale is arbitrary"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_line(medview, field, tmp_path, out, more, words):
    line = medview("render", field, "-o", tmp_path / out, *more).demand_refusal()
    assert words in line
    assert not (tmp_path / out).exists()


def test_a_folder_that_is_no_scene_is_refused(medview, tmp_path):
    line = medview("render", tmp_path, "-o", tmp_path / "a.png").demand_refusal()
    assert "field.json" in line


def test_wrong_words_are_told(medview, field, tmp_path):
    both = medview("render", field, "-o", tmp_path / "a.png", "--view", "a", "--camera", "b.json")
    assert both.code == 2 and "not allowed with" in both.err
    assert medview("render", field, "-o", tmp_path / "a.mp4", "--fps", "0").code == 2
