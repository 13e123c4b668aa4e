"""A model that returns its input gives the very same file back: bits of the labels and of the affine."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from medview.core.params import validate
from medview.io import readers
from medview.ml.context import RunContext
from medview.ml.registry import Registry
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.session.files.results import write_outputs

MODULE = "tests.zoo.round_trip_model"


def turned(degrees, axis):
    angle = np.deg2rad(degrees)
    c, s = np.cos(angle), np.sin(angle)
    i, j = [n for n in range(3) if n != axis]
    matrix = np.eye(3)
    matrix[[i, i, j, j], [i, j, i, j]] = c, -s, s, c
    return matrix


def affine_of(matrix, spacing, origin=(-31.25, 17.5, 4.125)):
    affine = np.eye(4)
    affine[:3, :3] = matrix * spacing
    affine[:3, 3] = origin
    return affine


AFFINES = {
    "plain": affine_of(np.eye(3), (1.0, 1.0, 1.0)),
    "flipped": affine_of(np.diag([-1.0, 1.0, -1.0]), (1.5, 1.5, 3.0)),
    "oblique": affine_of(turned(17, 0) @ turned(-9, 2), (0.9, 0.9, 2.2)),
    "anisotropic": affine_of(np.eye(3), (0.45, 1.3, 5.0)),
    "axes in another order, oblique": affine_of(
        turned(6, 1) @ np.eye(3)[:, [2, 0, 1]] * [1, -1, 1], (1.1, 0.7, 1.9)
    ),
}


@pytest.fixture
def labels():
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 4, (8, 7, 6))
    whole = coarse.repeat(4, 0).repeat(4, 1).repeat(2, 2).astype(np.uint8)
    whole[rng.random(whole.shape) < 0.02] = 3
    return whole


@pytest.mark.parametrize("frame", ["whole", "doubled"])
@pytest.mark.parametrize("crop", [np.s_[:, :, :], np.s_[3:26, 5:, 1:4]], ids=["whole scan", "cropped"])
@pytest.mark.parametrize("affine", AFFINES.values(), ids=AFFINES.keys())
def test_labels_and_affine_come_back_bit_for_bit(labels, affine, crop, frame, tmp_path):
    cropped = labels[crop]
    start = [part.start or 0 for part in crop]
    moved = affine.copy()
    moved[:3, 3] += affine[:3, :3] @ start
    # between two grids, what is linear comes back: values 0 and 1, not numbers that stand for names
    given = cropped if frame == "whole" else (cropped > 1).astype(np.uint8)
    assert_same(given, moved, frame, tmp_path)


@pytest.mark.parametrize("name", ["plain", "flipped", "oblique"])
def test_a_window_larger_than_the_slice_loses_nothing(labels, name, tmp_path):
    assert_same(labels, AFFINES[name], "window", tmp_path)


def assert_same(labels, affine, frame, folder):
    given = folder / "mask.nii.gz"
    nib.save(nib.Nifti1Image(labels, affine), given)
    (volume,) = readers.read(given)
    registry = Registry((MODULE,), with_plugins=False)
    spec = registry.find("same-labels")
    request = RunRequest(
        model_id=spec.id,
        version=spec.version,
        inputs={"mask": InputArray(array=volume.frame(0), geometry=volume.geometry)},
        params=validate(spec.params, {"frame": frame}),
    )
    result = run(request, RunContext(scratch=folder, runtime="torch"), registry)
    write_outputs(spec, result, volume, folder / "same.nii.gz")
    before, after = (nib.load(path) for path in (given, folder / "same.nii.gz"))
    assert np.array_equal(np.asanyarray(after.dataobj), labels)
    assert after.affine.tobytes() == before.affine.tobytes()
