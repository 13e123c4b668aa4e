"""The circle of Willis: joined where anatomy joins it, with the variants that it says it has."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np

from medview.core.geometry import Geometry
from medview.phantoms.head.anatomy import make_head
from medview.phantoms.head.arteries import Artery, draw_variant, grow_arteries
from medview.phantoms.head.frame import HeadFrame, make_frame


@cache
def _frame() -> HeadFrame:
    return make_frame(np.random.default_rng(1), Geometry.from_spacing((4, 4, 4), 4.0))


@cache
def _tree(seed: int) -> tuple[dict[str, Artery], dict[str, str]]:
    variant = draw_variant(np.random.default_rng(seed))
    grown = grow_arteries(_frame(), variant, np.random.default_rng(seed))
    return {artery.name: artery for artery in grown}, variant.words


def _gap(first: Artery, second: Artery) -> float:
    return float(min(np.linalg.norm(second.points - point, axis=1).min() for point in first.points))


def test_anterior_and_posterior_circulation_are_joined_end_to_end() -> None:
    arteries, _ = _tree(3)
    chains = [
        ("cervical ICA", "cavernous ICA", "supraclinoid ICA", "ICA terminus", "M1", "M2 superior"),
        ("ICA terminus", "A1", "A2", "pericallosal artery"),
        ("cervical VA", "intracranial VA"),
        ("P1", "P2", "P3"),
    ]
    for side in ("left ", "right "):
        for chain in chains:
            for one, next_one in pairwise(chain):
                assert _gap(arteries[side + one], arteries[side + next_one]) < 0.01, (side, one, next_one)
        assert _gap(arteries[side + "intracranial VA"], arteries["basilar artery"]) < 0.01
        assert _gap(arteries[side + "P1"], arteries["basilar artery"]) < 0.01


def test_right_arteries_lie_on_the_patients_right() -> None:
    arteries, _ = _tree(3)
    assert arteries["right M1"].points[:, 0].mean() > 10
    assert arteries["left M1"].points[:, 0].mean() < -10


def test_arteries_taper_and_have_radii_of_anatomy() -> None:
    arteries, _ = _tree(3)
    assert 2.0 < arteries["left cervical ICA"].radii.mean() < 3.2
    assert 1.0 < arteries["right M1"].radii.mean() < 1.8
    superior = arteries["right M2 superior"].radii
    assert superior[0] > 1.5 * superior[-1]


def test_absent_communicating_arteries_are_absent_and_foetal_ones_large() -> None:
    seen = set()
    for seed in range(45):
        arteries, words = _tree(seed)
        for side in ("left", "right"):
            kind = words[f"{side} PComA"]
            seen.add(kind)
            assert (f"{side} PComA" in arteries) == (kind != "absent")
            if kind == "foetal PCA":
                assert arteries[f"{side} PComA"].radii.mean() > 1.3 * arteries[f"{side} P1"].radii.mean()
    assert seen == {"normal", "hypoplastic", "absent", "foetal PCA"}


def test_a_hypoplastic_a1_is_thinner_than_its_fellow() -> None:
    found = 0
    for seed in range(45):
        arteries, words = _tree(seed)
        side = words["hypoplastic A1"]
        if side != "neither":
            found += 1
            other = "left" if side == "right" else "right"
            assert arteries[f"{side} A1"].radii.mean() < 0.7 * arteries[f"{other} A1"].radii.mean()
    assert 2 <= found <= 25


def test_the_mask_is_one_tree_of_plausible_volume() -> None:
    from scipy.ndimage import label

    head = make_head(1, 1.2, (-30.0, 20.0))
    mask = head.vessel_mask()
    assert 1.0 < mask.sum() * 1.2**3 / 1000 < 5.0
    parts, _ = label(head.vessels > 0.12, np.ones((3, 3, 3)))
    sizes = np.bincount(parts.ravel())[1:]
    assert sizes.max() > 0.95 * sizes.sum()
