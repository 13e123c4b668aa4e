"""A mask that finds no room is told of, stays unsaved and unharmed, and can be saved again."""

from __future__ import annotations

import numpy as np

from medview.core.labels import Patch
from medview.io import readers
from medview.session.masks import new_mask


def paint_noise(session, layer_id, seed) -> None:
    shape = session.state.layers[-1].geometry.shape
    with session.stroke(layer_id, "Paint") as stroke:
        noise = np.random.default_rng(seed).integers(0, 2, shape).astype(np.uint8)
        stroke.apply(Patch((0, 0, 0), noise))


def test_the_session_goes_on_after_a_mask_found_no_room(
    workflows, session, heard, scan_file, tmp_path, room_for
) -> None:
    workflows.opening.open_paths([scan_file()])
    mask, path = new_mask(session), tmp_path / "mask.nii"
    paint_noise(session, mask, 1)
    workflows.saving.save_layer(mask, path)
    before, painted = path.read_bytes(), len(heard.failed)
    paint_noise(session, mask, 2)
    with room_for(500):
        workflows.saving.save_layer(mask, path)
    (words,) = heard.failed[painted:]
    assert "larger than this disk or your limits allow" in " ".join(map(str, words))
    assert path.read_bytes() == before
    layer = session.state.layers[-1]
    assert layer.is_unsaved
    kept = layer.data.array.copy()
    session.undo()
    session.redo()
    workflows.saving.save_layer(mask, path)
    assert not session.state.layers[-1].is_unsaved
    assert np.array_equal(np.asarray(readers.read(path)[0].data).squeeze(), kept)
