"""Run a model in the model process: progress, preview, result, undo, cancel, kill, failures, heartbeat."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import psutil
import pytest
from person import AXIAL, CTRL, SHIFT, pixels_of
from PySide6.QtCore import Qt

from medview.bench.model import Heartbeat
from medview.core.labels import LabelMap
from medview.core.state import Layout

LONGEST_GAP_S = 1.0


@pytest.fixture(autouse=True)
def no_kept_results(tmp_path, monkeypatch):
    """A result that an earlier test has left would be given at once, without any progress."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def person(plugin_models, vessel_weights, sit_down, head_study):
    """Someone who has a T2 scan open, with a mask of their own over it."""
    someone = sit_down()
    someone.open(head_study / "t2.nii.gz", head_study / "vessels.nii.gz")
    assert len(someone.layers) == 2
    return someone


def children():
    return [child for child in psutil.Process().children() if "--worker" in child.cmdline()]


def facts(person):
    """All that must be as before when nothing has come of a run."""
    masks = [layer.data.array.copy() for layer in person.layers if isinstance(layer.data, LabelMap)]
    return person.names, person.state.active_id, person.app.session.undo_stack.undo_title, masks


def same(before, after):
    return before[:3] == after[:3] and all(map(np.array_equal, before[3], after[3]))


def green_pixels(picture):
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    return int(((green > red + 40) & (green > blue + 40)).sum())


def start_run(person, title):
    person.choose_model(title)
    assert person.button("Run").isEnabled(), person.words
    person.press("Run")


def wait_for_preview(person):
    person.wait(lambda: person.state.preview is not None, "the live preview", 40)


def test_vessels_are_a_layer_with_provenance_a_surface_and_one_step(person):
    gaps, fractions, previews = Heartbeat(), [], []
    person.app.workflows.jobs_changed.connect(
        lambda rows: fractions.extend(row.fraction for row in rows if row.fraction is not None)
    )
    person.app.session.changed.connect(lambda _, new: new.preview is None or previews.append(new.preview))
    before = facts(person)
    gaps.start()
    start_run(person, "Brain vessels from T2")
    person.wait(lambda: len(person.layers) == 3, "the result", 120)
    gaps.stop()
    person.wait_idle()
    assert len({round(part, 3) for part in fractions}) > 2, "no progress was seen"
    assert previews, "no finished slice was shown while it ran"
    assert person.state.preview is None
    result = person.layers[-1]
    assert result.is_labels
    assert result.data.array.any()
    assert person.state.active_id == result.id
    for name in ("model", "version", "weights_sha256", "params", "seed", "inputs", "device", "seconds"):
        assert name in result.provenance, result.provenance
    person.wait(lambda: result.id in person.state.surfaces, "the surface", 30)
    assert person.state.surfaces[result.id].meshes
    gap_s = max(gaps.gaps_ms) / 1000
    assert gap_s < LONGEST_GAP_S, f"the window stood still for {gap_s:.2f} s"

    person.key(Qt.Key.Key_Z, CTRL)
    assert person.names == before[0]
    person.key(Qt.Key.Key_Z, CTRL | SHIFT)
    assert person.layers[-1].id == result.id
    assert np.array_equal(person.layers[-1].data.array, result.data.array)


def test_the_result_is_seen_in_slices_and_in_3d(person):
    start_run(person, "Bright things")
    person.wait(lambda: len(person.layers) == 3, "the result")
    person.wait_idle()
    result = person.layers[-1]
    assert green_pixels(person.picture(AXIAL)) > 50, "the labels are not drawn over the scan"
    person.wait(lambda: result.id in person.state.surfaces, "the surface", 30)
    person.app.session.set_view(layout=Layout.VOLUME, volume_visible=False)
    pane = person.app.view.volume.widget
    person.wait(lambda: green_pixels(pixels_of(pane.grab().toImage())) > 200, "the surface in 3-D", 20)


def test_cancelling_in_the_middle_takes_less_than_a_second_and_leaves_everything(person):
    before = facts(person)
    start_run(person, "Waiting things")
    wait_for_preview(person)
    started_s = time.monotonic()
    person.press("Cancel")
    person.wait(lambda: not person.app.workflows.running, "the end", 5)
    assert time.monotonic() - started_s < 1.2
    person.settle()
    assert person.state.preview is None
    assert same(before, facts(person))
    assert person.message == ""
    start_run(person, "Bright things")
    person.wait(lambda: len(person.layers) == 3, "a result after a cancelled run")


def test_a_killed_model_process_is_told_and_the_next_run_works(person):
    before = facts(person)
    start_run(person, "Waiting things")
    wait_for_preview(person)
    (child,) = children()
    os.kill(child.pid, signal.SIGKILL)
    person.wait(lambda: person.message, "the message", 10)
    person.settle()
    assert "killed" in person.message
    assert "memory" in person.message
    assert same(before, facts(person))
    assert person.state.preview is None
    start_run(person, "Bright things")
    person.wait(lambda: len(person.layers) == 3, "a result after a crash")


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Raising things", ("ZeroDivisionError", "Nothing was changed")),
        ("Hungry things", ("memory ran out", "Close other programs")),
        ("Refusing things", ("the scan is upside down", "Turn it.")),
    ],
)
def test_a_failing_model_says_why_and_what_to_do(person, title, words):
    before = facts(person)
    start_run(person, title)
    person.wait(lambda: person.message, "the message", 40)
    person.wait_idle()
    for word in words:
        assert word in person.message
    assert "Traceback" not in person.message
    assert "\n" not in person.message
    assert same(before, facts(person))
    assert person.state.preview is None


def test_painting_goes_on_while_a_model_runs(person):
    start_run(person, "Waiting things")
    wait_for_preview(person)
    person.app.session.set_active(person.layers[1].id)
    mask = person.layers[1].data
    person.choose("Brush")
    revision = mask.revision
    middle = person.canvas(AXIAL).rect().center()
    person.drag(AXIAL, middle, middle * 1.05, middle * 1.1)
    assert mask.revision > revision
    person.open_tab("Models")
    person.press("Cancel")
    person.wait(lambda: not person.app.workflows.running, "the end", 5)
    assert mask.revision > revision, "cancelling took the stroke with it"


def test_closing_the_window_ends_the_model_process(person):
    start_run(person, "Waiting things")
    wait_for_preview(person)
    (child,) = children()
    person.leave()
    assert not psutil.pid_exists(child.pid) or child.status() == psutil.STATUS_ZOMBIE
