"""What the labels presenter asks of the label table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance

from medview.core.codes import Code
from medview.core.labels import LabelEntry
from medview.core.overwrite import UNLOCKED, OverwriteRule


@dataclass(frozen=True, kw_only=True)
class LabelRow:
    """One line of the table: a label and its volume in words, empty where it has no voxels."""

    entry: LabelEntry
    volume: str = ""


@dataclass(frozen=True, kw_only=True)
class LabelsPlan:
    """The labels of the active mask.

    Args:
        rows: In the order of the table.
        value: The label that is painted.
        rule: What the tools may overwrite.
        why_not: Why labels cannot be changed now; empty where they can.
    """

    rows: tuple[LabelRow, ...] = ()
    value: int = 0
    rule: OverwriteRule = UNLOCKED
    why_not: str = ""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Codes to choose from: categories, types, and sides as modifiers."""

    categories: tuple[Code, ...]
    types: tuple[Code, ...]
    sides: tuple[Code, ...]


class LabelsViewPort(Protocol):
    """The table of labels, and what may be overwritten."""

    chosen: SignalInstance  # (value: int) to be painted
    added: SignalInstance  # ()
    changed: SignalInstance  # (values: tuple[int, ...], changes: dict) fields of LabelEntry
    moved: SignalInstance  # (values: tuple[int, ...], steps: int) down is positive
    removed: SignalInstance  # (values: tuple[int, ...])
    merged: SignalInstance  # (values: tuple[int, ...], into: int)
    split_asked: SignalInstance  # (value: int)
    jump_asked: SignalInstance  # (value: int)
    measure_asked: SignalInstance  # (values: tuple[int, ...])
    editor_asked: SignalInstance  # (value: int)
    rule_changed: SignalInstance  # (OverwriteRule)

    def show(self, plan: LabelsPlan) -> None:
        """Show this state; marked lines stay marked."""

    def show_editor(self, entry: LabelEntry, vocabulary: Vocabulary) -> None:
        """Let a person change everything about a label; `changed` tells it."""

    def ask_removal(self, question: str) -> bool:
        """Ask whether labels that have voxels are to go."""
