"""The synthetic head: tissue, arteries and contrasts on a cheap grid."""

from __future__ import annotations

import numpy as np
import pytest

from medview.phantoms.head.anatomy import Head, make_head
from medview.phantoms.head.scan import random_contrast, render
from medview.phantoms.tissues import NUMBER

SPACING = 2.4


@pytest.fixture(scope="module")
def head() -> Head:
    return make_head(1, SPACING)


@pytest.fixture(scope="module")
def fine_slab() -> Head:
    return make_head(1, 0.8, (-22.0, -12.0))


def _mean(head: Head, image: np.ndarray, tissue: str) -> float:
    pure = (head.tissue.fraction_of(tissue) > 0.99) & (head.vessels == 0)
    return float(image[pure].mean())


def _millilitres(head: Head, tissue: str) -> float:
    return float(head.tissue.fraction_of(tissue).sum()) * SPACING**3 / 1000


def test_tissue_volumes_are_those_of_an_adult(head: Head) -> None:
    assert 350 < _millilitres(head, "cortex") < 900
    assert 300 < _millilitres(head, "white matter") < 800
    assert 60 < _millilitres(head, "cerebellar cortex") < 200
    assert 150 < _millilitres(head, "csf") < 500
    assert 8 < _millilitres(head, "vitreous") < 20


def test_every_tissue_of_the_table_but_arteries_is_somewhere(head: Head) -> None:
    there = set(np.unique(head.tissue.first)) | set(np.unique(head.tissue.second))
    assert set(NUMBER.values()) - there == {NUMBER["arterial blood"]}


def test_contrasts_order_fluid_grey_and_white_as_radiologists_expect(head: Head) -> None:
    seen = {}
    for role in ("t1", "t2", "flair"):
        image = render(head, role, np.random.default_rng(5))
        seen[role] = [_mean(head, image, tissue) for tissue in ("csf", "cortex", "white matter")]
    assert seen["t2"][0] > 1.5 * seen["t2"][1] > 1.5 * seen["t2"][2]
    assert 3 * seen["t1"][0] < seen["t1"][1] < seen["t1"][2]
    assert seen["flair"][0] < 0.5 * seen["flair"][2]
    assert seen["flair"][1] > seen["flair"][2]


def test_arteries_are_darker_than_the_fluid_around_them_in_t2(fine_slab: Head) -> None:
    image = render(fine_slab, "t2", np.random.default_rng(5))
    assert image[fine_slab.vessels > 0.9].mean() < 0.2 * _mean(fine_slab, image, "csf")


def test_arteries_are_the_brightest_thing_of_the_angiogram(fine_slab: Head) -> None:
    image = render(fine_slab, "mra", np.random.default_rng(5))
    inside = image[fine_slab.vessels > 0.9]
    assert np.quantile(inside, 0.1) > np.quantile(image[fine_slab.vessels == 0], 0.995)


def test_another_seed_is_another_head(head: Head) -> None:
    other = make_head(2, SPACING)
    assert (head.tissue.first != other.tissue.first).mean() > 0.02
    assert np.abs(head.vessels - other.vessels).sum() > 0.5 * head.vessels.sum()
    assert head.variants != other.variants


def test_a_slab_holds_what_the_whole_head_holds_there(head: Head) -> None:
    low = float(head.geometry.ras_of((0, 0, 30))[2]) - SPACING / 2
    slab = make_head(1, SPACING, (low, low + 4 * SPACING))
    assert slab.geometry.shape == (*head.geometry.shape[:2], 4)
    assert np.allclose(slab.geometry.ras_of((0, 0, 0)), head.geometry.ras_of((0, 0, 30)))
    assert np.abs(slab.vessels - head.vessels[:, :, 30:34]).max() < 1e-4
    assert (slab.tissue.first != head.tissue.first[:, :, 30:34]).mean() < 1e-3


def test_cropping_keeps_voxels_where_they_are_in_the_patient(head: Head) -> None:
    part = head.slab(10, 14)
    assert np.allclose(part.geometry.ras_of((3, 4, 2)), head.geometry.ras_of((3, 4, 12)))
    assert np.shares_memory(part.vessels, head.vessels)


def test_a_mirrored_head_is_a_different_head(head: Head) -> None:
    brain = head.tissue.fraction_of("white matter") + head.tissue.fraction_of("cortex")
    assert np.abs(brain - brain[::-1]).mean() / brain.mean() > 0.05
    csf = head.tissue.fraction_of("csf")
    middle, z = csf.shape[0] // 2, slice(38, 55)
    left, right = csf[middle - 14 : middle, 30:75, z].sum(), csf[middle : middle + 14, 30:75, z].sum()
    assert left != pytest.approx(right, rel=0.01)


def test_random_contrasts_differ_and_stay_in_range(head: Head) -> None:
    slab = head.slab(28, 31)
    one, two = (random_contrast(slab, np.random.default_rng(n)) for n in (1, 2))
    assert one.dtype == np.float32
    assert one.shape == slab.geometry.shape
    assert np.isfinite(one).all()
    assert one.min() >= 0
    assert 0.7 < np.quantile(one, 0.99) < 1.4
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] < 0.995
    assert np.array_equal(one, random_contrast(slab, np.random.default_rng(1)))
