"""What a person is asked before a model is installed, as plain values for the dialog."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class InstallFact:
    """One line about a model that may be installed; `is_alarm` is shown in red."""

    name: str
    text: str
    is_alarm: bool = False


@dataclass(frozen=True, kw_only=True)
class InstallQuestion:
    """What a person is asked before a model is installed.

    Args:
        title: What people call the model.
        facts: Kind, licence, what it reads and makes, self-test, hash.
        warning: Said in red above all; empty where there is none.
        needs_trust: It is a program: a box must be ticked before it can be installed.
    """

    title: str
    facts: tuple[InstallFact, ...]
    warning: str = ""
    needs_trust: bool = False
