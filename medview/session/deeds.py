"""What a session says that is being done: enough to do the same again on another one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medview.core.labels import Patch
from medview.core.layers import LayerId
from medview.core.origin import HAND, Maker
from medview.session.commands import SessionCommand


@dataclass(frozen=True, eq=False)
class Doing:
    """A command is about to be made: it still holds what it will do."""

    command: SessionCommand


@dataclass(frozen=True)
class Failed:
    """The deed told last could not be done; as far as it is known, nothing has changed."""


@dataclass(frozen=True, eq=False)
class Painted:
    """A patch of the open stroke is about to be painted; the first one opens it, and says whose it is."""

    layer_id: LayerId
    title: str
    patch: Patch
    by: Maker = HAND


@dataclass(frozen=True)
class StrokeEnded:
    """The open stroke became an undo step."""


@dataclass(frozen=True)
class StrokeTakenBack:
    """The open stroke was taken back, as if never painted."""


@dataclass(frozen=True)
class MacroBegun:
    """The deeds that follow are one step."""

    title: str


@dataclass(frozen=True)
class MacroEnded:
    """The step is whole; where it failed, it was taken back."""

    failed: bool = False


@dataclass(frozen=True)
class WentTo:
    """Undo, redo, or a jump: so many of the kept steps are done from here on."""

    position: int


@dataclass(frozen=True)
class Activated:
    """Another layer is the one that tools act on."""

    layer_id: LayerId | None


@dataclass(frozen=True)
class Saved:
    """A revision of a layer lies on disk."""

    layer_id: LayerId
    revision: int
    path: Path | None


Plain = Failed | StrokeEnded | StrokeTakenBack | MacroBegun | MacroEnded | WentTo | Activated | Saved
Deed = Doing | Painted | Plain
