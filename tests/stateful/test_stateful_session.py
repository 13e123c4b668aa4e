"""A random user: whatever is done, undone and redone, nothing is lost and nothing dangles."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

sys.path.append(str(Path(__file__).parents[1] / "unit" / "session"))

from brush_strokes import swept_patch

from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.layers import ImageDisplay
from medview.core.mesh import LabelSurfaces
from medview.core.volume import Source, Volume, value_range
from medview.session import masks
from medview.session.commands import AddLayers, ChangeLayer, MoveLayer, RemoveLayer
from medview.session.files.layers_from import Content, layers_of
from medview.session.labels.table import add_label
from medview.session.session import Session

SHAPE = (14, 12, 10)
GRID = Geometry.from_spacing(SHAPE, (1, 1.5, 2))
NORMALS = ((0, 0, 1), (0, 1, 0), (1, 0, 0), (0.3, 0.5, 0.8))
places = st.tuples(*(st.floats(-9, 9) for _ in range(3)))
pick = st.integers(0, 1000)


def make_scan(seed: int) -> Volume:
    data = np.random.default_rng(seed).integers(0, 500, SHAPE).astype(np.int16)
    source = Source(path=None, format="synthetic", stored=GRID)
    return Volume(name=f"scan {seed}", data=data, geometry=GRID, source=source, values=value_range(data))


def picture_of(session: Session):
    """Everything that undo promises to restore, content included."""
    return [
        (
            layer.id,
            layer.name,
            layer.visible,
            layer.opacity,
            layer.display,
            (layer.data.array.tobytes(), layer.data.table)
            if isinstance(layer.data, LabelMap)
            else id(layer.data),
        )
        for layer in session.state.layers
    ]


class RandomUser(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        # what the screen showed after each step: the undo stack's shadow
        self.past = [picture_of(self.session)]
        self.future = []
        self.titles_before = ()

    @property
    def label_ids(self):
        return [layer.id for layer in self.session.state.layers if layer.is_labels]

    def chosen(self, number):
        layers = self.session.state.layers
        return layers[number % len(layers)]

    def done(self) -> None:
        """Note what there is after a step, or after one that merged with the step before."""
        titles = self.session.undo_stack.titles
        if len(titles) == len(self.titles_before):
            self.past.pop()
        self.past.append(picture_of(self.session))
        self.future.clear()
        self.titles_before = titles

    @rule(seed=pick)
    def opens_a_scan(self, seed) -> None:
        content = Content(name="scan", data=make_scan(seed % 3))
        self.add("Open", (content,))

    @rule(number=pick)
    @precondition(lambda self: self.session.state.layers)
    def makes_a_mask(self, number) -> None:
        masks.new_mask(self.session, self.chosen(number).id)
        self.done()

    @rule(seed=pick)
    @precondition(lambda self: self.session.state.layers)
    def runs_a_model(self, seed) -> None:
        rng = np.random.default_rng(seed)
        labels = LabelMap(
            (rng.random(SHAPE) > 0.9).astype(np.uint8),
            GRID,
            LabelTable((LabelEntry(value=1, name="found", colour=(1, 2, 3)),)),
        )
        contents = (
            Content(name="score", data=make_scan(seed % 3), provenance={"model": "fake"}),
            Content(name="result", data=labels, provenance={"model": "fake"}),
        )
        self.add("Run", contents)

    def add(self, title, contents) -> None:
        ids = [self.session.new_id() for _ in contents]
        layers = tuple(layers_of(contents, self.session.state.layers, ids))
        self.session.do(AddLayers(title=title, layers=layers))
        self.done()

    @rule(
        number=pick, start=places, end=places, radius=st.floats(0.1, 5), value=st.integers(0, 2), normal=pick
    )
    @precondition(lambda self: self.label_ids)
    def paints(self, number, start, end, radius, value, normal) -> None:
        layer_id = self.label_ids[number % len(self.label_ids)]
        labels = self.session.state.layer(layer_id).data
        direction = NORMALS[normal % len(NORMALS)]
        stroke, is_painted = self.session.begin_stroke(layer_id, "Paint"), False
        for patch_of in (
            lambda: swept_patch(labels, start, start, direction, radius, value),
            lambda: swept_patch(labels, start, end, direction, radius, value),
        ):
            patch = patch_of()
            if patch is not None:
                stroke.apply(patch)
                is_painted = True
        stroke.finish()
        if is_painted:
            self.done()

    @rule(number=pick, start=places)
    @precondition(lambda self: self.label_ids)
    def begins_a_stroke_and_lets_go_of_it(self, number, start) -> None:
        layer_id = self.label_ids[number % len(self.label_ids)]
        before = picture_of(self.session)
        stroke = self.session.begin_stroke(layer_id, "Paint")
        patch = swept_patch(self.session.state.layer(layer_id).data, start, start, (0, 0, 1), 3, 1)
        if patch is not None:
            stroke.apply(patch)
        stroke.roll_back()
        assert picture_of(self.session) == before

    @rule(number=pick)
    @precondition(lambda self: self.session.state.layers)
    def removes(self, number) -> None:
        self.session.do(RemoveLayer(layer_id=self.chosen(number).id))
        self.done()

    @rule(number=pick, place=pick)
    @precondition(lambda self: self.session.state.layers)
    def reorders(self, number, place) -> None:
        index = place % len(self.session.state.layers)
        self.session.do(MoveLayer(layer_id=self.chosen(number).id, index=index))
        self.done()

    @rule(number=pick, low=st.floats(0, 100))
    @precondition(lambda self: self.session.state.layers)
    def changes_the_display(self, number, low) -> None:
        layer = self.chosen(number)
        changes = {"opacity": low / 100} if layer.is_labels else {"display": ImageDisplay(low=low, high=200)}
        self.session.do(ChangeLayer(layer_id=layer.id, changes=changes, title=f"Display of {layer.id}"))
        self.done()

    @rule(number=pick)
    @precondition(lambda self: self.session.state.layers)
    def hides(self, number) -> None:
        layer = self.chosen(number)
        self.session.do(
            ChangeLayer(layer_id=layer.id, changes={"visible": not layer.visible}, title="Visible")
        )
        self.done()

    @rule(number=pick)
    @precondition(lambda self: self.label_ids)
    def adds_a_label(self, number) -> None:
        add_label(self.session, self.label_ids[number % len(self.label_ids)])
        self.done()

    @rule(number=pick)
    @precondition(lambda self: self.session.state.layers)
    def looks_elsewhere(self, number) -> None:
        layer = self.chosen(number)
        self.session.set_active(layer.id)
        self.session.set_view(cursor_ras=(float(number % 5), 0.0, 0.0))
        if layer.is_labels:
            found = LabelSurfaces(revision=layer.revision, smoothing_mm=0.8, meshes={})
            self.session.set_surfaces(layer.id, found)

    @rule(number=pick)
    @precondition(lambda self: self.session.state.layers)
    def saves(self, number) -> None:
        layer = self.chosen(number)
        self.session.mark_saved(layer.id, layer.revision, None)

    @rule()
    def undoes(self) -> None:
        if self.session.undo() is not None:
            self.future.append(self.past.pop())
        self.titles_before = self.session.undo_stack.titles

    @rule()
    def redoes(self) -> None:
        if self.session.redo() is not None:
            self.past.append(self.future.pop())
        self.titles_before = self.session.undo_stack.titles

    @rule()
    def undoes_all_and_redoes_all(self) -> None:
        now, steps = picture_of(self.session), 0
        while self.session.undo() is not None:
            steps += 1
            assert picture_of(self.session) == self.past[-1 - steps]
        assert self.session.state.layers == ()
        for _ in range(steps):
            self.session.redo()
        assert picture_of(self.session) == now

    @invariant()
    def the_screen_is_what_the_history_says(self) -> None:
        assert picture_of(self.session) == self.past[-1]

    @invariant()
    def nothing_refers_to_a_layer_that_is_gone(self) -> None:
        state = self.session.state
        ids = [layer.id for layer in state.layers]
        assert len(set(ids)) == len(ids)
        assert state.active_id in ids if ids else state.active_id is None
        assert set(state.surfaces) <= set(ids)

    @invariant()
    def the_state_stands_for_the_content_of_every_map(self) -> None:
        for layer in self.session.state.layers:
            if isinstance(layer.data, LabelMap):
                assert layer.revision == layer.data.revision
                assert replace(layer).data is layer.data


RandomUser.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
TestRandomUser = RandomUser.TestCase
