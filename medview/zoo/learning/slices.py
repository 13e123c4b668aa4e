"""Prepared slices: one pair of memory-mapped files per subject, split by subject, listed by foreground."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.ml.request import Subject


@dataclass(frozen=True, eq=False, kw_only=True)
class PreparedSubject:
    """One subject's slices, ready for the network.

    Args:
        id: The subject's.
        images: (K, M, H, W), usually float16, mapped from disk.
        targets: (K, T, H, W), uint8 or float16, mapped from disk.
        foreground: (K,) whether a slice shows what is looked for.
        usable: (K,) whether a slice may be learned from; None: all.
    """

    id: str
    images: AnyArray
    targets: AnyArray
    foreground: NDArray[np.bool_]
    usable: NDArray[np.bool_] | None = None

    @property
    def count(self) -> int:
        """Number of slices."""
        return len(self.images)

    @classmethod
    def opened(cls, subject_id: str, images: AnyArray, targets: AnyArray) -> PreparedSubject:
        """A subject whose first target channel is a mask: slices with any of it are foreground."""
        foreground = np.array([bool(plane[0].any()) for plane in targets], bool)
        return cls(id=subject_id, images=images, targets=targets, foreground=foreground)


def new_array(path: Path, shape: tuple[int, ...], dtype: type) -> AnyArray:
    """A file-backed array of zeros to write slices to.

    Raises:
        OSError: The disk has no room for it. Without asking for the room now, writing to the array on a
            full disk would end the process.
    """
    array: AnyArray = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
    return array


def array_of(subject: Subject, name: str) -> AnyArray:
    """One array of a subject.

    Raises:
        InputRefused: It has none of that name.
    """
    try:
        return subject.load(name)
    except KeyError:
        raise InputRefused(
            f"Cannot train with subject {subject.id}",
            f"it has no {name}",
            f"Put a file {name}.nii.gz into its folder, or take the folder away.",
        ) from None


@dataclass(frozen=True, eq=False, kw_only=True)
class Slices:
    """All usable slices of some subjects.

    Args:
        subjects: In a fixed order: slices are named by subject number and slice number.
        with_foreground: (N, 2) subject and slice numbers of slices that show what is looked for.
        without: (N, 2) the others.
    """

    subjects: tuple[PreparedSubject, ...]
    with_foreground: NDArray[np.int64] = field(repr=False)
    without: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, subjects: Sequence[PreparedSubject]) -> Slices:
        """List the usable slices of prepared subjects."""
        rows = [
            (number, k, bool(subject.foreground[k]))
            for number, subject in enumerate(subjects)
            for k in range(subject.count)
            if subject.usable is None or subject.usable[k]
        ]
        table = np.array(rows, np.int64).reshape(-1, 3)
        shows = table[:, 2] > 0
        return cls(subjects=tuple(subjects), with_foreground=table[shows, :2], without=table[~shows, :2])

    @property
    def count(self) -> int:
        """Number of usable slices."""
        return len(self.with_foreground) + len(self.without)

    def take(self, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Images (B, M, H, W) and targets (B, T, H, W) as float32."""
        images = np.stack([self.subjects[subject].images[k] for subject, k in indices])
        targets = np.stack([self.subjects[subject].targets[k] for subject, k in indices])
        return torch.from_numpy(images).float(), torch.from_numpy(targets).float()

    def positions(self, indices: NDArray[np.int64]) -> NDArray[np.float64]:
        """Where slices lie in their stacks, 0 (lowest) to 1."""
        return np.array([k / max(1, self.subjects[subject].count - 1) for subject, k in indices])


def persons(ids: Sequence[str]) -> list[list[int]]:
    """Numbers of the subjects of each person: ids that are the same up to a slash are one person's."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(ids):
        found.setdefault(name.partition("/")[0], []).append(number)
    return list(found.values())


def split(ids: Sequence[str], fraction: float, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Numbers of subjects to learn from and to validate on, dealt by person.

    At least one person each; where there is only one, it serves as both.
    """
    people = persons(ids)
    order = [int(number) for number in rng.permutation(len(people))]
    held = min(max(1, round(len(people) * fraction)), len(people) - 1)
    if len(people) == 1:
        return people[0], people[0]
    return _numbers(people, order[held:]), _numbers(people, order[:held])


def fold_split(
    ids: Sequence[str], folds: int, fold: int, rng: np.random.Generator
) -> tuple[list[int], list[int]]:
    """Subjects to learn from and to validate on in one fold of a cross-validation, dealt by person.

    Args:
        ids: Of all subjects.
        folds: Parts that they are dealt into; sizes differ by one person at most.
        fold: The part held back, 1 to `folds`.
        rng: Started alike for every fold, so that each subject is held back exactly once.

    Raises:
        InputRefused: There are fewer people than folds, or no such fold.
    """
    people = persons(ids)
    if not 2 <= folds <= len(people) or not 1 <= fold <= folds:
        raise InputRefused(
            f"Cannot train fold {fold} of {folds}",
            f"there are {len(people)} subjects",
            "Choose at least 2 folds and at most as many as subjects; folds count from 1.",
        )
    order = [int(number) for number in rng.permutation(len(people))]
    held = order[fold - 1 :: folds]
    return _numbers(people, [number for number in order if number not in held]), _numbers(people, held)


def _numbers(people: Sequence[Sequence[int]], chosen: Sequence[int]) -> list[int]:
    return sorted(number for person in chosen for number in people[person])
