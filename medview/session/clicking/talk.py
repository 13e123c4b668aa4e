"""What was said of an object so far, and the bounded memory of it that undo goes back to."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import Enum

from medview.core.labels import LabelMap
from medview.core.layers import LayerId
from medview.core.plans import Vector
from medview.core.volume import AnyArray

_MOST_BYTES = 96 * 2**20
_BYTES_EACH = 512


class Said(Enum):
    """What an act says of its points."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    BOX = "box"


@dataclass(frozen=True, kw_only=True)
class ClickAct:
    """One click, one scribble, or one box (two opposite corners): what one undo step answers."""

    said: Said
    points_ras: tuple[Vector, ...]


@dataclass(frozen=True, kw_only=True)
class ClickTarget:
    """What clicks are about.

    Args:
        layer_id: The mask.
        value: The label.
        point_ras: A position on the slice on show.
        normal_ras: Its normal; None for a region of the volume.
        key: Equal for clicks that belong to one talk.
    """

    layer_id: LayerId
    value: int
    point_ras: Vector
    normal_ras: Vector | None
    key: tuple[object, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Talk:
    """All that was said of one object, as it stood after one click. Never changed.

    Args:
        acts: Oldest first.
        memory: What the engine gave to be handed back with the next click.
        origin_ijk: Where the picture began that the memory belongs to.
        engine: Whose memory it is.
        before: Where the last click changed no voxel, and so has no undo step: the talk before it.
    """

    acts: tuple[ClickAct, ...] = ()
    memory: AnyArray | None = None
    origin_ijk: tuple[int, ...] = ()
    engine: str = ""
    before: Talk | None = None

    @property
    def box(self) -> tuple[Vector, ...]:
        """Corners of the newest box; empty where there is none."""
        boxes = [act.points_ras for act in self.acts if act.said is Said.BOX]
        return boxes[-1] if boxes else ()

    @property
    def points_after_box(self) -> tuple[Vector, ...]:
        """What was clicked since the newest box."""
        last = max((n for n, act in enumerate(self.acts) if act.said is Said.BOX), default=-1)
        return tuple(point for act in self.acts[last + 1 :] for point in act.points_ras)

    @property
    def nbytes(self) -> int:
        """Bytes that it holds."""
        return _BYTES_EACH + (self.memory.nbytes if self.memory is not None else 0)


NOTHING_SAID = Talk()


class Talks:
    """Talks by target and content of the mask, for which its identity and its revision stand.

    Undo and redo recall a mask's revision, and with it the talk of that moment, bit for bit. Where a
    revision is not known, the talk begins anew from the mask as it is. The oldest are forgotten beyond
    96 MB: then, too, clicks go on from the mask.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._known: OrderedDict[tuple[object, ...], Talk] = OrderedDict()
        self._most_bytes = most_bytes
        self._nbytes = 0

    def at(self, target: ClickTarget, labels: LabelMap) -> Talk:
        """What was said when the mask was as it is now."""
        return self._known.get(_key(target, labels), NOTHING_SAID)

    def keep(self, target: ClickTarget, labels: LabelMap, talk: Talk) -> None:
        """Remember the talk that led to the mask as it is; forget the oldest ones beyond the budget."""
        key = _key(target, labels)
        old = self._known.pop(key, None)
        self._nbytes += talk.nbytes - (old.nbytes if old is not None else 0)
        self._known[key] = talk
        while self._nbytes > self._most_bytes and len(self._known) > 1:
            _, gone = self._known.popitem(last=False)
            self._nbytes -= gone.nbytes

    def forget_step(self, target: ClickTarget, labels: LabelMap) -> bool:
        """Take back a last click that has no undo step; whether there was one."""
        talk = self.at(target, labels)
        if talk.before is None:
            return False
        self.keep(target, labels, talk.before)
        return True


def _key(target: ClickTarget, labels: LabelMap) -> tuple[object, ...]:
    # a recovered session gives layers and revisions the numbers that others had before it
    return *target.key, id(labels), labels.revision


def said_more(talk: Talk, acts: tuple[ClickAct, ...]) -> Talk:
    """The talk with more acts; its memory is still that of the answer before."""
    return replace(talk, acts=talk.acts + acts, before=None)
