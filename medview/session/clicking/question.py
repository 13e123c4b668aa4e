"""One pass: the question that is sent to an engine, and what its answer may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import offset_of
from medview.core.labels import LabelMap, Patch
from medview.core.layers import ImageDisplay, Layer
from medview.core.state import ViewState
from medview.core.volume import AnyArray, Volume
from medview.edit.click_place import ClickPlace
from medview.edit.intensities import in_range, values_at
from medview.edit.permission import Permission, permitted
from medview.edit.region import as_numbers
from medview.jobs.job import Job
from medview.measure.pieces import pieces_apart
from medview.session.clicking.talk import ClickTarget, Said, Talk
from medview.session.labels.table import entry_of

STEP = "Smart click"


@dataclass(frozen=True, eq=False, kw_only=True)
class Engine:
    """What answers.

    Args:
        name: Whose memory is whose.
        target: Job target.
        facts: What its payload holds beside the clicks.
    """

    name: str
    target: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """What is asked, and of which content of the mask.

    Args:
        target: The label, and where.
        engine: Who is asked.
        before: The talk so far.
        talk: With the acts that this pass answers.
        place: Where it looks.
        image: What the scan holds there; NaN outside it.
        window: The display window; None for pictures in colour.
        labels: The mask.
        revision: Of the mask.
    """

    target: ClickTarget
    engine: Engine
    before: Talk
    talk: Talk
    place: ClickPlace
    image: NDArray[np.float32]
    window: tuple[float, float] | None
    labels: LabelMap
    revision: int

    @classmethod
    def of(
        cls,
        target: ClickTarget,
        engine: Engine,
        talks: tuple[Talk, Talk],
        labels: LabelMap,
        scan: Layer,
        frame: int,
    ) -> Question:
        """Look at mask and scan as they are now.

        Args:
            target: The label, and where.
            engine: Who is asked.
            talks: What was said before, and with the new acts.
            labels: The mask.
            scan: A layer with a volume.
            frame: Time point of scans that have several.
        """
        assert isinstance(scan.data, Volume)
        before, talk = talks
        place = place_of(labels, target, talk)
        image = values_at(scan.data, frame, labels.geometry, place.index)
        image = np.where(place.inside, image, np.float32(np.nan))
        display = scan.display
        return cls(
            target=target,
            engine=engine,
            before=before,
            talk=talk,
            place=place,
            image=image,
            window=(display.low, display.high) if isinstance(display, ImageDisplay) else None,
            labels=labels,
            revision=labels.revision,
        )

    @property
    def is_stale(self) -> bool:
        """Whether the mask is another by now."""
        return self.labels.revision != self.revision

    def job(self) -> Job:
        """What is sent."""
        said = self._said()
        payload = asking(
            said[Said.INCLUDE],
            said[Said.EXCLUDE],
            box=self._box(),
            window=self.window,
            spacing_mm=self.place.spacing_mm,
            is_first=not self.before.acts,
        )
        arrays: dict[str, AnyArray] = {"image": self.image, "mask": self._present().astype(np.uint8)}
        if self._remembers:
            assert self.talk.memory is not None
            arrays["memory"] = self.talk.memory
        return Job(
            title=STEP, target=self.engine.target, payload={**self.engine.facts, **payload}, arrays=arrays
        )

    def _said(self) -> dict[Said, list[list[float]]]:
        """Index positions of all clicks; of several in one voxel, the newest counts."""
        newest: dict[tuple[int, ...], tuple[Said, list[float]]] = {}
        for act in self.talk.acts:
            for place in self.place.places_of(act.points_ras).tolist() if act.said is not Said.BOX else ():
                newest[tuple(round(n) for n in place)] = (act.said, place)
        return {said: [place for kind, place in newest.values() if kind is said] for said in Said}

    def _box(self) -> list[list[float]] | None:
        """The newest box, until something is said outside it."""
        box = self.place.box_of(self.talk.box)
        if box is None:
            return None
        after = self.place.places_of(self.talk.points_after_box)
        outside = (after < np.subtract(box[0], 0.5)) | (after > np.add(box[1], 0.5))
        return None if outside.any() else box

    def _touched(self) -> NDArray[np.bool_]:
        """What was pointed at in this talk: by a click, a scribble, or a box."""
        box = self.place.box_of(self.talk.box)
        touched = np.zeros(self.image.shape, bool) if box is None else self.place.within(box)
        for places in self._said().values():
            if places:
                touched[tuple(np.rint(places).astype(int).T)] = True
        return touched

    @property
    def _remembers(self) -> bool:
        """Whether the memory is this engine's, and of this very place."""
        of_here = self.talk.engine, self.talk.origin_ijk
        return self.talk.memory is not None and of_here == (self.engine.name, self.place.origin_ijk)

    def _present(self) -> NDArray[np.bool_]:
        return np.asarray(self.place.held(self.labels.array) == self.target.value)

    def answered(self, memory: AnyArray) -> Talk:
        """The talk with what the engine wants to be handed back."""
        return replace(self.talk, memory=memory, origin_ijk=self.place.origin_ijk, engine=self.engine.name)

    def patch(self, wanted: NDArray[np.bool_], view: ViewState) -> Patch | None:
        """What an answer may change: the label where it is wanted, background where it was and is not.

        Where a box was drawn, nothing changes outside it. Pieces of the label that were not pointed at stay.
        """
        value, hand = self.target.value, view.hand
        present = self._present()
        wanted = wanted | pieces_apart(present, self._touched())
        box = self._box()
        if box is not None:
            wanted = np.where(self.place.within(box), wanted, present)
        if hand.range_on:
            wanted = wanted & (present | in_range(self.image, hand.range_low, hand.range_high))
        changed = self.place.region(wanted != present)
        if changed.is_empty:
            return None
        gained = self.place.region(wanted & ~present).in_box(changed.box)
        numbers = as_numbers(self.labels, gained * np.int64(value))
        patch = Patch(offset_of(changed.box), numbers, changed.mask)
        return permitted(self.labels, patch, Permission(rule=view.overwrite, own=value))

    @property
    def title(self) -> str:
        """Name of the undo step, such as ``"Smart click 3 on Lesion"``."""
        first, last = len(self.before.acts) + 1, len(self.talk.acts)
        numbers = f"{STEP} {last}" if first == last else f"{STEP}s {first} to {last}"
        return f"{numbers} on {entry_of(self.labels, self.target.value).name}"

    def sentence(self, patch: Patch | None, seconds: float) -> str:
        """What came of it: change, time, and clicks used."""
        said = [act.said for act in self.talk.acts]
        used = f"{said.count(Said.INCLUDE)} include, {said.count(Said.EXCLUDE)} exclude"
        if patch is None:
            return f"{self.title}: nothing to change, in {seconds:.2f} s ({used})."
        changed = np.ones(patch.values.shape, bool) if patch.mask is None else patch.mask
        gained = int(np.count_nonzero(patch.values[changed]))
        lost = int(np.count_nonzero(changed)) - gained
        return f"{self.title}: {gained} voxels more, {lost} fewer, in {seconds:.2f} s ({used})."


def place_of(labels: LabelMap, target: ClickTarget, talk: Talk) -> ClickPlace:
    """Where a talk looks."""
    if target.normal_ras is not None:
        return ClickPlace.slice_of(labels.geometry, target.point_ras, target.normal_ras)
    return ClickPlace.region_around(labels.geometry, [point for act in talk.acts for point in act.points_ras])


def asking(
    include: list[list[float]],
    exclude: list[list[float]],
    *,
    box: list[list[float]] | None,
    window: tuple[float, float] | None,
    spacing_mm: tuple[float, ...],
    is_first: bool,
) -> dict[str, Any]:
    """What every engine is told of the clicks; positions are indices into the picture sent."""
    return {
        "include": include,
        "exclude": exclude,
        "box": box,
        "range": list(window) if window is not None else None,
        "spacing_mm": list(spacing_mm),
        "is_first": is_first,
    }
