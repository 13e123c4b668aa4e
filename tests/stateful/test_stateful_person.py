"""A random person at the whole program: every tool, operation, action, model, save and kill, in any order.

The views are fakes, everything behind them is real: presenters, permission, undo, journal, recovery, files.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

sys.path.extend(str(Path(__file__).parents[1] / room) for room in ("present", "unit/session"))

from journal_picture import session_picture, walked
from scans import grid, image_layer, mask_layer, turned, volume
from whole_program import make_desk

from medview.core.hand import HandOptions, WandRule
from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.overwrite import Overwrite, OverwriteRule
from medview.core.state import Orientation, Tool
from medview.edit.operations import OPERATIONS
from medview.io.journal import JournalFile
from medview.present.hand.tool_table import OUTLINES
from medview.present.plane_frame import vector_of
from medview.present.ports.slice_port import Pointer
from medview.session.commands import AddLayers
from medview.session.files.layers_from import Content
from medview.session.journal.replay import replay
from medview.session.labels import table

SHAPE = (14, 12, 10)
GRIDS = (grid(shape=SHAPE), grid(shape=SHAPE, turn=turned(25)))
LABELS = tuple(
    LabelEntry(value=value, name=f"Label {value}", colour=(60 * value, 30, 200)) for value in (1, 2, 3)
)
UNPRESSED = ("file.quit", "edit.preferences", "file.copy_picture", "file.sample", "help.guide")
"""Left out: the end of the program, what only shows a window, and what takes long for its size."""

places = st.tuples(*(st.integers(0, 10 * (n - 1)).map(lambda tenths: tenths / 10) for n in SHAPE))
panes = st.sampled_from(list(Orientation))
paths = st.lists(places, min_size=1, max_size=4)
tools = st.sampled_from(list(Tool))
pick = st.integers(0, 1000)


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Nothing is cut off here but the program: no disk need be waited for."""
    monkeypatch.setattr(JournalFile, "sync", lambda _file: None)


def blobs(seed: int) -> np.ndarray:
    """A scan with edges to find."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 4, tuple((n + 3) // 4 for n in SHAPE))
    fine = np.kron(coarse, np.ones((4, 4, 4)))[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    return (100 * fine + rng.normal(0, 5, SHAPE)).astype(np.float32)


class Person(RuleBasedStateMachine):
    """Presses, drags, chooses and runs; the program is killed now and then, and started again."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = make_desk(Path(self.folder.name))

    def teardown(self) -> None:
        self.desk.workflows.recovery.end()
        self.folder.cleanup()

    @property
    def session(self):
        return self.desk.session

    @property
    def masks(self):
        return [layer for layer in self.session.state.layers if isinstance(layer.data, LabelMap)]

    @initialize(turned=st.booleans(), seed=pick)
    def opens(self, turned, seed) -> None:
        geometry = GRIDS[turned]
        scan = image_layer(self.session, volume(geometry, data=blobs(seed)))
        mask = mask_layer(self.session, geometry, entries=LABELS)
        self.session.do(AddLayers(title="Open", layers=(scan, mask)))
        self.desk.run("view.planes_scan" if turned else "view.planes_patient")

    @contextmanager
    def locks_hold(self):
        """Whatever is done inside, voxels of locked labels stay, and no other voxel becomes one."""
        before = {layer.id: (layer.data, locked_voxels(layer.data)) for layer in self.masks}
        yield
        for labels, voxels in before.values():
            assert np.array_equal(locked_voxels(labels), voxels)

    @rule(label=st.integers(1, 3), radius=st.floats(0.5, 5))
    def chooses(self, label, radius) -> None:
        self.session.set_view(label_value=label, brush_radius_mm=radius)

    @rule(
        ball=st.booleans(),
        limited=st.booleans(),
        rule=st.sampled_from(list(WandRule)),
        deep=st.booleans(),
        overwrite=st.sampled_from(list(Overwrite)),
    )
    def sets_the_hand(self, ball, limited, rule, deep, overwrite) -> None:
        options = HandOptions(
            is_ball=ball, range_on=limited, range_low=50, range_high=250, wand=rule, wand_in_3d=deep
        )
        chosen = OverwriteRule(kind=overwrite, chosen=frozenset({0, 2}))
        self.session.set_view(hand=options, overwrite=chosen)

    @rule(place=places)
    def looks_at(self, place) -> None:
        self.session.set_view(cursor_ras=vector_of(self.grid.ras_of(place)))

    @property
    def grid(self):
        layers = self.session.state.layers
        return layers[0].data.geometry if layers else GRIDS[0]

    def pointer(self, pane, place, ctrl=False, shift=False, button="left") -> Pointer:
        """A place in the slice on show."""
        position = np.array(self.grid.ras_of(place))
        plan = self.desk.views.slices[pane].plan
        normal = np.array(plan.toward_ras)
        position += normal * (normal @ (np.array(plan.point_ras) - position))
        pixel = (10 * place[0] + place[2], 10 * place[1])
        return Pointer(
            position_ras=vector_of(position), position_px=pixel, ctrl=ctrl, shift=shift, button=button
        )

    @rule(tool=tools, pane=panes, path=paths, ctrl=st.booleans(), shift=st.booleans())
    def drags(self, tool, pane, path, ctrl, shift) -> None:
        self.session.set_view(tool=tool)
        view = self.desk.views.slices[pane]
        points = [self.pointer(pane, place, ctrl, shift) for place in path]
        with self.locks_hold():
            view.pressed.emit(points[0])
            for point in points[1:]:
                view.moved.emit(point)
            view.released.emit(points[-1])

    @rule(
        tool=tools, pane=panes, places=paths, key=st.sampled_from(("edit.undo", "edit.cancel", "edit.redo"))
    )
    def presses_a_key_amid_a_drag(self, tool, pane, places, key) -> None:
        self.session.set_view(tool=tool)
        view = self.desk.views.slices[pane]
        view.pressed.emit(self.pointer(pane, places[0]))
        view.moved.emit(self.pointer(pane, places[-1]))
        self.desk.run(key)
        view.moved.emit(self.pointer(pane, places[0]))
        view.released.emit(self.pointer(pane, places[0]))

    @rule(tool=st.sampled_from(OUTLINES), corners=st.lists(places, min_size=3, max_size=5), pane=panes)
    def draws_an_outline(self, tool, corners, pane) -> None:
        self.session.set_view(tool=tool)
        view = self.desk.views.slices[pane]
        with self.locks_hold():
            for corner in corners:
                view.pressed.emit(self.pointer(pane, corner))
                view.released.emit(self.pointer(pane, corner))
            self.desk.run("edit.close_outline")

    @rule(operation=st.sampled_from(OPERATIONS), number=pick)
    def refines(self, operation, number) -> None:
        masks = self.masks
        if masks:
            self.session.set_active(masks[number % len(masks)].id)
        view = self.desk.views.refine
        with self.locks_hold():
            view.chosen.emit(operation.id)
            view.apply_asked.emit()

    @rule(data=st.data())
    def does_anything_on_the_menu(self, data) -> None:
        rows = self.desk.window.rows.values()
        ready = [row.action_id for row in rows if not row.why_not and row.action_id not in UNPRESSED]
        self.desk.run(data.draw(st.sampled_from(ready)))

    @rule(number=pick, label=st.integers(1, 3))
    def locks_or_unlocks(self, number, label) -> None:
        masks = self.masks
        if masks:
            mask = masks[number % len(masks)]
            entry = mask.data.table.find(label)
            if entry is not None:
                table.change_labels(self.session, mask.id, (label,), locked=not entry.locked)

    @rule(seed=pick)
    def runs_a_model(self, seed) -> None:
        rng = np.random.default_rng(seed)
        found = LabelMap((rng.random(SHAPE) > 0.9).astype(np.uint8), self.grid, LabelTable(LABELS[:1]))
        content = Content(name="result", data=found, provenance={"model": "fake", "seed": seed})
        self.desk.workflows.opening.add("Run", (content,))

    @rule(steps=st.integers(-3, 3))
    def goes_back_and_forth(self, steps) -> None:
        for _ in range(abs(steps)):
            self.desk.run("edit.undo" if steps < 0 else "edit.redo")

    @rule(place=pick)
    def clicks_in_the_history(self, place) -> None:
        self.desk.views.history.chosen.emit(place % (self.session.undo_stack.count + 1))

    @rule()
    def saves(self) -> None:
        self.desk.window.answers["save"] = Path(self.folder.name) / "mask.nii.gz"
        self.desk.run("file.save_mask")
        active = self.session.state.active
        if active is not None and active.path is not None and active.is_labels:
            assert not active.is_unsaved

    @invariant()
    def nothing_fails_but_in_a_sentence_for_people(self) -> None:
        for _title, detail, hint in self.desk.window.errors:
            assert "the program made a mistake" not in detail and "The log holds the details" not in hint

    @rule()
    def is_killed_and_starts_again(self) -> None:
        recorder = self.desk.workflows.recovery.recorder
        self.desk.program.desk.strokes.finish()
        if recorder.folder is None:
            return
        assert recorder.settle(30)
        recorder.leave()
        before = self.session
        self.desk = make_desk(Path(self.folder.name))
        offers = []
        self.desk.workflows.recovery.look(offers.extend)
        if not offers:
            assert not any(layer.is_unsaved for layer in before.state.layers)
            self.opens(False, 1)
            return
        (offer,) = offers
        self.desk.workflows.recovery.restore(offer.offer_id)
        assert session_picture(self.session) == session_picture(before)
        assert walked(before) == walked(self.twin())

    def twin(self):
        """The journal that goes on, done again by itself: walking its history disturbs nobody."""
        recorder = self.desk.workflows.recovery.recorder
        assert recorder.settle(30)
        return replay(recorder._folder).session


def locked_voxels(labels: LabelMap) -> np.ndarray:
    """The numbers where a locked label lies; elsewhere 0."""
    locked = [entry.value for entry in labels.table.entries if entry.locked]
    return np.where(np.isin(labels.array, locked), labels.array, 0)


Person.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
TestPerson = Person.TestCase
