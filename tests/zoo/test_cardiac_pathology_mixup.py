"""Pathology mix-up: the numbered checks 3 and 4 of the paper file, and how batches are drawn with it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.nn import functional

from medview.zoo.learning.draws import Batch
from medview.zoo.learning.slices import PreparedSubject, Slices
from medview.zoo.segment.cardiac_pathology.mixup import (
    NEAR,
    draw_partners,
    foreground_measures,
    mix_batch,
    mixed,
    mixing_transform,
    shifted,
    warped,
)


def disc(size: int, middle: tuple[float, float], radius: float) -> torch.Tensor:
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return (torch.hypot((rows - middle[0]).float(), (columns - middle[1]).float()) <= radius).float()


def heart(size: int, middle: tuple[float, float], radius: float) -> torch.Tensor:
    """One-hot labels (5, H, W): a cavity, and a ring of myocardium with an infarct in its upper half."""
    whole, cavity = disc(size, middle, radius), disc(size, middle, 0.6 * radius)
    classes = whole * 2 - cavity
    upper = torch.arange(size)[:, None] < middle[0]
    classes[(classes == 2) & upper] = 3
    return functional.one_hot(classes.long(), 5).permute(2, 0, 1).float()


def test_check_3_the_transform_by_hand() -> None:
    transform = mixing_transform(
        torch.tensor([60.0, 60.0]), torch.tensor([50.0, 40.0]), torch.tensor(20.0), torch.tensor(10.0)
    )
    assert transform.tolist() == [[2, 0, -40], [0, 2, -20], [0, 0, 1]]
    assert (transform @ torch.tensor([50.0, 40.0, 1.0])).tolist() == [60, 60, 1]


def test_check_3_two_discs_give_the_scale_within_one_per_cent() -> None:
    (_, large), (_, small) = (
        foreground_measures(disc(128, (64, 64), 30)),
        foreground_measures(disc(128, (40, 70), 15)),
    )
    assert float(large / small) == pytest.approx(2, rel=0.01)


def test_check_3_a_warped_heart_lies_on_the_other_one() -> None:
    fixed, moving = heart(96, (50, 45), 30), heart(96, (35, 60), 15)
    (centre_f, distance_f), (centre_m, distance_m) = (
        foreground_measures(1 - labels[0]) for labels in (fixed, moving)
    )
    found = warped(moving, mixing_transform(centre_f, centre_m, distance_f, distance_m))
    inside, wanted = 1 - found[0] > 0.5, fixed[0] == 0
    overlap = 2 * float((inside & wanted).sum()) / float(inside.sum() + wanted.sum())
    assert overlap > 0.97


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_check_4_lambda_and_what_stays(share: float) -> None:
    rng = torch.Generator().manual_seed(0)
    fixed = (torch.rand(1, 96, 96, generator=rng), heart(96, (50, 45), 24))
    moving = (torch.rand(1, 96, 96, generator=rng), heart(96, (35, 60), 15))
    image, labels = mixed(fixed, moving, share)
    assert torch.allclose(labels.sum(dim=0), torch.ones(96, 96), atol=1e-5)
    if share == 1:
        assert torch.equal(image, fixed[0])
        assert torch.equal(labels, fixed[1])
        return
    # far from both hearts nothing has changed, inside it has
    outside = disc(96, (50, 45), 30) == 0
    assert torch.equal(image[0][outside], fixed[0][0][outside])
    assert torch.equal(labels[:, outside], fixed[1][:, outside])
    assert not torch.allclose(image[0][~outside], fixed[0][0][~outside])


def test_check_4_image_and_labels_are_blended_alike() -> None:
    fixed = (torch.zeros(1, 64, 64), heart(64, (32, 32), 20))
    moving = (torch.ones(1, 64, 64), heart(64, (32, 32), 20))
    image, labels = mixed(fixed, moving, 0.3)
    assert float(image[0, 32, 32]) == pytest.approx(0.7, abs=1e-5)
    assert torch.allclose(labels, fixed[1], atol=1e-4)


def stacks() -> Slices:
    """Three subjects of nine slices; the outermost two of each stack show no heart."""
    made = []
    for number in range(3):
        labels = np.stack([heart(48, (24, 24), 10 + number).numpy() for _ in range(9)]).astype(np.uint8)
        labels[[0, 8]] = 0
        labels[[0, 8], 0] = 1
        images = np.random.default_rng(number).normal(size=(9, 1, 48, 48)).astype(np.float16)
        shows = labels[:, 1:].any(axis=(1, 2, 3))
        made.append(
            PreparedSubject(id=str(number), images=images, targets=labels, foreground=shows, pixel_ml=0.01)
        )
    return Slices.of(made)


def test_partners_are_other_subjects_hearts_at_a_similar_height() -> None:
    slices = stacks()
    indices = np.array([(s, k) for s in range(3) for k in range(9)])
    drawn = draw_partners(slices, indices, np.random.default_rng(1), 1.0, jitter_px=4)
    assert json.loads(json.dumps(drawn)) == json.loads(json.dumps(drawn))
    mixed_count = 0
    for (subject, k), (other, j) in zip(indices, drawn["partners"], strict=True):
        if other < 0:
            continue
        mixed_count += 1
        assert other != subject
        assert abs(k - j) / 8 <= NEAR
        assert slices.subjects[other].foreground[j] and slices.subjects[subject].foreground[k]
    assert mixed_count == 3 * 7
    assert np.abs(drawn["shifts"]).max() <= 4
    never = draw_partners(slices, indices, np.random.default_rng(1), 0.0)
    assert {tuple(pair) for pair in never["partners"]} == {(-1, -1)}
    assert not np.any(never["shifts"])


def test_a_batch_is_mixed_as_was_drawn_and_the_stored_slices_stay() -> None:
    slices = stacks()
    indices = np.array([(0, 4), (1, 4), (2, 0)])
    batch = Batch(*slices.take(indices), indices, slices.positions(indices))
    drawn = {
        "partners": [(1, 4), (-1, -1), (-1, -1)],
        "shares": [0.5, 0.5, 0.5],
        "shifts": [[0, 0], [2, -3], [0, 0]],
    }
    made = mix_batch(slices, batch, drawn)
    assert not torch.equal(made.images[0], batch.images[0])
    assert torch.equal(made.images[1][:, 2:, :-3], batch.images[1][:, :-2, 3:])
    assert torch.equal(made.images[2], batch.images[2])
    again = Batch(*slices.take(indices), indices, slices.positions(indices))
    assert torch.equal(again.images, batch.images)


def test_a_shift_repeats_the_rim() -> None:
    maps = torch.arange(9.0).reshape(1, 3, 3)
    assert shifted(maps, (1, 0))[0].tolist() == [[0, 1, 2], [0, 1, 2], [3, 4, 5]]
    assert shifted(maps, (0, -1))[0].tolist() == [[1, 2, 2], [4, 5, 5], [7, 8, 8]]
