"""Doubtful places, disagreement, cards and pictures, as a person asks for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scans import volume as make_volume

from medview.core.labels import LabelMap
from medview.session.files.layers_from import Content


def add(desk, *contents):
    desk.workflows.opening.add("Open", contents)


def scan():
    volume = make_volume()
    return Content(name="T2", data=volume, source=volume.source)


def doubt(output="entropy", is_sure=False):
    volume = make_volume()
    values = np.zeros(volume.data.shape, np.float32)
    if not is_sure:
        values[1:3, 1:3, 1:3] = 0.7
        values[4:6, 4:5, 4:5] = 0.9
        values[2, 2, 2] = 0.95
    from dataclasses import replace

    facts = {"output": output, "model": "m"}
    return Content(name=output, data=replace(volume, data=values), provenance=facts)


def mask(name, box):
    volume = make_volume()
    array = np.zeros(volume.geometry.shape, np.uint8)
    array[box] = 1
    return Content(name=name, data=LabelMap(array, volume.geometry))


def test_without_a_layer_of_doubt_the_action_says_what_is_needed(desk):
    add(desk, scan())
    assert "entropy" in desk.why_not("tools.doubt_next")
    assert desk.views.tools.doubt[1] != ""


def test_the_crosshair_walks_from_the_weightiest_place_on_and_round_again(desk):
    add(desk, scan(), doubt())
    assert desk.why_not("tools.doubt_next") == ""
    geometry = desk.session.state.layers[-1].geometry
    desk.run("tools.doubt_next")
    assert desk.session.state.view.cursor_ras == pytest.approx(tuple(geometry.ras_of((2, 2, 2))))
    assert desk.views.tools.doubt == ("1 of 2", "")
    assert "Doubtful place 1 of 2: entropy 0.95, mean 0.73 over 8 voxels." in desk.window.hints
    desk.run("tools.doubt_next")
    assert desk.views.tools.doubt == ("2 of 2", "")
    desk.run("tools.doubt_next")
    assert desk.views.tools.doubt == ("1 of 2", "")
    desk.run("tools.doubt_previous")
    assert desk.views.tools.doubt == ("2 of 2", "")
    assert not desk.window.errors


def test_the_button_of_the_panel_does_the_same(desk):
    add(desk, scan(), doubt("spread"))
    desk.views.tools.doubt_asked.emit()
    assert desk.views.tools.doubt == ("1 of 2", "")


def test_entropy_is_preferred_and_the_active_layer_even_more(desk):
    add(desk, scan(), doubt("entropy"), doubt("spread", is_sure=True))
    desk.session.set_active(desk.session.state.layers[0].id)
    desk.run("tools.doubt_next")
    assert desk.views.tools.doubt == ("1 of 2", "")
    desk.session.set_active(desk.session.state.layers[-1].id)
    desk.run("tools.doubt_next")
    assert desk.views.tools.doubt == ("none", "")
    assert "spread: there is no doubtful place." in desk.window.hints


def test_two_results_are_compared_on_a_layer_of_their_own_as_one_undo_step(desk):
    add(desk, scan(), mask("first", np.s_[0:3, 1, 1]))
    assert desk.why_not("tools.compare_results") == "There are no two masks on one grid."
    add(desk, mask("second", np.s_[1:4, 1, 1]))
    desk.run("tools.compare_results")
    made = desk.session.state.layers[-1]
    assert made.name == "first against second"
    assert sorted(np.unique(made.data.array)) == [0, 1, 2]
    ((title, text),) = desk.window.texts
    assert title == "Two results" and "Dice 0.667" in text
    assert desk.session.undo() == "Compare two results"
    assert len(desk.session.state.layers) == 3


def test_of_more_than_two_results_the_person_chooses_which_to_compare(desk):
    boxes = (np.s_[0:3, 1, 1], np.s_[1:4, 1, 1], np.s_[2:4, 1, 1])
    add(desk, scan(), *(mask(name, box) for name, box in zip("abc", boxes, strict=True)))
    desk.run("tools.compare_results")
    rows, chosen = desk.window.pairs
    assert [row.name for row in rows] == ["c", "b", "a"] and {row.grid for row in rows} == {0}
    assert chosen == (1, 0) and len(desk.session.state.layers) == 4
    desk.window.answers["pair"] = (2, 0)
    desk.run("tools.compare_results")
    assert desk.session.state.layers[-1].name == "a against c"
    desk.run("tools.compare_results")
    assert [row.name for row in desk.window.pairs[0]] == ["c", "b", "a"], "a map of differences is no result"


def test_a_preview_that_ends_leaves_the_3d_pane_at_once(desk):
    from medview.core.state import Preview

    add(desk, scan())
    labels = mask("found", np.s_[1:4, 1, 1]).data
    desk.session.set_preview(Preview(title="Vessels", labels=labels, revision=labels.revision))
    assert "preview" in desk.views.volume.plans[-1].corner_text
    desk.session.set_preview(None)
    assert "preview" not in desk.views.volume.plans[-1].corner_text


def test_the_card_of_the_chosen_model_is_shown_as_a_page(desk):
    desk.views.tools.card_asked.emit()
    (page,) = desk.window.pages
    assert page.model_id == desk.views.tools.chosen
    desk.run("help.model_card")
    assert len(desk.window.pages) == 2


def test_a_self_test_tells_that_it_runs_and_what_it_found(desk, monkeypatch):
    finding = {"sentence": "Self-test passed: all the same.", "passed": True}
    monkeypatch.setattr("medview.ml.self_test.self_test_job", lambda payload, arrays, link: (finding, {}))
    desk.window.self_test_asked.emit("t2-vessels")
    assert desk.window.self_tests == [
        ("The self-test is running…", None),
        ("Self-test passed: all the same.", True),
    ]


def test_a_picture_is_saved_with_its_mark_and_copied(desk):
    assert desk.why_not("file.save_picture") and desk.why_not("file.copy_picture")
    from dataclasses import replace

    add(desk, replace(scan(), is_synthesized=True))
    desk.window.answers["picture"] = Path("shot.png")
    desk.run("file.save_picture")
    assert desk.window.pictures == [(Path("shot.png"), "SYNTHESIZED – not measured")]
    desk.run("file.copy_picture")
    assert desk.window.copies == 1
    desk.window.answers["picture"] = None
    desk.run("file.save_picture")
    assert len(desk.window.pictures) == 1


def test_inputs_unlike_the_training_are_told_in_the_form(shipped_models, desk):
    add(desk, scan())
    told = desk.views.tools.form.warnings
    assert any("voxels measure" in sentence or "field of view" in sentence for sentence in told)
