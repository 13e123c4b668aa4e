from __future__ import annotations

import time

import numpy as np
import pytest
from session_volumes import make_volume

from medview.core.errors import EditOutsideCommand
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, Patch
from medview.core.layers import ImageDisplay
from medview.core.mesh import LabelSurfaces
from medview.session.commands import AddLayers, ApplyPatches, ChangeLayer, MoveLayer, RemoveLayer
from medview.session.files.layers_from import Content, empty_mask, layer_of
from medview.session.patches import PackedPatch, combined, in_tiles
from medview.session.session import Session


def add(session, data, name="x"):
    layer = layer_of(Content(name=name, data=data), session.new_id(), name)
    session.do(AddLayers(title=f"Add {name}", layers=(layer,)))
    return layer.id


def mask(shape=(12, 10, 8)) -> LabelMap:
    return empty_mask(Geometry.from_spacing(shape, 1), LabelEntry(value=1, name="m", colour=(1, 2, 3)))


def dab(value=1, offset=(1, 1, 1), size=2, masked=False) -> Patch:
    inside = np.eye(size, dtype=bool)[..., None] if masked else None
    return Patch(offset, np.full((size, size, 1), value, np.uint8), inside)


def test_a_stroke_shows_at_once_and_is_one_step_that_undo_takes_back_exactly(session) -> None:
    layer_id = add(session, mask())
    labels = session.state.layer(layer_id).data
    revisions = []
    session.changed.connect(lambda _old, new: revisions.append(new.layer(layer_id).revision))
    stroke = session.begin_stroke(layer_id, "Paint")
    for x in range(5):
        stroke.apply(dab(offset=(x, x, 2), masked=x % 2 == 0))
    assert revisions == [1, 2, 3, 4, 5]
    painted = np.array(labels.array)
    stroke.finish()
    assert session.undo_stack.titles == ("Add x", "Paint")
    session.undo()
    assert not labels.array.any()
    session.redo()
    assert np.array_equal(labels.array, painted)
    assert session.state.layer(layer_id).revision == labels.revision


def test_an_error_inside_a_stroke_takes_it_back(session) -> None:
    layer_id = add(session, mask())
    with pytest.raises(ZeroDivisionError), session.stroke(layer_id, "Paint") as stroke:
        stroke.apply(dab())
        raise ZeroDivisionError
    assert not session.state.layer(layer_id).data.array.any()
    assert session.undo_stack.titles == ("Add x",) and not session.is_painting


def test_a_step_that_comes_between_closes_the_stroke_and_painting_goes_on(session) -> None:
    layer_id = add(session, mask())
    stroke = session.begin_stroke(layer_id, "Paint")
    stroke.apply(dab())
    assert session.undo() == "Paint"
    stroke.apply(dab(offset=(5, 5, 5)))
    add(session, make_volume(), "late result")
    stroke.apply(dab(offset=(8, 8, 7)))
    stroke.finish()
    assert session.undo_stack.titles == ("Add x", "Paint", "Add late result", "Paint")
    for _ in range(4):
        session.undo()
    assert session.state.layers == ()


def test_painting_on_a_layer_that_is_gone_does_nothing(session) -> None:
    layer_id = add(session, mask())
    stroke = session.begin_stroke(layer_id, "Paint")
    session.do(RemoveLayer(layer_id=layer_id))
    stroke.apply(dab())
    stroke.finish()
    assert session.undo_stack.undo_title == "Remove x"
    with pytest.raises(KeyError):
        session.begin_stroke(layer_id, "Paint")


def test_labels_cannot_be_changed_behind_the_sessions_back(session) -> None:
    layer_id = add(session, mask())
    with pytest.raises(EditOutsideCommand):
        session.state.layer(layer_id).data.apply(dab())
    with pytest.raises(ValueError, match="read-only"):
        session.state.layer(layer_id).data.array[0, 0, 0] = 1


def test_a_removed_layer_comes_back_to_its_place_with_what_happened_meanwhile(session) -> None:
    first, second, third = (add(session, make_volume(), name) for name in "abc")
    session.set_active(second)
    session.do(RemoveLayer(layer_id=second))
    assert session.state.active_id == first
    session.mark_saved(third, 0, "somewhere")
    session.undo()
    assert [layer.id for layer in session.state.layers] == [first, second, third]
    assert session.state.active_id == second and session.state.layer(third).saved_revision == 0


def test_a_drag_of_a_control_is_one_step_but_switches_are_steps_each(session) -> None:
    layer_id = add(session, make_volume())
    before = session.state.layer(layer_id).display
    for low in (1.0, 2.0, 3.0):
        display = ImageDisplay(low=low, high=100)
        session.do(ChangeLayer(layer_id=layer_id, changes={"display": display}, title="Window"))
    assert session.undo_stack.titles == ("Add x", "Window")
    session.undo()
    assert session.state.layer(layer_id).display == before
    for visible in (False, True):
        session.do(ChangeLayer(layer_id=layer_id, changes={"visible": visible}, title="Visible"))
    assert session.undo_stack.titles == ("Add x", "Visible", "Visible")


def test_a_macro_is_one_step_and_an_error_takes_all_of_it_back(session) -> None:
    with session.macro("Both"):
        add(session, make_volume(), "a")
        add(session, make_volume(), "b")
    assert session.undo_stack.titles == ("Both",)
    with pytest.raises(ZeroDivisionError), session.macro("Broken"):
        add(session, make_volume(), "c")
        raise ZeroDivisionError
    assert [layer.name for layer in session.state.layers] == ["a", "b"]


def test_nothing_refers_to_a_layer_that_is_gone(session) -> None:
    layer_id = add(session, mask())
    session.set_surfaces(layer_id, LabelSurfaces(revision=0, smoothing_mm=0, meshes={}))
    session.set_active(layer_id + 50)
    assert session.state.active_id == layer_id
    session.undo()
    assert session.state.surfaces == {} and session.state.active_id is None
    session.set_surfaces(layer_id, LabelSurfaces(revision=0, smoothing_mm=0, meshes={}))
    assert session.state.surfaces == {}


def test_moving_and_undoing_keeps_the_order(session) -> None:
    ids = [add(session, make_volume(), name) for name in "abc"]
    session.do(MoveLayer(layer_id=ids[0], index=2))
    assert [layer.id for layer in session.state.layers] == [ids[1], ids[2], ids[0]]
    session.undo()
    assert [layer.id for layer in session.state.layers] == ids


def test_a_kept_removed_layer_counts_against_the_budget(session) -> None:
    layer_id = add(session, make_volume())
    session.do(RemoveLayer(layer_id=layer_id))
    assert session.undo_stack.nbytes == 12 * 10 * 8 * 2
    session.undo()
    assert session.undo_stack.nbytes == 0


def test_the_patches_of_a_stroke_become_one_unless_they_lie_far_apart() -> None:
    labels = LabelMap(np.zeros((300, 300, 300), np.uint8), Geometry.from_spacing((300, 300, 300), 1))
    with labels.edit():
        near = [labels.apply(dab(value, (value, 2, 2), masked=value % 2 == 0)) for value in range(1, 9)]
        far = [labels.apply(dab(1, (x, x, x))) for x in (100, 297)]
    assert len(combined(near)) == 1 and len(combined(far)) == 2
    with labels.edit():
        for patch in reversed(far + combined(near)):
            labels.apply(patch)
    assert not labels.array[:20].any()


def test_packing_a_patch_is_lossless(rng) -> None:
    for dtype in (np.uint8, np.uint16):
        values = rng.integers(0, 250, (3, 5, 7)).astype(dtype)
        found = PackedPatch.pack(Patch((1, 2, 3), values, values > 100)).unpack()
        assert found.offset_ijk == (1, 2, 3) and np.array_equal(found.values, values)
        assert np.array_equal(found.mask, values > 100) and found.values.dtype == dtype


def test_equal_numbers_are_kept_once_and_tiles_cost_what_changes(rng) -> None:
    values = np.zeros((200, 200, 200), np.uint8, order="F")
    mask = np.zeros(values.shape, bool, order="F")
    for corner in (3, 190):
        mask[corner : corner + 5, corner, corner] = True
    values[mask] = 7
    parts = list(in_tiles(Patch((10, 20, 30), values, mask)))
    assert [part.offset_ijk for part in parts] == [(13, 23, 33), (200, 210, 220), (202, 210, 220)]
    assert sum(part.values.size for part in parts) == 10
    assert sum(PackedPatch.pack(part).nbytes for part in parts) < 100
    noisy = rng.integers(1, 3, (9, 9, 9)).astype(np.uint16)
    for patch in (Patch((0, 0, 0), noisy), Patch((0, 0, 0), noisy, noisy == 2)):
        found = PackedPatch.pack(patch).unpack()
        changes = patch.mask if patch.mask is not None else np.ones(noisy.shape, bool)
        assert np.array_equal(found.values[changes], noisy[changes]) and found.values.shape == noisy.shape
    assert len(PackedPatch.pack(Patch((0, 0, 0), noisy, noisy == 2)).values) < 20


def test_a_change_that_was_not_painted_can_be_a_step_too(session) -> None:
    layer_id = add(session, mask())
    session.do(ApplyPatches.of("Fill", layer_id, [dab(), dab(2, (2, 2, 1))]))
    labels = session.state.layer(layer_id).data
    assert (labels.array == 2).sum() == 4 and (labels.array == 1).sum() == 3
    session.undo()
    assert not labels.array.any()


def test_a_dab_costs_under_three_milliseconds_and_undo_of_a_long_stroke_under_fifty() -> None:
    session = Session()
    layer_id = add(session, mask((512, 512, 60)))
    stroke, times = session.begin_stroke(layer_id, "Paint"), []
    for x in range(200):
        start = time.perf_counter()
        stroke.apply(Patch((2 * x, 200, 30), np.ones((60, 60, 1), np.uint8)))
        times.append(time.perf_counter() - start)
    assert np.median(times) < 0.003
    stroke.finish()
    start = time.perf_counter()
    session.undo()
    assert time.perf_counter() - start < 0.05
    assert not session.state.layer(layer_id).data.array.any()
