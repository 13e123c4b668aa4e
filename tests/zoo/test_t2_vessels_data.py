"""Training slices: halves, splits and augmentation, all repeatable from the seed and the step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.segment.t2_vessels import augment
from medview.zoo.segment.t2_vessels.data import (
    BatchPlan,
    draw_batch,
    draw_indices,
    gather,
    prepare,
    split,
    windows,
)


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


@pytest.fixture
def slices(tmp_path):
    subjects = [subject(tmp_path, number) for number in range(3)]
    return gather(prepare(subjects, ("t2",), 1.0, 400, RunContext(scratch=tmp_path)))


def test_prepared_slices_have_one_size_in_multiples_of_16_and_keep_their_vessels(tmp_path):
    subjects = [
        subject(tmp_path, 0),
        subject(tmp_path, 1, (70, 44, 5)),
        subject(tmp_path, 2, spacing=(0.5, 0.5, 2)),
    ]
    prepared = prepare(subjects, ("t2",), 1.0, 400, RunContext(scratch=tmp_path))
    assert [images.shape[1:] for images, _ in prepared] == [(1, 64, 48)] * 3
    assert all(masks.shape[1:] == (1, 64, 48) for _, masks in prepared)
    assert int(prepared[0][1].sum()) == int(prepared[1][1].sum()) == 18
    images, masks = (np.asarray(part, np.float32) for part in prepared[0])
    assert images[masks > 0].max() < 0.1 < np.median(images[images > 0])


def test_a_small_crop_keeps_the_middle(tmp_path):
    images, masks = prepare([subject(tmp_path)], ("t2",), 1.0, 40, RunContext(scratch=tmp_path))[0]
    assert images.shape[2:] == (32, 32)
    assert int(masks.sum()) == 18


def test_a_subject_without_reference_is_refused_by_name(tmp_path):
    (tmp_path / "subject-0").mkdir()
    given = Subject(id="ann", arrays={}, geometry=Geometry.from_spacing((4, 4, 4), 1))
    with pytest.raises(InputRefused, match="subject ann: it has no t2"):
        prepare([given], ("t2",), 1.0, 400, RunContext(scratch=tmp_path))


def test_half_of_each_batch_shows_vessels(slices):
    assert (len(slices.with_vessels), len(slices.without)) == (6, 12)
    for step in range(20):
        picked = draw_indices(slices, 5, np.random.default_rng(step))
        assert sum(bool(slices.masks[s][k].any()) for s, k in picked) == 3


def test_a_batch_depends_on_seed_and_step_only(slices):
    plan = BatchPlan(batch=4, is_augmented=True, with_contrast=True, seed=3)
    device = torch.device("cpu")
    first, again = (draw_batch(slices, plan, 7, device) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], draw_batch(slices, plan, 8, device)[0])


def test_windows_are_cut_from_image_and_mask_alike_and_mostly_show_vessels():
    rng = np.random.default_rng(0)
    masks = torch.zeros(40, 1, 96, 80)
    masks[:, :, 70:72, 8:10] = 1
    images, cut = windows(1 - masks, masks, 32, rng)
    assert images.shape == cut.shape == (40, 1, 32, 32)
    assert torch.equal(images, 1 - cut)
    assert int(cut.amax((1, 2, 3)).sum()) > 20


def test_windows_larger_than_a_slice_leave_it_whole():
    images = torch.rand(2, 1, 32, 48)
    assert torch.equal(windows(images, images, 64, np.random.default_rng(0))[0], images)


def test_subjects_are_either_learned_from_or_validated_on():
    learned, held = split(20, 0.12, np.random.default_rng(0))
    assert len(held) == 2 and sorted(learned + held) == list(range(20))
    assert split(2, 0.01, np.random.default_rng(0))[1] != []
    assert split(1, 0.5, np.random.default_rng(0)) == ([0], [0])


def plain(**changes):
    values = {"flip": False, "angle_deg": 0.0, "scale": 1.0, "gamma": 1.0, **changes}
    return augment.Augmentation(**values)


def test_doing_nothing_changes_nothing():
    images, masks = torch.rand(1, 1, 32, 48), (torch.rand(1, 1, 32, 48) > 0.5).float()
    moved, labels = augment.apply([plain()], images, masks)
    assert torch.allclose(moved, images, atol=1e-5)
    assert torch.equal(labels, masks)


def test_a_flip_mirrors_left_and_right_which_are_the_rows():
    images = torch.rand(1, 1, 32, 48)
    moved, _ = augment.apply([plain(flip=True)], images, images)
    assert torch.allclose(moved, images.flip(2), atol=1e-5)


def test_a_rotation_keeps_pixels_square_on_oblong_slices():
    image = torch.zeros(1, 1, 64, 128)
    image[0, 0, 31:33, 94:96] = 1
    moved, _ = augment.apply([plain(angle_deg=10.0)], image, image)
    row, column = np.unravel_index(int(moved[0, 0].argmax()), (64, 128))
    distance = np.hypot(row - 31.5, column - 63.5)
    assert distance == pytest.approx(31, abs=1)
    assert abs(row - 31.5) == pytest.approx(31 * np.sin(np.radians(10)), abs=1)


def test_draws_stay_in_their_ranges_and_results_in_theirs():
    rng = np.random.default_rng(0)
    drawn = [augment.draw(rng, with_contrast=True) for _ in range(16)]
    assert all(abs(a.angle_deg) <= 10 and 0.9 <= a.scale <= 1.1 and 0.8 <= a.gamma <= 1.2 for a in drawn)
    assert all(np.all(np.diff(a.contrast.tone) > 0) for a in drawn)
    masks = (torch.rand(16, 1, 32, 32) > 0.9).float()
    images, labels = augment.apply(drawn, torch.rand(16, 1, 32, 32), masks)
    assert float(images.min()) >= 0 and float(images.max()) <= 1
    assert set(labels.unique().tolist()) <= {0.0, 1.0}
