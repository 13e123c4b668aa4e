"""The answer to a click: shapes, memory, undo, prompts, refusals. The weights are fresh ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pe_med_parts import SMALL, FakeLink, ask, model_folder

from medview.core.errors import Cancelled, InputRefused
from medview.core.geometry import Geometry
from medview.ml.context import RunContext
from medview.ml.registry import installed
from medview.ml.request import InputArray, RunRequest
from medview.ml.spec import Task
from medview.zoo.interactive.pe_med.clicking import NOTHING, answer, asked
from medview.zoo.interactive.pe_med.pipeline import box_around, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("pe-med"))


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).normal(100, 20, (90, 120)).astype(np.float32)


def test_an_answer_lies_on_the_slices_own_pixels(folder: Path, image: np.ndarray) -> None:
    facts, made = ask(folder, image, include=[[40, 60.5]])
    assert {name: (array.shape, array.dtype.name) for name, array in made.items()} == {
        "mask": ((90, 120), "uint8"),
        "probability": ((90, 120), "float32"),
        "memory": ((90, 120), "float32"),
    }
    assert ((made["probability"] > 0.5) == made["mask"]).all()
    assert facts["passes"] == 2
    assert facts["seconds"] > 0


def test_the_same_question_has_the_same_answer_bit_for_bit(folder: Path, image: np.ndarray) -> None:
    first, again = (ask(folder, image, include=[[40, 60]])[1] for _ in range(2))
    assert all((first[name] == again[name]).all() for name in first)


def test_undoing_a_click_gives_what_was_there_and_redoing_what_came(folder: Path, image: np.ndarray) -> None:
    _, a = ask(folder, image, include=[[40, 60]])
    before = {"mask": a["mask"], "memory": a["memory"]}
    _, b = ask(folder, image, before, include=[[40, 60]], exclude=[[10, 10]], is_first=False)
    _, undone = ask(folder, image, include=[[40, 60]])
    _, redone = ask(folder, image, before, include=[[40, 60]], exclude=[[10, 10]], is_first=False)
    assert (undone["memory"] == a["memory"]).all()
    assert (redone["memory"] == b["memory"]).all()
    assert (a["memory"] != b["memory"]).any()


def test_self_loop_runs_only_where_nothing_is_known(folder: Path, image: np.ndarray) -> None:
    mask = np.zeros(image.shape, np.uint8)
    mask[30:50, 40:70] = 1
    assert ask(folder, image, include=[[40, 60]], self_loop=0)[0]["passes"] == 1
    assert ask(folder, image, include=[[40, 60]], self_loop=3)[0]["passes"] == 4
    assert ask(folder, image, {"mask": mask}, include=[[40, 60]])[0]["passes"] == 1


def test_a_mask_that_was_painted_since_counts_more_than_the_memory(image: np.ndarray) -> None:
    memory = np.full(image.shape, 2.0, np.float32)
    mask = np.ones(image.shape, np.uint8)
    mask[:10] = 0
    payload = {"include": [[40, 60]], "exclude": []}
    question = asked(payload, {"image": image, "mask": mask, "memory": memory})
    assert question.start is not None
    assert question.start[20, 20] == 2.0
    assert question.start[5, 5] == pytest.approx(NOTHING)


def test_nothing_is_found_outside_of_a_box(folder: Path, image: np.ndarray) -> None:
    _, made = ask(folder, image, box=[[20, 30], [60, 80]])
    outside = np.ones(image.shape, bool)
    outside[20:61, 30:81] = False
    assert not made["mask"][outside].any()
    assert made["memory"][outside] == pytest.approx(NOTHING)


def test_regions_of_a_volume_are_answered_by_their_own_weights(tmp_path: Path, folder: Path) -> None:
    region = np.random.default_rng(0).normal(size=(24, 40, 40)).astype(np.float32)
    own = model_folder(tmp_path / "own", replace(SMALL, dims=3, grid=32, detail=4))
    facts, made = ask(own, region, include=[[12, 20, 20]], spacing_mm=[3.0, 1.0, 1.0])
    assert made["mask"].shape == region.shape
    assert facts["grid"] == 32
    with pytest.raises(InputRefused, match="not for regions"):
        ask(folder, region, include=[[12, 20, 20]])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"include": []}, "no click"),
        ({"include": [[np.nan, 3]]}, "lies nowhere"),
        ({"spacing_mm": [1.0]}, "pixel size"),
    ],
)
def test_questions_that_make_no_sense_are_refused(
    folder: Path, image: np.ndarray, change: dict[str, object], words: str
) -> None:
    with pytest.raises(InputRefused, match=words):
        ask(folder, image, **{"include": [[40, 60]], **change})


def test_arrays_that_do_not_fit_are_refused(folder: Path, image: np.ndarray) -> None:
    with pytest.raises(InputRefused, match="mask"):
        ask(folder, image, {"mask": np.zeros((3, 3), np.uint8)}, include=[[40, 60]])
    with pytest.raises(InputRefused, match="no scan"):
        ask(folder, np.full((20, 20), np.nan, np.float32), include=[[4, 6]])


def test_a_newer_click_ends_the_work(folder: Path, image: np.ndarray) -> None:
    arrays = {"image": image, "mask": np.zeros(image.shape, np.uint8)}
    payload = {"weights": str(folder), "include": [[40, 60]], "exclude": []}
    with pytest.raises(Cancelled):
        answer(payload, arrays, FakeLink(folder, cancelled=True))


def request_for(folder: Path, **params: object) -> RunRequest:
    scan = np.random.default_rng(0).normal(100, 20, (60, 50, 40)).astype(np.float32)
    given = InputArray(array=scan, geometry=Geometry(scan.shape, np.diag([1.0, 1.0, 2.0, 1.0])))
    settings = {"include": "", "exclude": "", "reach": "slice", "threshold": 0.5, **params}
    return RunRequest(
        model_id="pe-med", version="1.0", inputs={"image": given}, params=settings, weights=folder
    )


def test_the_model_is_listed_as_interactive_and_a_run_without_clicks_says_what_to_do(
    tmp_path: Path, folder: Path
) -> None:
    assert installed().find("pe-med").task is Task.INTERACTIVE
    with pytest.raises(InputRefused, match="clicks") as refusal:
        run(request_for(folder), RunContext(scratch=tmp_path))
    assert "medview open" in refusal.value.hint


def test_a_run_answers_clicks_that_are_told_as_voxels(tmp_path: Path, folder: Path) -> None:
    request = request_for(folder, include="30,20,7; 31,20,7", exclude="5,5,7")
    found = run(request, RunContext(scratch=tmp_path))["object"]
    image = request.first.array[:, :, 7]
    _, wanted = ask(folder, image, include=[[30, 20], [31, 20]], exclude=[[5, 5]])
    assert (found[:, :, 7] == wanted["mask"]).all()
    assert not np.delete(found, 7, 2).any()


@pytest.mark.parametrize(
    ("include", "words"),
    [("1,2", "three numbers"), ("a,b,c", "no voxels"), ("99,2,3", "outside"), ("1,1,1;1,1,2", "one slice")],
)
def test_voxels_that_cannot_be_clicked_are_refused(
    tmp_path: Path, folder: Path, include: str, words: str
) -> None:
    with pytest.raises(InputRefused, match=words):
        run(request_for(folder, include=include), RunContext(scratch=tmp_path))


def test_a_region_holds_all_clicks_and_stays_in_the_scan() -> None:
    clicks = np.array([[10, 90, 3], [40, 99, 5]])
    assert box_around(clicks, (200, 100, 8), False) == (slice(0, 64), slice(36, 100), slice(0, 8))
    with pytest.raises(InputRefused, match="64 voxels"):
        box_around(np.array([[0, 0, 0], [90, 0, 0]]), (200, 100, 8), False)
