"""Training slices of t2-vessels: one size, vessels kept, refusals by name."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.segment.t2_vessels.data import prepare


def subject(folder, number=0, shape=(50, 44, 6), spacing=(1.0, 1.0, 3.0)):
    rng = np.random.default_rng(number)
    folder = folder / f"subject-{number}"
    folder.mkdir()
    image = np.zeros(shape, np.float32)
    image[6:-6, 4:-4] = rng.uniform(300, 600, (shape[0] - 12, shape[1] - 8, shape[2]))
    vessels = np.zeros(shape, np.uint8)
    vessels[20:23, 15:18, 2:4] = 1
    image[vessels > 0] = 100
    np.save(folder / "t2.npy", image)
    np.save(folder / "vessels.npy", vessels)
    arrays = {name: folder / f"{name}.npy" for name in ("t2", "vessels")}
    return Subject(id=folder.name, arrays=arrays, geometry=Geometry.from_spacing(shape, spacing))


def test_prepared_slices_have_one_size_in_multiples_of_16_and_keep_their_vessels(tmp_path):
    subjects = [
        subject(tmp_path, 0),
        subject(tmp_path, 1, (70, 44, 5)),
        subject(tmp_path, 2, spacing=(0.5, 0.5, 2)),
    ]
    prepared = prepare(subjects, ("t2",), 1.0, 400, RunContext(scratch=tmp_path))
    assert [each.images.shape[1:] for each in prepared] == [(1, 64, 48)] * 3
    assert all(each.targets.shape[1:] == (1, 64, 48) for each in prepared)
    assert int(prepared[0].targets.sum()) == int(prepared[1].targets.sum()) == 18
    assert [each.pixel_ml for each in prepared] == pytest.approx(
        [each.geometry.spacing_mm[2] / 1000 for each in subjects], rel=0.05
    )
    assert prepared[0].foreground.tolist() == [False, False, True, True, False, False]
    images, masks = (np.asarray(part, np.float32) for part in (prepared[0].images, prepared[0].targets))
    assert images[masks > 0].max() < 0.1 < np.median(images[images > 0])


def test_a_small_crop_keeps_the_middle(tmp_path):
    found = prepare([subject(tmp_path)], ("t2",), 1.0, 40, RunContext(scratch=tmp_path))[0]
    assert found.images.shape[2:] == (32, 32)
    assert int(found.targets.sum()) == 18


def test_a_subject_without_reference_is_refused_by_name(tmp_path):
    (tmp_path / "subject-0").mkdir()
    given = Subject(id="ann", arrays={}, geometry=Geometry.from_spacing((4, 4, 4), 1))
    with pytest.raises(InputRefused, match="subject ann: it has no t2"):
        prepare([given], ("t2",), 1.0, 400, RunContext(scratch=tmp_path))
