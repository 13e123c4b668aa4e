"""Slices, folds, draws, augmentation: by subject, repeatable from seed and step, replayable from a file."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from learning_parts import prepared, slices

from medview.core.errors import InputRefused
from medview.zoo.learning.application import CLASSES, IMAGE, MASK, apply
from medview.zoo.learning.augmentation import Augmentation, AugmentationPlan, Warp, draw_augmentation
from medview.zoo.learning.draws import (
    BatchPlan,
    Mixing,
    SliceSource,
    as_line,
    draw_corner,
    draw_indices,
    from_line,
    read_draws,
    step_generator,
)
from medview.zoo.learning.record import Record
from medview.zoo.learning.slices import PreparedSubject, Slices, fold_split, new_array, split

EVERYTHING = AugmentationPlan(
    flip_i=0.5,
    flip_j=0.5,
    angle_deg=20,
    scale=(0.8, 1.2),
    gamma=(0.8, 1.2),
    brightness=0.2,
    contrast=0.2,
    elastic=0.5,
    grid=0.5,
    optical=0.5,
    scanner=True,
)


def test_slices_are_listed_by_foreground_and_taken_as_numbers():
    found = slices(3)
    assert (len(found.with_foreground), len(found.without), found.count) == (9, 9, 18)
    images, targets = found.take(np.array([[1, 0], [2, 5]]))
    assert images.shape == targets.shape == (2, 2, 16, 16) and images.dtype == torch.float32
    assert targets[0, 0].sum() == 30 and targets[1, 0].sum() == 0
    assert found.positions(np.array([[0, 0], [0, 5]])).tolist() == [0, 1]


def test_unusable_slices_are_never_drawn():
    whole = prepared(0)
    part = PreparedSubject(
        id="x",
        images=whole.images,
        targets=whole.targets,
        foreground=whole.foreground,
        pixel_ml=whole.pixel_ml,
        usable=np.arange(6) % 2 == 0,
    )
    found = Slices.of([part])
    assert found.with_foreground[:, 1].tolist() == [0, 2] and found.without[:, 1].tolist() == [4]


def test_prepared_arrays_lie_on_disk(tmp_path):
    array = new_array(tmp_path / "a.npy", (2, 1, 4, 4), np.uint8)
    array[1] = 7
    assert np.load(tmp_path / "a.npy").sum() == 7 * 16


def test_half_of_each_batch_shows_foreground_unless_drawn_alike():
    found = slices()
    picked = [draw_indices(found, 5, np.random.default_rng(step)) for step in range(20)]
    assert all(sum(bool(found.subjects[s].foreground[k]) for s, k in each) == 3 for each in picked)
    rng = np.random.default_rng(0)
    alike = [draw_indices(found, 5, rng, is_balanced=False) for _ in range(20)]
    assert len({sum(bool(found.subjects[s].foreground[k]) for s, k in each) for each in alike}) > 2


def names(count):
    return [f"sub-{number}" for number in range(count)]


def test_subjects_are_either_learned_from_or_validated_on():
    learned, held = split(names(20), 0.12, np.random.default_rng(0))
    assert len(held) == 2 and sorted(learned + held) == list(range(20))
    assert split(names(2), 0.01, np.random.default_rng(0))[1] != []
    assert split(names(1), 0.5, np.random.default_rng(0)) == ([0], [0])


@pytest.mark.parametrize(("count", "folds"), [(10, 5), (11, 4), (3, 3)])
def test_each_subject_is_held_back_in_exactly_one_fold(count, folds):
    parts = [fold_split(names(count), folds, fold, np.random.default_rng(1)) for fold in range(1, folds + 1)]
    assert sorted(number for _, held in parts for number in held) == list(range(count))
    assert all(sorted(learned + held) == list(range(count)) for learned, held in parts)
    sizes = [len(held) for _, held in parts]
    assert max(sizes) - min(sizes) <= 1


def test_sessions_of_one_person_are_never_on_both_sides():
    visits = [f"sub-{person}/ses-{visit}" for person in range(6) for visit in (1, 2)]
    rng = np.random.default_rng
    parts = [split(visits, 0.3, rng(seed)) for seed in range(8)]
    parts += [fold_split(visits, 3, fold, rng(0)) for fold in (1, 2, 3)]
    for learned, held in parts:
        assert sorted(learned + held) == list(range(12))
        assert {number // 2 for number in learned}.isdisjoint(number // 2 for number in held)


@pytest.mark.parametrize(("count", "folds", "fold"), [(3, 5, 1), (5, 1, 1), (5, 3, 4)])
def test_folds_that_cannot_be_are_refused(count, folds, fold):
    with pytest.raises(InputRefused, match=f"fold {fold} of {folds}"):
        fold_split(names(count), folds, fold, np.random.default_rng(0))


def source(**changes):
    return SliceSource(slices(), BatchPlan(**{"batch": 4, "target_kinds": (MASK, IMAGE), **changes}))


def made(from_source, seed=3, process=0, step=7):
    draw = from_source.draw(step_generator(seed, process, step), step)
    return from_source.batch(draw, torch.device("cpu"))


def test_a_batch_depends_on_seed_process_and_step_only():
    drawn = source(augmentation=EVERYTHING, window_px=8)
    first, again = made(drawn), made(drawn)
    assert torch.equal(first.images, again.images) and torch.equal(first.targets, again.targets)
    for other in (made(drawn, seed=4), made(drawn, process=1), made(drawn, step=9)):
        assert not torch.equal(first.images, other.images)


def test_windows_are_cut_but_for_every_eighth_batch():
    drawn = source(window_px=8)
    assert made(drawn, step=7).images.shape == (4, 2, 8, 8)
    assert made(drawn, step=8).images.shape == (4, 2, 16, 16)


def test_windows_mostly_show_the_mask_and_stay_inside():
    mask = np.zeros((96, 80))
    mask[70:72, 8:10] = 1
    rng = np.random.default_rng(0)
    corners = [draw_corner(mask, 32, rng) for _ in range(40)]
    assert all(0 <= i <= 64 and 0 <= j <= 48 for i, j in corners)
    assert sum(bool(mask[i : i + 32, j : j + 32].any()) for i, j in corners) > 20
    assert draw_corner(np.zeros((32, 48)), 64, rng) == (0, 0)


def partners() -> Mixing:
    def draw(found, indices, rng):
        return {"weights": [float(w) for w in rng.uniform(0, 1, len(indices))], "partner": [0, 0]}

    def blend(found, batch, drawn):
        others, _ = found.take(np.array([drawn["partner"]] * len(batch.indices)))
        weight = torch.tensor(drawn["weights"])[:, None, None, None]
        return type(batch)(
            weight * batch.images + (1 - weight) * others, batch.targets, batch.indices, batch.positions
        )

    return Mixing(draw, blend)


def test_what_was_drawn_can_be_written_down_and_replayed(tmp_path):
    plan = {"augmentation": EVERYTHING, "window_px": 8, "mixing": partners()}
    drawn = source(**plan)
    draws = [drawn.draw(step_generator(1, 0, step), step) for step in range(12)]
    assert any(each.augmentations[0].warp is not None for each in draws)
    with Record(tmp_path / "draws.jsonl", 0) as record:
        for each in draws:
            record.add(each)
    replayed = list(read_draws(tmp_path / "draws.jsonl"))
    assert replayed == draws
    for before, after in zip(draws, replayed, strict=True):
        first, again = (drawn.batch(each, torch.device("cpu")) for each in (before, after))
        assert torch.equal(first.images, again.images) and torch.equal(first.targets, again.targets)


def test_a_record_that_was_cut_off_goes_on_from_the_step_that_comes_next(tmp_path):
    drawn, path = source(augmentation=EVERYTHING), tmp_path / "draws.jsonl"
    lines = [as_line(drawn.draw(step_generator(1, 0, step), step)) + "\n" for step in range(6)]
    path.write_text("".join(lines)[:-40])
    with Record(path, 4) as record:
        for step in (4, 5):
            record.add(drawn.draw(step_generator(1, 0, step), step))
    assert path.read_text() == "".join(lines)
    assert from_line(lines[5]).step == 5


def applied(augmentation, images, targets, kinds=(MASK,), plan=None):
    return apply([augmentation], images, targets, kinds, plan or AugmentationPlan())


def test_doing_nothing_changes_nothing():
    images, masks = torch.rand(1, 1, 32, 48), (torch.rand(1, 1, 32, 48) > 0.5).float()
    moved, labels = applied(Augmentation(), images, masks)
    assert torch.allclose(moved, images, atol=1e-5)
    assert torch.equal(labels, masks)


@pytest.mark.parametrize(("name", "axis"), [("flip_i", 2), ("flip_j", 3)])
def test_a_flip_mirrors_its_axis(name, axis):
    images = torch.rand(1, 1, 32, 48)
    moved, _ = applied(Augmentation(**{name: True}), images, images)
    assert torch.allclose(moved, images.flip(axis), atol=1e-5)


def test_a_rotation_keeps_pixels_square_on_oblong_slices():
    image = torch.zeros(1, 1, 64, 128)
    image[0, 0, 31:33, 94:96] = 1
    moved, _ = applied(Augmentation(angle_deg=10.0), image, image)
    row, column = np.unravel_index(int(moved[0, 0].argmax()), (64, 128))
    assert np.hypot(row - 31.5, column - 63.5) == pytest.approx(31, abs=1)
    assert abs(row - 31.5) == pytest.approx(31 * np.sin(np.radians(10)), abs=1)


def test_target_channels_move_with_the_image_each_in_its_own_way():
    image = torch.zeros(1, 1, 32, 32)
    image[..., 10:20, 12:22] = 3
    plan = AugmentationPlan(is_unit=False)
    targets = torch.cat([image / 3, image, image], 1)
    moved, labels = applied(Augmentation(angle_deg=15), image, targets, (MASK, IMAGE, CLASSES), plan)
    mask, same, classes = labels[0]
    assert torch.equal(moved[0, 0], same)
    assert set(mask.unique().tolist()) == {0.0, 1.0} and set(classes.unique().tolist()) == {0.0, 3.0}
    assert len(same.unique()) > 10
    assert float((mask - classes / 3).abs().mean()) < 0.02


@pytest.mark.parametrize(
    "warp",
    [
        Warp(elastic_seed=4, elastic_px=3, elastic_step_px=16),
        Warp(grid_i=(0, 0.1, 1), grid_j=(0, 0.5, 1)),
        Warp(optical=0.2),
    ],
)
def test_a_warp_moves_image_and_mask_alike(warp):
    image = torch.zeros(1, 1, 48, 48)
    image[..., 8:16, 8:16] = 1
    moved, labels = applied(Augmentation(warp=warp), image, image)
    assert not torch.equal(labels, image) and labels.sum() > 0
    assert torch.equal((moved >= 0.5).float(), labels)


def test_brightness_and_contrast_act_about_the_mean_of_the_slice():
    images = torch.linspace(0, 1, 256).reshape(1, 1, 16, 16)
    plan = AugmentationPlan(is_unit=False)
    moved, _ = applied(Augmentation(brightness=0.1, contrast=0.5), images, images, plan=plan)
    assert float(moved.mean()) == pytest.approx(0.6, abs=1e-4)
    assert float(moved.std() / images.std()) == pytest.approx(1.5, abs=1e-4)


def test_a_border_repeats_the_rim_where_zeros_would_be_a_grey_of_the_scan():
    images = torch.full((1, 1, 16, 16), -2.0)
    small = Augmentation(scale=0.5)
    ringed, _ = applied(small, images, images, plan=AugmentationPlan(is_unit=False))
    whole, _ = applied(small, images, images, plan=AugmentationPlan(is_unit=False, padding="border"))
    assert float(ringed[0, 0, 0, 0]) == 0 and torch.allclose(whole, images)


def test_draws_stay_in_their_ranges_and_results_in_theirs():
    rng = np.random.default_rng(0)
    drawn = [draw_augmentation(EVERYTHING, rng) for _ in range(16)]
    assert all(abs(a.angle_deg) <= 20 and 0.8 <= a.scale <= 1.2 and 0.8 <= a.gamma <= 1.2 for a in drawn)
    assert all(abs(a.brightness) <= 0.2 and abs(a.contrast) <= 0.2 for a in drawn)
    assert 2 < sum(a.brightness != 0 for a in drawn) < 14
    assert all(np.all(np.diff(a.scanner.tone) > 0) for a in drawn)
    masks = (torch.rand(16, 1, 32, 32) > 0.9).float()
    images, labels = apply(drawn, torch.rand(16, 1, 32, 32), masks, (MASK,), EVERYTHING)
    assert float(images.min()) >= 0 and float(images.max()) <= 1
    assert set(labels.unique().tolist()) <= {0.0, 1.0}
    assert draw_augmentation(AugmentationPlan(), rng) == Augmentation()
