"""What is on disk counts as saved again when undo or redo brings exactly it back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medview.core.geometry import Geometry
from medview.core.labels import LabelMap, Patch
from medview.core.layers import LabelsDisplay, Layer, LayerId, LayerKind
from medview.session.commands import AddLayers, ChangeLabelTable
from medview.session.session import Session


def session_with_mask() -> tuple[Session, LayerId]:
    session = Session()
    geometry = Geometry.from_spacing((4, 4, 4), 1)
    labels = LabelMap(np.zeros((4, 4, 4), np.uint8), geometry)
    layer = Layer(
        id=session.new_id(), name="Mask", kind=LayerKind.LABELS, data=labels, display=LabelsDisplay()
    )
    session.do(AddLayers(title="New mask", layers=(layer,)))
    return session, layer.id


def paint(session: Session, layer_id: LayerId, value: int) -> None:
    with session.stroke(layer_id, f"Paint {value}") as edit:
        edit.apply(Patch((1, 1, 1), np.full((2, 2, 2), value, np.uint8)))


def is_unsaved(session: Session, layer_id: LayerId) -> bool:
    layer = session.state.layer(layer_id)
    assert layer is not None
    return layer.is_unsaved


def saved_now(session: Session, layer_id: LayerId) -> None:
    layer = session.state.layer(layer_id)
    assert layer is not None
    session.mark_saved(layer_id, layer.revision, Path("mask.nii.gz"))


def test_undo_and_redo_leave_and_meet_the_saved_content() -> None:
    session, mask = session_with_mask()
    paint(session, mask, 1)
    saved_now(session, mask)
    assert not is_unsaved(session, mask)
    session.undo()
    assert is_unsaved(session, mask)
    session.redo()
    assert not is_unsaved(session, mask)


def test_a_new_stroke_after_undo_is_never_taken_for_the_saved_one() -> None:
    session, mask = session_with_mask()
    paint(session, mask, 1)
    saved_now(session, mask)
    session.undo()
    paint(session, mask, 2)
    assert is_unsaved(session, mask)


def test_names_and_colours_count_too() -> None:
    session, mask = session_with_mask()
    saved_now(session, mask)
    labels = session.state.layer(mask)
    assert labels is not None
    assert isinstance(labels.data, LabelMap)
    table = labels.data.table.with_entry(labels.data.table.entries[0]) if labels.data.table.entries else None
    session.do(ChangeLabelTable(layer_id=mask, table=table or labels.data.table, title="Rename"))
    assert is_unsaved(session, mask)
    session.undo()
    assert not is_unsaved(session, mask)
