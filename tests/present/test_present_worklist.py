"""The panel of cases: what it shows, what its buttons and keys do, when it asks, what its clock counts."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from worklist_folders import bids_folder, plain_folder, write_mask

from medview.core.labels import Patch
from medview.present import worklist_presenter
from medview.present.time_words import about_words, time_words
from medview.present.worklist_plan import pace_words
from medview.session import masks
from medview.session.worklist.progress import Progress


@pytest.fixture
def listed(desk, tmp_path):
    """A program with a work list of three cases open, and a name in its preferences."""
    desk.settings.set("annotator", "AB")
    desk.views.worklist.folder = plain_folder(tmp_path / "scans")
    desk.run("file.open_worklist")
    yield desk
    desk.workflows.recovery.end()


def panel(desk):
    return desk.views.worklist


def paint(desk, at=(2, 2, 2), layer_id=None):
    with desk.session.stroke(layer_id or desk.workflows.worklist.mask.id, "Paint") as stroke:
        stroke.apply(Patch(at, np.ones((2, 2, 1), np.uint8)))


def mask_file(desk, case, who="AB"):
    return panel(desk).folder / "masks" / who / f"{case}.nii.gz"


def test_without_a_list_the_panel_is_empty_and_every_action_says_why(desk) -> None:
    assert panel(desk).plan.title == "" and panel(desk).plan.rows == ()
    for action in ("cases.next", "cases.done_next", "cases.close", "cases.table"):
        assert "Open a work list first" in desk.why_not(action)


def test_the_first_time_it_asks_for_the_name_and_keeps_it(desk, tmp_path) -> None:
    panel(desk).folder = plain_folder(tmp_path / "scans")
    desk.run("file.open_worklist")
    assert panel(desk).plan.title == "" and desk.window.errors == []
    desk.window.answers["text"] = " Ada B. "
    desk.run("file.open_worklist")
    assert panel(desk).plan.title == "scans" and panel(desk).plan.annotators == ("Ada-B",)
    assert desk.settings.value("annotator") == "Ada B." and panel(desk).reveals == 1
    assert panel(desk).plan.rule == "Saved to masks/Ada-B/CASE.nii.gz"


def test_the_list_tells_states_progress_and_reasons(listed) -> None:
    plan = panel(listed).plan
    assert panel(listed).states == {"anna": "to do", "bert": "to do", "cleo": "to do"}
    assert plan.progress == "0 of 3 done" and plan.part == 0 and "timed" in plan.pace
    assert "Open a case" in listed.why_not("cases.done_next") and not listed.why_not("cases.next")


def test_a_chosen_case_opens_and_shows_itself_in_work_once_painted(listed) -> None:
    panel(listed).case_chosen.emit("bert")
    assert panel(listed).plan.current == "bert" and listed.window.title[0].startswith("bert")
    paint(listed)
    listed.pass_time()
    assert panel(listed).states["bert"] == "in work" and not mask_file(listed, "bert").exists()


def test_done_and_next_saves_notes_and_opens_the_next_without_a_question(listed) -> None:
    listed.run("cases.next")
    paint(listed)
    listed.run("cases.done_next")
    assert panel(listed).states["anna"] == "done" and panel(listed).plan.current == "bert"
    assert mask_file(listed, "anna").is_file() and panel(listed).plan.progress == "1 of 3 done"
    assert listed.window.asked_unsaved == [] and listed.window.suggested is None


def test_previous_and_next_go_through_the_list_and_end_at_its_ends(listed) -> None:
    listed.run("cases.next")
    assert "first case" in listed.why_not("cases.previous")
    listed.run("cases.next"), listed.run("cases.next")
    assert panel(listed).plan.current == "cleo" and "last case" in listed.why_not("cases.next")
    listed.run("cases.previous")
    assert panel(listed).plan.current == "bert"


def test_the_last_open_case_stays_open_when_it_is_done(listed) -> None:
    for _ in range(3):
        listed.run("cases.next")
        paint(listed)
    for name in ("anna", "bert", "cleo"):
        panel(listed).case_chosen.emit(name)
        listed.run("cases.done_next")
    assert panel(listed).plan.progress == "3 of 3 done" and panel(listed).plan.part == 1
    assert panel(listed).plan.current == "cleo" and "no other case" in listed.window.hints[-1]
    listed.run("cases.in_work")
    assert panel(listed).states["cleo"] == "in work"


def test_state_and_words_limit_what_is_shown_and_gone_through(listed) -> None:
    listed.run("cases.next")
    listed.run("cases.done_next")
    panel(listed).filtered.emit("to do", "")
    assert list(panel(listed).states) == ["bert", "cleo"]
    panel(listed).filtered.emit("", "L E")
    assert list(panel(listed).states) == ["cleo"]
    listed.run("cases.next")
    assert panel(listed).plan.current == "cleo"
    panel(listed).filtered.emit("checked", "")
    assert panel(listed).plan.rows == () and "No case fits" in panel(listed).plan.nothing


def test_ctrl_s_saves_the_mask_to_its_place_without_asking(listed) -> None:
    listed.run("cases.next")
    (panel(listed).folder / "masks" / "AB").mkdir(parents=True)
    paint(listed)
    listed.run("file.save_mask")
    assert mask_file(listed, "anna").is_file() and listed.window.suggested is None


def test_ctrl_s_makes_the_folder_of_the_mask_itself(listed) -> None:
    listed.run("cases.next")
    paint(listed)
    listed.run("file.save_mask")
    assert mask_file(listed, "anna").is_file() and listed.window.errors == []
    listed.run("cases.next")
    assert panel(listed).states["anna"] == "in work"


@pytest.mark.parametrize(("answer", "current"), [("cancel", "anna"), ("discard", "bert"), ("save", "bert")])
def test_other_unsaved_layers_are_asked_about(listed, tmp_path, answer, current) -> None:
    listed.run("cases.next")
    other = masks.new_mask(listed.session, listed.session.state.layers[0].id)
    paint(listed, layer_id=other)
    listed.window.answers |= {"unsaved": answer, "save": tmp_path / "other.nii.gz"}
    listed.run("cases.next")
    listed.pass_time()
    assert listed.window.asked_unsaved[0] == (("Mask",), "going on")
    assert panel(listed).plan.current == current and listed.window.errors == []
    assert (tmp_path / "other.nii.gz").exists() == (answer == "save")


def test_closing_saves_what_is_unsaved_without_asking_where(listed) -> None:
    listed.run("cases.next")
    paint(listed)
    listed.window.answers["unsaved"] = "save"
    listed.window.close_asked.emit()
    assert listed.window.closed and mask_file(listed, "anna").is_file()
    assert listed.window.suggested is None


def test_a_dropped_bids_data_set_and_a_recent_list_open_as_lists(desk, tmp_path) -> None:
    desk.settings.set("annotator", "AB")
    root = bids_folder(tmp_path / "set")
    desk.window.dropped.emit((root,))
    assert panel(desk).plan.title == "set" and len(panel(desk).plan.rows) == 3
    assert [row.path for row in desk.window.recent] == [root]
    desk.run("cases.close")
    assert panel(desk).plan.title == ""
    desk.window.recent_chosen.emit(root)
    assert panel(desk).plan.title == "set"


def test_a_dropped_folder_of_scans_opens_as_scans(desk, tmp_path) -> None:
    desk.window.dropped.emit((plain_folder(tmp_path / "scans"),))
    assert panel(desk).plan.title == "" and len(desk.session.state.layers) == 3


def test_a_second_person_checks_what_is_done(listed, tmp_path) -> None:
    listed.run("cases.next")
    paint(listed)
    listed.run("cases.done_next")
    assert "second person" in listed.why_not("cases.checked_next")
    listed.settings.set("annotator", "CD")
    assert panel(listed).plan.annotators == ("CD", "AB")
    panel(listed).whose_chosen.emit("AB")
    plan = panel(listed).plan
    assert plan.whose == "AB" and not plan.is_own and plan.progress == "1 of 3 done"
    panel(listed).case_chosen.emit("bert")
    assert "AB has not finished" in listed.why_not("cases.checked_next")
    assert "masks of AB" in listed.why_not("cases.done_next")
    panel(listed).case_chosen.emit("anna")
    listed.run("cases.checked_next")
    assert panel(listed).states["anna"] == "checked" and "1 checked" in panel(listed).plan.progress
    assert "checked by CD" in panel(listed).plan.rows[0].tip


def test_the_clock_counts_while_the_mouse_moves_and_the_window_is_active(listed, monkeypatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(worklist_presenter.time, "monotonic", lambda: now[0])
    listed.run("cases.next")
    for second in range(1, 31):
        now[0] += 1
        panel(listed).place = (second, 0)
        listed.pass_time()
    assert listed.workflows.worklist.seconds_here == 30
    now[0] += 100
    listed.pass_time()
    now[0] += 5
    panel(listed).place = None
    listed.pass_time()
    panel(listed).place = (0, 0)
    listed.pass_time()
    assert listed.workflows.worklist.seconds_here == 30
    listed.run("cases.done_next")
    found = json.loads((panel(listed).folder / "masks/worklist.json").read_text())
    assert found["cases"]["anna"]["AB"]["seconds"] == 30
    assert panel(listed).plan.rows[0].time == "30 s"
    assert panel(listed).plan.pace == "30 s a case, about 1 min to go"


def test_the_clock_stops_with_the_list(listed) -> None:
    listed.run("cases.next")
    listed.run("cases.close")
    listed.pass_time()
    assert not [call for call in listed.timers if getattr(call, "__name__", "") == "_tick"]


# annotators


@pytest.fixture
def rated(desk, tmp_path):
    """A list whose first case has masks of three annotators, and whose second has two."""
    desk.settings.set("annotator", "AB")
    root = plain_folder(tmp_path / "scans")
    for who, box in (
        ("AB", np.s_[2:6, 2:6, 2:6]),
        ("CD", np.s_[2:6, 2:6, 2:6]),
        ("EF", np.s_[3:7, 2:6, 2:6]),
    ):
        write_mask(root / "masks" / who / "anna.nii.gz", box)
    write_mask(root / "masks" / "CD" / "bert.nii.gz", np.s_[2:4, 2:4, 2:4])
    write_mask(root / "masks" / "EF" / "bert.nii.gz", np.s_[2:4, 2:4, 2:4])
    panel(desk).folder = root
    desk.run("file.open_worklist")
    panel(desk).case_chosen.emit("anna")
    yield desk
    desk.workflows.recovery.end()


def test_two_annotators_are_compared_in_a_layer_and_in_words(rated) -> None:
    panel(rated).left_out.emit(("CD",))
    rated.run("cases.compare")
    made = rated.session.state.layers[-1]
    assert made.name == "anna: AB against EF" and int(np.count_nonzero(made.data.array)) == 2 * 4 * 4
    assert "Dice 0.750" in rated.window.texts[-1][1] and not made.is_unsaved
    assert rated.session.state.active is rated.workflows.worklist.mask
    rated.run("cases.next")
    assert rated.window.asked_unsaved == []


def test_three_annotators_are_compared_pair_by_pair(rated) -> None:
    rated.run("cases.compare")
    text = rated.window.texts[-1][1]
    assert text.count("voxels differ") == 3 and "AB against CD: 0 voxels differ" in text
    assert int(np.count_nonzero(rated.session.state.layers[-1].data.array)) == 2 * 4 * 4


def test_the_consensus_is_a_layer_that_says_how_it_was_made(rated) -> None:
    rated.run("cases.majority")
    made = rated.session.state.layers[-1]
    assert np.array_equal(made.data.array, rated.workflows.worklist.mask.data.array)
    rated.run("cases.staple")
    made = rated.session.state.layers[-1]
    assert made.name == "anna STAPLE" and made.provenance["method"] == "STAPLE"
    assert set(made.provenance["of"]) == {"AB", "CD", "EF"}
    assert made.provenance["performance"]["1"]["EF"]["sensitivity"] < 0.8
    assert "EF: sensitivity 0.7" in rated.window.texts[-1][1]


def test_fewer_than_two_marked_annotators_compare_nothing(rated) -> None:
    panel(rated).left_out.emit(("CD", "EF"))
    assert "Fewer than two" in rated.why_not("cases.compare")
    panel(rated).left_out.emit(())
    assert not rated.why_not("cases.compare")
    assert [row.name for row in panel(rated).plan.raters] == ["AB", "CD", "EF"]


def test_what_is_unsaved_is_saved_before_it_is_compared(rated) -> None:
    paint(rated, at=(0, 0, 0))
    panel(rated).left_out.emit(("EF",))
    rated.run("cases.compare")
    assert "4 voxels differ" in rated.window.texts[-1][1]


def test_masks_on_other_grids_are_told_and_leave_all_as_it_was(rated) -> None:
    import nibabel as nib

    nib.save(nib.Nifti1Image(np.ones((3, 3, 3), np.uint8), np.eye(4)), mask_file(rated, "anna", "EF"))
    before = rated.session.state.layers
    rated.run("cases.compare")
    assert rated.session.state.layers == before and "Cannot compare" in rated.window.errors[-1][0]
    rated.run("cases.next")
    assert panel(rated).plan.current == "bert"


def test_the_table_has_a_line_for_every_case_pair_and_label(rated, tmp_path) -> None:
    rated.window.export_path = tmp_path / "agreement.csv"
    rated.run("cases.table")
    with (tmp_path / "agreement.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    assert [(line["case"], line["first"], line["second"]) for line in lines] == [
        ("anna", "AB", "CD"),
        ("anna", "AB", "EF"),
        ("anna", "CD", "EF"),
        ("bert", "CD", "EF"),
    ]
    assert lines[1]["dice"] == "0.75" and float(lines[1]["hd95_mm"]) == pytest.approx(1.0)
    assert float(lines[1]["volume_first_ml"]) == pytest.approx(0.128)
    assert float(lines[1]["volume_difference_ml"]) == 0 and lines[1]["problem"] == ""
    assert rated.window.hints[-1] == "Saved 4 lines of 2 cases to agreement.csv."


def test_the_table_says_what_could_not_be_compared(rated, tmp_path) -> None:
    mask_file(rated, "bert", "EF").write_bytes(b"no mask")
    rated.window.export_path = tmp_path / "agreement.csv"
    rated.run("cases.table")
    with (tmp_path / "agreement.csv").open() as stream:
        lines = [line for line in csv.DictReader(stream) if line["case"] == "bert"]
    assert len(lines) == 1 and lines[0]["first"] == "EF" and lines[0]["problem"]


# words


@pytest.mark.parametrize(
    ("seconds", "words", "about"),
    [
        (0.4, "0 s", "0 s"),
        (45, "45 s", "45 s"),
        (60, "1 min", "1 min"),
        (250, "4 min 10 s", "4 min"),
        (3600, "1 h", "1 h"),
        (6580, "1 h 50 min", "1 h 50 min"),
    ],
)
def test_times_are_told_in_words(seconds, words, about) -> None:
    assert time_words(seconds) == words and about_words(seconds) == about


def test_a_finished_list_promises_no_more_time() -> None:
    assert (
        pace_words(Progress(done=3, checked=0, total=3, mean_s=70, left_s=0))
        == "1 min 10 s a case on average"
    )
