"""Smart clicks: each is answered at once and written as an undo step of its own."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from psygnal import Signal

from medview.core.errors import InputRefused, MedviewError
from medview.core.hand import ClickEngine
from medview.core.labels import LabelMap
from medview.core.layers import Layer
from medview.core.volume import Volume
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.ml.registry import Availability, Registry
from medview.session.clicking import instant
from medview.session.clicking.question import STEP, Engine, Question, asking
from medview.session.clicking.talk import ClickAct, ClickTarget, Talks, said_more
from medview.session.commands import ApplyPatches
from medview.session.job_desk import JobDesk, Reactions
from medview.session.labels.table import label_map, refuse_locked
from medview.session.notices import Notices
from medview.session.session import Session

MODEL_ID = "pe-med"
MODEL_TARGET = "medview.zoo.interactive.pe_med.clicking:answer"
_SLICES, _REGIONS = "slices", "regions"
"""Tables of the card's settings: which networks the weights hold."""
_INSTANT = Engine(name="instant", target=instant.TARGET, facts={})

Waiting = tuple[ClickTarget, ClickAct, float]


class Clicking:
    """Answers clicks, one pass at a time.

    Clicks made while a pass runs wait and are answered together by the next one. An answer to a mask that
    has changed meanwhile is dropped, and asked for again.

    Args:
        session: Whose masks.
        desk: Where the passes are started.
        notices: Told what a click did.
        registry: Knows the model's weights.
        lane: Where clicks are answered until `use_lane` names another one.

    Attributes:
        changed: Emitted when there are other clicks to draw.
    """

    changed = Signal()

    def __init__(
        self, session: Session, desk: JobDesk, notices: Notices, registry: Registry, lane: Lane
    ) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._registry = registry
        self._lane = lane
        self._talks = Talks()
        self._waiting: list[Waiting] = []
        self._asked: tuple[Waiting, ...] = ()
        self._is_unwanted = False
        self._last: ClickTarget | None = None
        self._weights: Availability | None = None
        self._ready: set[tuple[str, int]] = set()

    # the engines

    def use_lane(self, lane: Lane) -> None:
        """Answer clicks in another lane from now on: one of their own, so that they wait for no model."""
        self._lane = lane
        self._ready.clear()

    def _look_for_weights(self) -> Availability:
        """Read from the disk: when the tool is taken, not at every click."""
        spec = next((spec for spec in self._registry.specs() if spec.id == MODEL_ID), None)
        return self._registry.availability(spec) if spec is not None else Availability(False)

    def why_no_model(self) -> str:
        """Why clicks are answered without the model; empty where they need not be."""
        return self._why_no_model(in_3d=self._session.state.view.hand.click_in_3d)

    def _why_no_model(self, *, in_3d: bool) -> str:
        found = self._weights = self._weights or self._look_for_weights()
        if found.folder is None or found.card is None:
            return "The weights of PE-MED are not installed."
        if (_REGIONS if in_3d else _SLICES) in found.card.settings:
            return ""
        return f"The installed weights of PE-MED are not for {'regions' if in_3d else 'slices'}."

    def _engine(self, *, in_3d: bool) -> Engine:
        hand = self._session.state.view.hand
        if hand.click_engine is ClickEngine.INSTANT or self._why_no_model(in_3d=in_3d):
            return _INSTANT
        assert self._weights is not None
        weights = str(self._weights.folder)
        facts = {"weights": weights, "threshold": hand.click_threshold, "self_loop": 1, "memory": True}
        return Engine(name=MODEL_ID, target=MODEL_TARGET, facts=facts)

    def prepare(self) -> None:
        """Load what will answer, so that the first click need not wait; once for each engine."""
        self._weights = self._look_for_weights()
        hand = self._session.state.view.hand
        engine = self._engine(in_3d=hand.click_in_3d)
        if hand.click_engine is ClickEngine.MODEL and engine is _INSTANT:
            self._notices.told.emit(f"{self.why_no_model()} Smart click answers with Instant (no model).")
        dims = 3 if hand.click_in_3d else 2
        if (engine.name, dims) in self._ready:
            return
        self._ready.add((engine.name, dims))
        middle, spacing = [16.0] * dims, (1.0,) * dims
        clicks = asking([middle], [], box=None, window=(0, 1), spacing_mm=spacing, is_first=True)
        blank = np.zeros([32] * dims, np.float32)
        blank[(slice(8, 24),) * dims] = 1
        job = Job(
            title="Getting Smart click ready",
            target=engine.target,
            payload={**engine.facts, **clicks},
            arrays={"image": blank, "mask": np.zeros(blank.shape, np.uint8)},
        )
        self._desk.start(self._lane, job, Reactions(done=lambda _event: None))

    # what a person says

    def say(self, target: ClickTarget, act: ClickAct) -> None:
        """Take a click, a scribble or a box.

        Raises:
            KeyError: The mask is gone.
            LabelLocked: The label is locked.
        """
        refuse_locked(label_map(self._session, target.layer_id), (target.value,))
        self._last = target
        self._waiting.append((target, act, time.perf_counter()))
        self.changed.emit()
        self._next()

    def acts(self, target: ClickTarget) -> tuple[ClickAct, ...]:
        """What was said of a target so far, the clicks that wait for their answer included."""
        layer = self._session.state.layer(target.layer_id)
        if layer is None or not isinstance(layer.data, LabelMap):
            return ()
        unanswered = [act for other, act, _ in (*self._wanted, *self._waiting) if other.key == target.key]
        return (*self._talks.at(target, layer.data).acts, *unanswered)

    def take_back(self) -> bool:
        """Take the newest click back, answered or not; whether there was one."""
        if self._waiting:
            self._waiting.pop()
        elif self._wanted:
            self._is_unwanted = True
        elif self._last is None or not self._take_back_answered(self._last):
            return False
        self.changed.emit()
        return True

    def _take_back_answered(self, target: ClickTarget) -> bool:
        layer = self._session.state.layer(target.layer_id)
        labels = layer.data if layer is not None else None
        if isinstance(labels, LabelMap) and self._talks.forget_step(target, labels):
            return True
        if not (self._session.undo_stack.undo_title or "").startswith(STEP):
            return False
        self._session.undo()
        return True

    def cancel(self) -> bool:
        """Escape: drop the clicks that have no answer yet; whether there were any."""
        had_any = bool(self._waiting or self._wanted)
        self._waiting.clear()
        self._is_unwanted = True
        if had_any:
            self.changed.emit()
        return had_any

    @property
    def _wanted(self) -> tuple[Waiting, ...]:
        """The clicks of the pass under way, unless a person has dropped them."""
        return () if self._is_unwanted else self._asked

    # a pass

    def _next(self) -> None:
        """Answer all waiting clicks of the first one's target in one pass."""
        if self._asked or not self._waiting:
            return
        key = self._waiting[0][0].key
        self._is_unwanted = False
        self._asked = tuple(entry for entry in self._waiting if entry[0].key == key)
        self._waiting = [entry for entry in self._waiting if entry[0].key != key]
        try:
            question = self._question()
        except (MedviewError, KeyError) as reason:
            if isinstance(reason, MedviewError):
                self._notices.fail(reason)
            self._end()
            return
        self._notices.told.emit(f"{question.title} …")
        reactions = Reactions(done=lambda event: self._take(question, event), ended=self._end)
        self._desk.start(self._lane, question.job(), reactions, is_shown=False)

    def _question(self) -> Question:
        self._session.close_stroke()
        target = self._asked[0][0]
        labels = label_map(self._session, target.layer_id)
        refuse_locked(labels, (target.value,))
        before = self._talks.at(target, labels)
        talks = (before, said_more(before, tuple(act for _, act, _ in self._asked)))
        engine = self._engine(in_3d=target.normal_ras is None)
        return Question.of(target, engine, talks, labels, self._scan(), self._session.state.view.frame)

    def _scan(self) -> Layer:
        layer = self._session.state.active_image
        if layer is None or not isinstance(layer.data, Volume):
            raise InputRefused("Cannot follow the click", "no scan is open", "Open a scan first.")
        return layer

    def _take(self, question: Question, event: JobDone) -> None:
        target = question.target
        if self._is_unwanted or self._session.state.layer(target.layer_id) is None:
            return
        if question.is_stale or self._session.is_painting:
            self._waiting[:0] = self._asked
            return
        talk = question.answered(event.arrays["memory"])
        patch = question.patch(event.arrays["mask"] > 0, self._session.state.view)
        if patch is None:
            self._talks.keep(target, question.labels, replace(talk, before=question.before))
        else:
            self._session.do(ApplyPatches.of(question.title, target.layer_id, [patch]))
            self._talks.keep(target, question.labels, talk)
        seconds = time.perf_counter() - self._asked[-1][2]
        self._notices.told.emit(question.sentence(patch, seconds))

    def _end(self) -> None:
        self._asked = ()
        self.changed.emit()
        self._next()
