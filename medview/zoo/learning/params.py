"""Training parameters that all methods share, so that the same word means the same everywhere. No torch.

The seed is no parameter: it is a field of every training's request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medview.core.params import Bool, Choice, Float, Int, Param

LENGTHS = ("epochs", "patience", "record")
"""Shared parameters that may differ when a training is resumed."""


def training_params(
    *,
    epochs: int | None = 100,
    batch: tuple[int, int] = (8, 2),
    learning_rate: float = 1e-3,
    patience: int = 30,
    validation_fraction: float = 0.12,
    augmentation: str = "",
) -> tuple[Param, ...]:
    """The shared parameters, with the defaults of one method.

    Args:
        epochs: The most epochs; None where the method has phases with lengths of their own.
        batch: What a batch of 0 means on a graphics card and on the CPU.
        learning_rate: Where the schedule begins or peaks.
        patience: Epochs without a better score after which a training ends.
        validation_fraction: Part of the subjects that is not learned from.
        augmentation: A sentence on what is done to slices; empty where the method has none.
    """
    lengths: tuple[Param, ...] = () if epochs is None else (_epochs(epochs),)
    changes: tuple[Param, ...] = (_augmentation(augmentation), _RECORD) if augmentation else ()
    return (
        *lengths,
        _STEPS,
        _batch(*batch),
        _learning_rate(learning_rate),
        _patience(patience),
        _validation_fraction(validation_fraction),
        _FOLDS,
        _FOLD,
        *changes,
        _PRECISION,
    )


def ablation_param(variants: Mapping[str, str], note: str) -> Choice:
    """The parameter that trains a variant of the paper's table instead of the full method.

    Args:
        variants: Title by word, the full method ``"none"`` left out.
        note: What the variants are for.
    """
    return Choice(
        name="ablation",
        title="Ablation",
        help=note,
        default="none",
        choices=("none", *variants),
        titles=("None: the full method", *variants.values()),
        advanced=True,
    )


@dataclass(frozen=True, kw_only=True)
class SharedSettings:
    """The shared parameters that the platform itself reads."""

    steps_per_epoch: int = 0
    batch: int = 0
    validation_fraction: float = 0.12
    folds: int = 0
    fold: int = 0
    precision: str = "auto"
    record: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> SharedSettings:
        """Read them from among a method's parameters; what it does not offer keeps its default."""
        return cls(**{name: params[name] for name in cls.__dataclass_fields__ if name in params})


def _epochs(default: int) -> Int:
    return Int(
        name="epochs",
        title="Longest training",
        help="Epochs of learning; the best one on the validation subjects is kept.",
        unit="epochs",
        default=default,
        minimum=1,
        maximum=100_000,
    )


def _batch(on_card: int, on_cpu: int) -> Int:
    return Int(
        name="batch",
        title="Batch",
        help=f"Slices that are learned from at once; 0: {on_card} on a graphics card, {on_cpu} on the CPU.",
        unit="slices",
        default=0,
        minimum=0,
        maximum=256,
        lowest_word="automatic",
    )


def _learning_rate(default: float) -> Float:
    return Float(
        name="learning_rate",
        title="Learning rate",
        help="Where the course of the learning rate begins, or peaks.",
        default=default,
        minimum=1e-7,
        maximum=1e-1,
    )


def _patience(default: int) -> Int:
    return Int(
        name="patience",
        title="Patience",
        help="The training ends after this many epochs without a better validation score; 0: never early.",
        unit="epochs",
        default=default,
        minimum=0,
        maximum=100_000,
        lowest_word="never ends early",
    )


def _validation_fraction(default: float) -> Float:
    return Float(
        name="validation_fraction",
        title="Subjects for validation",
        help="Part of the subjects that is not learned from; unused with folds.",
        default=default,
        minimum=0.01,
        maximum=0.5,
    )


def _augmentation(sentence: str) -> Bool:
    return Bool(name="augmentation", title="Augmentation", help=sentence, default=True)


_STEPS = Int(
    name="steps_per_epoch",
    title="Batches in an epoch",
    help="0: as many as show each slice about once.",
    default=0,
    minimum=0,
    maximum=1_000_000,
    lowest_word="each slice about once",
    advanced=True,
)
_FOLDS = Int(
    name="folds",
    title="Folds",
    help="Cross-validation: subjects are dealt into this many parts, each held back once; 0: none.",
    default=0,
    minimum=0,
    maximum=50,
    lowest_word="none",
    advanced=True,
)
_FOLD = Int(
    name="fold",
    title="Fold",
    help="With folds: the part that is held back, from 1; 0: all, one training after the other.",
    default=0,
    minimum=0,
    maximum=50,
    lowest_word="all in turn",
    advanced=True,
)
_RECORD = Bool(
    name="record",
    title="Record the augmentation",
    help="Write what was drawn for every batch into the run's folder, so that it can be replayed.",
    default=False,
    advanced=True,
)
_PRECISION = Choice(
    name="precision",
    title="Precision",
    help="Auto: 16 bits on a graphics card, 32 on the CPU. Few CPUs are faster with bf16.",
    default="auto",
    choices=("auto", "no", "bf16", "fp16"),
    advanced=True,
)
