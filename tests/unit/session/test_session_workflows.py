from __future__ import annotations

import json
import threading

import numpy as np
import pytest

from medview.core.codes import Code
from medview.core.labels import LabelMap, Patch
from medview.core.layers import LayerKind
from medview.core.state import Layout
from medview.io import readers
from medview.jobs.job import JobHandle
from medview.jobs.lanes import InlineLane, ThreadLane, do_here
from medview.phantoms.studies import make_study
from medview.session import masks
from medview.session.commands import AddLayers, ChangeLayer
from medview.session.files.layers_from import Content, layers_of
from medview.session.files.recent import RecentFiles
from medview.session.labels.table import add_label, change_label, change_labels
from medview.session.workflows import Workflows


def paint(session, layer_id, offset=(1, 1, 1), value=1) -> None:
    with session.stroke(layer_id, "Paint") as stroke:
        stroke.apply(Patch(offset, np.full((2, 2, 1), value, np.uint8)))


def test_opening_a_scan_is_one_step_shows_its_middle_and_makes_it_active(
    workflows, session, heard, scan_file
) -> None:
    workflows.opening.open_paths([scan_file()])
    (layer,) = session.state.layers
    assert session.state.active_id == layer.id and layer.name == "brain_T2"
    assert session.state.view.cursor_ras == pytest.approx(tuple(layer.geometry.center_ras))
    assert not layer.is_unsaved and heard.failed == [] and heard.opened == [(layer.id,)]
    assert heard.jobs[-1] == () and any(rows for rows in heard.jobs)
    assert session.undo() == "Open brain_T2.nii.gz" and session.state.layers == ()


def test_of_several_scans_the_first_is_shown_and_labels_lie_on_top(
    workflows, session, scan_file, tmp_path
) -> None:
    first, second = scan_file(), scan_file("other_T1.nii.gz", seed=1)
    workflows.opening.open_paths([first])
    mask = masks.new_mask(workflows.session)
    paint(session, mask)
    workflows.saving.save_layer(mask, tmp_path / "mask.nii.gz")
    session.undo(), session.undo(), session.undo()
    workflows.opening.open_paths([tmp_path / "mask.nii.gz", first, second])
    assert [(layer.name, layer.visible) for layer in session.state.layers] == [
        ("brain_T2", True),
        ("other_T1", False),
        ("mask", True),
    ]
    assert session.state.active.name == "brain_T2"
    assert session.state.layers[-1].data.table.entries[0].name == "Mask"
    assert len(session.undo_stack.titles) == 1


def test_what_cannot_be_read_is_told_and_the_rest_opens(
    workflows, session, heard, scan_file, tmp_path
) -> None:
    workflows.opening.open_paths([tmp_path / "absent.nii", scan_file()])
    assert len(session.state.layers) == 1 and len(heard.failed) == 1
    assert "absent.nii" in heard.failed[0][0]
    workflows.opening.open_paths([tmp_path / "absent.nii"])
    assert len(heard.failed) == 2 and len(session.state.layers) == 1


def test_a_folder_without_dicom_stands_for_the_scans_in_it(workflows, session, scan_file, tmp_path) -> None:
    scan_file(), scan_file("other_T1.nii.gz", seed=1)
    workflows.opening.open_paths([tmp_path])
    assert [layer.name for layer in session.state.layers] == ["brain_T2", "other_T1"]


def test_a_mask_is_saved_on_the_scans_grid_and_only_that_revision_counts_as_saved(
    workflows, session, heard, scan_file, tmp_path
) -> None:
    workflows.opening.open_paths([scan_file()])
    mask = masks.new_mask(workflows.session)
    assert workflows.saving.unsaved()[0].id == mask
    paint(session, mask)
    assert workflows.saving.suggested_path(mask) == tmp_path / "brain_T2_mask.nii.gz"
    workflows.saving.save_layer(mask, workflows.saving.suggested_path(mask))
    assert workflows.saving.unsaved() == () and heard.told == ["Saved brain_T2_mask.nii.gz."]
    (volume,) = readers.read(tmp_path / "brain_T2_mask.nii.gz")
    assert np.array_equal(volume.data, session.state.layer(mask).data.array)
    assert volume.geometry.matches(session.state.layer(mask).geometry)
    paint(session, mask, (4, 4, 4))
    assert [layer.id for layer in workflows.saving.unsaved()] == [mask]


def test_changes_during_a_save_neither_reach_the_file_nor_count_as_saved(
    session, tmp_path, scan_file
) -> None:
    posted = []
    lane = InlineLane()
    workflows = Workflows(session, files_lane=lane, models_lane=lane, post=posted.append, surface_maker="")
    workflows.opening.open_paths([scan_file()])
    run_all(posted)
    mask = masks.new_mask(workflows.session)
    workflows.saving.save_layer(mask, tmp_path / "mask.nii.gz")
    paint(session, mask)
    run_all(posted)
    assert not readers.read(tmp_path / "mask.nii.gz")[0].data.any()
    assert workflows.saving.unsaved()


def run_all(posted) -> None:
    while posted:
        posted.pop(0)()


def test_a_failed_save_says_why_and_the_layer_stays_unsaved(workflows, heard, scan_file, tmp_path) -> None:
    workflows.opening.open_paths([scan_file()])
    mask = masks.new_mask(workflows.session)
    workflows.saving.save_layer(mask, tmp_path / "mask.xyz")
    assert workflows.saving.unsaved() and "mask.xyz" in heard.failed[0][0]


def test_a_run_adds_its_result_as_one_step_with_table_and_provenance(
    workflows, session, heard, scan_file
) -> None:
    path = scan_file()
    workflows.opening.open_paths([path])
    roles = workflows.models.first_choices("bright")
    job = workflows.models.run("bright", roles, {"level": 400, "score": True}, "cpu")
    assert job and heard.failed == []
    scan, labels, score = session.state.layers[0], session.state.active, session.state.layers[1]
    assert labels.is_labels and [layer.name for layer in session.state.layers] == [
        "brain_T2",
        "Score",
        "Bright",
    ]
    assert score.kind is LayerKind.SYNTHESIZED and not score.visible and labels.visible
    assert np.array_equal(labels.data.array, scan.data.data > 400)
    entry = labels.data.table.entries[0]
    assert (entry.name, entry.colour, entry.terms.type) == ("Bright thing", (1, 2, 3), Code("42"))
    facts = labels.provenance
    assert facts["model"] == "bright" and facts["params"]["level"] == 400 and facts["output"] == "bright"
    assert facts["inputs"][0]["path"] == str(path) and len(facts["inputs"][0]["sha256"]) == 64
    text, is_error = heard.outcome[0]
    assert not is_error and "Bright thing" in text and "For tests only." in text
    assert session.state.preview is None and labels.is_unsaved
    assert session.undo() == "Run Bright things" and len(session.state.layers) == 1
    session.redo()
    assert np.array_equal(session.state.active.data.array, scan.data.data > 400)


def test_a_saved_result_keeps_its_provenance_beside_it(workflows, session, scan_file, tmp_path) -> None:
    workflows.opening.open_paths([scan_file()])
    workflows.models.run("bright", workflows.models.first_choices("bright"), {"level": 400}, "cpu")
    workflows.saving.save_layer(session.state.active_id, tmp_path / "bright.nii.gz")
    assert json.loads((tmp_path / "bright.provenance.json").read_text())["model"] == "bright"
    workflows.opening.open_paths([tmp_path / "bright.nii.gz"])
    again = session.state.layers[-1]
    assert again.is_labels and again.provenance["model"] == "bright" and again.name == "bright"
    assert again.data.table.entries[0].name == "Bright thing"


def test_a_result_that_a_person_has_changed_says_so_beside_its_file(
    workflows, session, scan_file, tmp_path
) -> None:
    workflows.opening.open_paths([scan_file()])
    workflows.models.run("bright", workflows.models.first_choices("bright"), {"level": 400}, "cpu")
    mask = session.state.active_id
    side = tmp_path / "bright.provenance.json"
    workflows.saving.save_layer(mask, tmp_path / "bright.nii.gz")
    assert "edited_by_hand" not in json.loads(side.read_text())
    paint(session, mask)
    workflows.saving.save_layer(mask, tmp_path / "bright.nii.gz")
    assert json.loads(side.read_text())["edited_by_hand"] is True


def test_a_synthesized_scan_is_still_known_as_one_when_its_file_is_opened(
    workflows, session, heard, tmp_path
) -> None:
    workflows.opening.open_sample("head-mr", seed=3, spacing_mm=6)
    t2 = session.state.active
    workflows.saving.save_layer(t2.id, tmp_path / "t2.nii.gz")
    assert json.loads((tmp_path / "t2.provenance.json").read_text()) == {
        "study": "head-mr",
        "seed": 3,
        "synthesized": True,
    }
    workflows.opening.open_paths([tmp_path / "t2.nii.gz"])
    again = session.state.layers[-1]
    assert again.kind is LayerKind.SYNTHESIZED and again.provenance["study"] == "head-mr"
    assert np.array_equal(again.data.data, t2.data.data) and heard.failed == []


def test_provenance_of_a_replaced_file_does_not_stay_beside_what_replaced_it(
    workflows, session, scan_file, tmp_path
) -> None:
    workflows.opening.open_paths([scan_file()])
    mask = masks.new_mask(workflows.session)
    (tmp_path / "mask.provenance.json").write_text('{"model": "bright"}')
    workflows.saving.save_layer(mask, tmp_path / "mask.nii.gz")
    assert not (tmp_path / "mask.provenance.json").exists()


def test_a_failed_run_leaves_everything_as_it_was(workflows, session, heard, scan_file) -> None:
    workflows.opening.open_paths([scan_file()])
    before = session.state
    workflows.models.run("bright", workflows.models.first_choices("bright"), {"broken": True}, "cpu")
    assert session.state.layers == before.layers and session.state.preview is None
    assert session.undo_stack.undo_title == "Open brain_T2.nii.gz"
    assert heard.failed == [("Bright things failed", "it was asked to", "Do not ask.")]
    assert heard.outcome[0][1]


def test_refusals_of_a_run_are_told_and_start_nothing(workflows, session, heard, scan_file) -> None:
    assert workflows.models.run("bright", {}, {}, "cpu") == "" and "T2 scan" in heard.failed[0][1]
    assert "T2 scan" in workflows.models.forecast("bright", {}, {})[1]
    workflows.opening.open_paths([scan_file()])
    roles = workflows.models.first_choices("bright")
    assert workflows.models.forecast("bright", roles, {"level": -1})[1]
    sentence, problem = workflows.models.forecast("bright", roles, {})
    assert problem == "" and "10 s" in sentence
    assert workflows.models.run("bright", {"t2": 99}, {}, "cpu") == "" and heard.jobs[-1] == ()


def test_a_cancelled_run_ends_without_a_message_and_leaves_everything_as_it_was(session, scan_file) -> None:
    waiting = WaitingPosts()
    lane = ThreadLane("test-models")
    workflows = Workflows(
        session, files_lane=InlineLane(), models_lane=lane, post=waiting.post, surface_maker=""
    )
    failures, previews = [], []
    workflows.failed.connect(lambda *words: failures.append(words))
    session.changed.connect(lambda _old, new: previews.append(new.preview))
    workflows.opening.open_paths([scan_file()])
    waiting.run_until(lambda: session.state.layers)
    before = session.state
    job = workflows.models.run(
        "bright", workflows.models.first_choices("bright"), {"slow": True, "level": 400}, "cpu"
    )
    waiting.run_until(lambda: session.state.preview is not None)
    assert session.state.preview.labels.array[:2].any() and not session.state.preview.labels.array[2:].any()
    workflows.cancel(job)
    assert workflows.running[0].message == "Cancelling" and not workflows.running[0].can_cancel
    waiting.run_until(lambda: not workflows.running)
    lane.close()
    assert failures == [] and session.state.preview is None
    assert session.state.layers == before.layers and len(session.undo_stack.titles) == 1


class WaitingPosts:
    """A window's event loop: work from other threads waits until this thread takes it."""

    def __init__(self) -> None:
        self._work, self._news = [], threading.Condition()

    def post(self, work) -> None:
        with self._news:
            self._work.append(work)
            self._news.notify()

    def run_until(self, is_done, patience=500) -> None:
        for _ in range(patience):
            if is_done():
                return
            with self._news:
                self._news.wait_for(lambda: self._work, 0.02)
                work, self._work = self._work, []
            for item in work:
                item()
        raise AssertionError("it never happened")


class DeferredLane(InlineLane):
    """Does its jobs when it is told to: for what happens between a click and the work."""

    def __init__(self) -> None:
        self._waiting = []

    def submit(self, job, on_event):
        self._waiting.append(JobHandle(job, on_event))
        return self._waiting[-1]

    def work(self) -> None:
        while self._waiting:
            do_here(self._waiting.pop(0))


def test_a_label_map_given_to_a_model_may_be_painted_meanwhile(session, scan_file) -> None:
    models_lane = DeferredLane()
    workflows = Workflows(
        session, files_lane=InlineLane(), models_lane=models_lane, post=lambda work: work(), surface_maker=""
    )
    workflows.opening.open_paths([scan_file()])
    mask = masks.new_mask(workflows.session)
    paint(session, mask)
    roles = {**workflows.models.first_choices("bright"), "mask": mask}
    workflows.models.run("bright", roles, {"level": 0}, "cpu")
    paint(session, mask, (4, 4, 4))
    models_lane.work()
    made = session.state.active.data.array
    assert session.state.active.name == "Bright"
    assert not made[1, 1, 1] and made[4, 4, 4]
    assert session.undo() == "Run Bright things" and session.undo() == "Paint"


def test_scans_are_suggested_by_modality_then_by_name(workflows, session, scan_file) -> None:
    workflows.opening.open_paths(
        [scan_file("a_T1.nii.gz"), scan_file("b_T2.nii.gz"), scan_file("plain.nii.gz")]
    )
    t1, t2, plain = (layer.id for layer in session.state.layers)
    assert workflows.models.suggest("bright")["t2"] == (t2, plain, t1)
    assert workflows.models.suggest("bright")["t1"][0] == t1
    assert workflows.models.first_choices("bright") == {"t2": t2, "t1": t1}
    masks.new_mask(workflows.session)
    assert workflows.models.first_choices("bright") == {"t2": t2, "t1": t1, "mask": session.state.active_id}


def test_masks_have_labels_that_can_be_added_renamed_and_locked_step_by_step(
    workflows, session, scan_file
) -> None:
    workflows.opening.open_paths([scan_file()])
    mask = masks.new_mask(workflows.session)
    labels = session.state.layer(mask).data
    assert add_label(workflows.session, mask, "Vein") == 2 and session.state.view.label_value == 2
    change_label(workflows.session, mask, 2, "Vein", (9, 9, 9))
    change_label(workflows.session, mask, 2, "Vein", (8, 8, 8))
    change_labels(workflows.session, mask, (2,), locked=True)
    assert labels.table.find(2).locked and labels.table.find(2).colour == (8, 8, 8)
    assert session.undo() == "Lock Vein" and not labels.table.find(2).locked
    assert session.undo() == "Colour of Vein" and labels.table.find(2).colour not in ((9, 9, 9), (8, 8, 8))
    assert session.undo() == "Add Vein" and labels.table.find(2) is None
    assert session.undo() == "New mask"


def test_surfaces_follow_finished_changes_and_go_with_their_layer(workflows, session, scan_file) -> None:
    workflows.opening.open_paths([scan_file()])
    mask = masks.new_mask(workflows.session)
    assert session.state.surfaces[mask].revision == 0
    stroke = session.begin_stroke(mask, "Paint")
    stroke.apply(Patch((1, 1, 1), np.ones((1, 1, 1), np.uint8)))
    assert session.state.surfaces[mask].revision == 0
    stroke.finish()
    assert session.state.surfaces[mask].revision == 1
    drawn = session.state.surfaces[mask]
    change_labels(session, mask, (1,), visible=False)
    assert session.state.surfaces[mask] is drawn
    session.undo()
    session.undo()
    assert session.state.surfaces[mask].revision == 2
    session.undo()
    assert session.state.surfaces == {}


def test_surfaces_wait_for_a_rest_of_the_hand_and_for_a_pane_that_shows_them(session, scan_file) -> None:
    timers = []
    workflows = Workflows(
        session,
        files_lane=InlineLane(),
        models_lane=InlineLane(),
        post=lambda work: work(),
        surface_maker="session_models:surfaces",
    )
    workflows.let_surfaces_wait(lambda _seconds, call: timers.append(call))
    workflows.opening.open_paths([scan_file()])
    session.set_view(layout=Layout.AXIAL)
    mask = masks.new_mask(session)
    for place in (1, 2):
        with session.stroke(mask, "Paint") as stroke:
            stroke.apply(Patch((place, 1, 1), np.ones((1, 1, 1), np.uint8)))
    assert timers == []
    session.set_view(layout=Layout.FOUR_UP)
    with session.stroke(mask, "Paint") as stroke:
        stroke.apply(Patch((3, 1, 1), np.ones((1, 1, 1), np.uint8)))
    (look,) = timers
    timers.clear()
    look()
    assert session.state.surfaces == {}, "the hand has painted on meanwhile"
    timers.pop()()
    assert session.state.surfaces[mask].revision == 3 and timers == []


def test_surfaces_that_cannot_be_made_are_tried_once_and_trouble_nobody(session, scan_file) -> None:
    lane = InlineLane()
    workflows = Workflows(
        session,
        files_lane=lane,
        models_lane=lane,
        post=lambda work: work(),
        surface_maker="session_models:absent",
    )
    failures = []
    workflows.failed.connect(lambda *words: failures.append(words))
    workflows.opening.open_paths([scan_file()])
    masks.new_mask(workflows.session)
    assert failures == [] and session.state.surfaces == {}


def test_opened_and_saved_files_are_remembered_and_refused_ones_are_not(session, scan_file, tmp_path) -> None:
    lane, recent = InlineLane(), RecentFiles(tmp_path / "config")
    workflows = Workflows(
        session, files_lane=lane, models_lane=lane, post=lambda work: work(), recent=recent, surface_maker=""
    )
    path = scan_file()
    workflows.opening.open_paths([path, tmp_path / "absent.nii"])
    workflows.saving.save_layer(masks.new_mask(workflows.session), tmp_path / "mask.nii.gz")
    assert [entry.path.name for entry in recent.entries] == ["mask.nii.gz", "brain_T2.nii.gz"]


def test_names_that_are_taken_get_a_number(session) -> None:
    from session_volumes import make_volume

    contents = [Content(name="scan", data=make_volume()) for _ in range(3)]
    layers = layers_of(contents, (), [session.new_id() for _ in contents])
    assert [layer.name for layer in layers] == ["scan", "scan 2", "scan 3"]


def test_a_closing_program_refuses_jobs_in_words(session, tmp_path) -> None:
    lane = ThreadLane("test-files")
    lane.close()
    workflows = Workflows(
        session, files_lane=lane, models_lane=lane, post=lambda work: work(), surface_maker=""
    )
    failures = []
    workflows.failed.connect(lambda *words: failures.append(words))
    workflows.opening.open_paths([tmp_path / "x.nii"])
    assert "closing" in failures[0][1] and workflows.running == ()


def test_the_cards_text_names_what_people_must_know(workflows) -> None:
    text = workflows.models.card("bright")
    assert "Bright things (version 1.0)" in text and "For tests only." in text


def test_label_map_content_lands_in_the_layer_unchanged(session) -> None:
    from session_volumes import make_volume

    volume = make_volume()
    labels = LabelMap(np.ones(volume.geometry.shape, np.uint8), volume.geometry)
    layers = layers_of([Content(name="m", data=labels)], (), [session.new_id()])
    session.do(AddLayers(title="Add", layers=tuple(layers)))
    session.do(ChangeLayer(layer_id=layers[0].id, changes={"name": "n"}, title="Rename"))
    assert session.state.layers[0].data is labels


def test_the_sample_opens_as_synthetic_scans_that_need_no_saving(workflows, session, heard) -> None:
    workflows.opening.open_sample("head-mr", seed=3, spacing_mm=6)
    assert heard.failed == [] and len(session.state.layers) == 5
    assert {layer.kind for layer in session.state.layers} == {LayerKind.SYNTHESIZED}
    assert workflows.saving.unsaved() == () and session.undo_stack.titles == ("Open sample head-mr",)
    assert workflows.models.first_choices("bright")["t2"] == session.state.layers[1].id
    assert session.state.layers[1].data.modality == "T2"
    assert [layer.visible for layer in session.state.layers] == [False, True, False, False, False]
    assert session.state.active.data.modality == "T2"
    words = [rows[0].message for rows in heard.jobs if rows]
    assert "Making the brain" in words and "Scanning FLAIR" in words


def test_the_sample_is_the_study_itself_and_is_never_worked_out_in_the_window(session) -> None:
    study, models_lane = make_study("head-mr", 3, 6), DeferredLane()
    workflows = Workflows(
        session, files_lane=InlineLane(), models_lane=models_lane, post=lambda work: work(), surface_maker=""
    )
    workflows.opening.open_sample("head-mr", seed=3, spacing_mm=6)
    job = models_lane._waiting[0].job
    assert isinstance(job.target, str) and json.loads(json.dumps(job.payload)) == job.payload
    models_lane.work()
    for layer, made in zip(session.state.layers, study.volumes.values(), strict=True):
        assert np.array_equal(layer.data.data, made.data) and layer.data.values == made.values
        assert layer.geometry.matches(made.geometry) and layer.data.name == made.name


def test_a_cancelled_sample_opens_nothing(workflows, session, heard) -> None:
    def cancel(rows) -> None:
        if rows and rows[0].message == "Making the face":
            workflows.cancel(rows[0].job_id)

    workflows.jobs_changed.connect(cancel)
    workflows.opening.open_sample("head-mr", seed=3, spacing_mm=6)
    assert session.state.layers == () and heard.failed == [] and workflows.running == ()


def test_a_new_mask_lies_in_memory_as_scans_do_so_that_axial_slices_are_one_piece(
    workflows, session, scan_file
) -> None:
    workflows.opening.open_paths([scan_file()])
    mask = masks.new_mask(workflows.session)
    assert session.state.layer(mask).data.array[:, :, 0].flags.f_contiguous


def test_masks_have_colours_of_their_own(workflows, session, scan_file) -> None:
    workflows.opening.open_paths([scan_file()])
    made = [masks.new_mask(workflows.session) for _ in range(3)]
    assert len({session.state.layer(mask).data.table.entries[0].colour for mask in made}) == 3
