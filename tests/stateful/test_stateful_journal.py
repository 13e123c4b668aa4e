"""Random annotators whose program is killed again and again: the journal brings back what was there."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

sys.path.append(str(Path(__file__).parents[1] / "unit" / "session"))

from brush_strokes import swept_patch
from field_folders import make_field
from journal_picture import session_picture, walked

from medview.core.errors import LabelLocked
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable, Patch
from medview.core.radiance import Placement, ScaleSource
from medview.core.volume import Source, Volume, value_range
from medview.io.journal import JournalFile
from medview.session import masks
from medview.session.commands import AddLayers, ApplyPatches, ChangeLayer, MoveLayer, RemoveLayer
from medview.session.fields.opening import read_field
from medview.session.files.layers_from import Content, layers_of
from medview.session.journal.catalogue import orphans
from medview.session.journal.recorder import Recorder
from medview.session.journal.replay import replay
from medview.session.labels import table
from medview.session.session import Session

SHAPE = (13, 11, 9)
GRID = Geometry.from_spacing(SHAPE, (1, 1.5, 2))
BUDGET_BYTES = 9000  # so small that older steps are let go
places = st.tuples(*(st.floats(-9, 9) for _ in range(3)))
pick = st.integers(0, 1000)
has_layers = precondition(lambda self: self.session.state.layers)
has_scenes = precondition(lambda self: any(layer.is_field for layer in self.session.state.layers))
has_masks = precondition(lambda self: self.mask_ids)


def make_scan(seed: int) -> Volume:
    data = np.random.default_rng(seed).integers(0, 500, SHAPE).astype(np.int16)
    source = Source(path=None, format="synthetic", stored=GRID)
    return Volume(name=f"scan {seed}", data=data, geometry=GRID, source=source, values=value_range(data))


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """What is torn is torn by the test: no disk need be waited for."""
    monkeypatch.setattr(JournalFile, "sync", lambda _file: None)


class Annotator(RuleBasedStateMachine):
    """Does what people do; now and then everything but the journal is gone, and work goes on from it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.session = Session(BUDGET_BYTES)
        self.stroke = None
        self.listen()

    def listen(self) -> None:
        self.troubles = []
        self.recorder = Recorder(self.session, self.root, lambda work: work(), self.troubles.append)

    def teardown(self) -> None:
        self.recorder.end()
        shutil.rmtree(self.root.with_name(f"{self.root.name}.field"), ignore_errors=True)
        self.folder.cleanup()

    @property
    def mask_ids(self):
        return [layer.id for layer in self.session.state.layers if layer.is_labels]

    def chosen(self, number):
        layers = self.session.state.layers
        return layers[number % len(layers)]

    def chosen_mask(self, number):
        return self.session.state.layer(self.mask_ids[number % len(self.mask_ids)])

    def add(self, title, *contents) -> None:
        ids = [self.session.new_id() for _ in contents]
        layers = tuple(layers_of(contents, self.session.state.layers, ids))
        self.session.do(AddLayers(title=title, layers=layers))

    @rule(seed=pick)
    def opens_a_scan(self, seed) -> None:
        self.add("Open", Content(name="scan", data=make_scan(seed % 3)))

    @rule()
    def opens_a_scene(self) -> None:
        folder = self.root.with_name(f"{self.root.name}.field")
        if not folder.exists():
            make_field(folder, cells=SHAPE)
        self.add("Open", read_field(folder))

    @rule(number=pick, scale=st.floats(1, 9))
    @has_scenes
    def places_a_scene(self, number, scale) -> None:
        scenes = [layer for layer in self.session.state.layers if layer.is_field]
        layer = scenes[number % len(scenes)]
        place = Placement(ras_from_scene=np.diag([scale, scale, scale, 1]), scale_source=ScaleSource.LENGTH)
        changes = {"data": replace(layer.data, placement=place)}
        self.session.do(ChangeLayer(layer_id=layer.id, changes=changes, title="Place"))

    @rule(number=pick)
    @has_layers
    def makes_a_mask(self, number) -> None:
        masks.new_mask(self.session, self.chosen(number).id)

    @rule(seed=pick)
    def runs_a_model(self, seed) -> None:
        rng = np.random.default_rng(seed)
        entry = LabelEntry(value=1, name="found", colour=(1, 2, 3))
        labels = LabelMap((rng.random(SHAPE) > 0.9).astype(np.uint8), GRID, LabelTable((entry,)))
        facts = {"model": "fake", "seed": seed}
        self.add(
            "Run",
            Content(name="score", data=make_scan(seed % 3), provenance=facts),
            Content(name="result", data=labels, provenance=facts),
        )

    @rule(number=pick, start=places, end=places, radius=st.floats(0.1, 5), value=st.integers(0, 2))
    @has_masks
    def paints_on(self, number, start, end, radius, value) -> None:
        """A stroke that may still be open when something else happens."""
        layer = self.chosen_mask(number)
        if self.stroke is None or not self.session.is_painting:
            self.stroke = self.session.begin_stroke(layer.id, f"Paint {value}")
        labels = self.session.state.layer(self.stroke.layer_id)
        if labels is None:
            return
        patch = swept_patch(labels.data, start, end, (0.2, 0.1, 1), radius, value)
        if patch is not None:
            self.stroke.apply(patch)

    @rule()
    def lifts_the_pen(self) -> None:
        if self.stroke is not None:
            self.stroke.finish()
            self.stroke = None

    @rule()
    def presses_escape(self) -> None:
        if self.stroke is not None:
            self.stroke.roll_back()
            self.stroke = None

    @rule(number=pick, corner=st.tuples(*(st.integers(0, n - 3) for n in SHAPE)), value=st.integers(0, 3))
    @has_masks
    def uses_a_tool(self, number, corner, value) -> None:
        layer = self.chosen_mask(number)
        i, j, k = corner
        boxes = [
            Patch((i, j, k), np.full((3, 2, 2), value, layer.data.array.dtype)),
            Patch(
                (i, j, k),
                np.full((2, 2, 1), value + 1, layer.data.array.dtype),
                np.eye(2, dtype=bool)[..., None],
            ),
        ]
        try:
            self.session.do(ApplyPatches.of("Tool", layer.id, boxes))
        except LabelLocked:
            return

    @rule(number=pick)
    @has_layers
    def removes(self, number) -> None:
        self.session.do(RemoveLayer(layer_id=self.chosen(number).id))

    @rule(number=pick, place=pick)
    @has_layers
    def reorders(self, number, place) -> None:
        self.session.do(
            MoveLayer(layer_id=self.chosen(number).id, index=place % len(self.session.state.layers))
        )

    @rule(number=pick, opacity=st.floats(0, 1), visible=st.booleans())
    @has_layers
    def changes_the_look(self, number, opacity, visible) -> None:
        layer = self.chosen(number)
        with self.session.macro("Look"):
            self.session.do(ChangeLayer(layer_id=layer.id, changes={"opacity": opacity}, title="Opacity"))
            self.session.do(ChangeLayer(layer_id=layer.id, changes={"visible": visible}, title="Visible"))

    @rule(number=pick, name=st.text(max_size=5), locked=st.booleans())
    @has_masks
    def changes_the_table(self, number, name, locked) -> None:
        mask = self.chosen_mask(number).id
        value = table.add_label(self.session, mask, name)
        table.change_labels(self.session, mask, (value,), note=name, visible=not locked)
        table.change_label(self.session, mask, value, f"{name}!", (1, 2, number % 256))
        table.change_labels(self.session, mask, (1,), locked=locked)
        table.move_labels(self.session, mask, (value,), -1)

    @rule(number=pick)
    @has_layers
    def fails(self, number) -> None:
        try:
            with self.session.macro("Fails"):
                self.session.do(
                    ChangeLayer(layer_id=self.chosen(number).id, changes={"name": "x"}, title="x")
                )
                self.session.do(RemoveLayer(layer_id=10**6))
        except KeyError:
            return

    @rule()
    def undoes(self) -> None:
        self.session.undo()

    @rule()
    def redoes(self) -> None:
        self.session.redo()

    @rule(place=pick)
    def goes_to_a_step(self, place) -> None:
        self.session.go_to(place % (self.session.undo_stack.count + 1))

    @rule(number=pick)
    @has_layers
    def looks_elsewhere(self, number) -> None:
        self.session.set_active(self.chosen(number).id)
        self.session.set_view(cursor_ras=(float(number % 5), 0.0, 0.0))

    @rule(number=pick)
    @has_layers
    def saves(self, number) -> None:
        layer = self.chosen(number)
        self.session.close_stroke()
        self.session.mark_saved(layer.id, self.session.state.layer(layer.id).revision, Path(f"m{number}.nii"))

    @rule(torn=st.binary(max_size=20))
    def is_killed_and_recovers(self, torn) -> None:
        if self.recorder.folder is None:
            return
        assert self.recorder.settle(30) and self.troubles == []
        self.recorder.leave()
        self.session.deeds.disconnect()
        (folder,) = orphans(self.root)
        with folder.journal.open("ab") as tail:
            tail.write(torn)
        found = replay(folder)
        # an open stroke is a step of its own after the kill
        self.lifts_the_pen()
        self.session.close_stroke()
        assert session_picture(found.session) == session_picture(self.session)
        # walking makes revisions that no deed tells of: done on a session that does not go on
        assert walked(replay(folder).session) == walked(self.session)
        self.session, self.stroke = Session(BUDGET_BYTES), None
        self.listen()
        self.recorder.go_on(folder, found.offset, found.closing)
        self.session.adopt(found.session)

    @invariant()
    def costs_are_the_sum_of_all_steps(self) -> None:
        stack = self.session.undo_stack
        assert stack.nbytes == sum(command.nbytes for command in stack._steps)
        assert stack.nbytes == sum(step.nbytes for step in stack.history)

    @invariant()
    def the_state_stands_for_the_content(self) -> None:
        for layer in self.session.state.layers:
            assert replace(layer).data is layer.data
            assert not layer.is_labels or layer.revision == layer.data.revision


Annotator.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
TestAnnotator = Annotator.TestCase
