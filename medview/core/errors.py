"""The errors that people see, and the two that steer the program."""

from __future__ import annotations

from psygnal import EmitLoopError


class MedviewError(Exception):
    """A failure told to a person: what happened, why, and what to do.

    Args:
        title: What happened, without a full stop ("Cannot open brain.nii.gz").
        detail: Why, without a full stop.
        hint: What the person can do; a whole sentence.
    """

    exit_code = 4

    def __init__(self, title: str, detail: str, hint: str = "") -> None:
        super().__init__(title, detail, hint)
        self.title = title
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}. {self.hint}".strip()


class InputRefused(MedviewError):
    """A file, a folder or a parameter that the program will not take."""

    exit_code = 3


class RunFailed(MedviewError):
    """A model, a training or a save that could not finish."""

    exit_code = 4


class LabelLocked(MedviewError):
    """A change that would touch a locked label."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Cannot change {name}", "the label is locked", "Unlock it in the label table first (L)."
        )


class Cancelled(Exception):
    """Raised inside work that a person has cancelled; never shown as an error."""


def root_of(error: BaseException) -> BaseException:
    """The error itself, without the wrappings of the signals whose listeners it went through."""
    while isinstance(error, EmitLoopError) and error.__cause__ is not None:
        error = error.__cause__
    return error


class EditOutsideCommand(RuntimeError):
    """Data was changed outside an open edit: a defect of the program, not of its user."""
