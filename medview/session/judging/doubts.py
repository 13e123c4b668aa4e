"""The walk through the doubtful places of a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psygnal import Signal

from medview.core.errors import InputRefused
from medview.core.layers import Layer
from medview.core.state import SessionState
from medview.core.volume import AnyArray, Volume
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.measure.doubt import DoubtfulPlace, doubtful_places, entropy_of_probability
from medview.ml.belief import LARGEST_SPREAD
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices
from medview.session.proposals.offer import Offer, OfferKey, open_offer
from medview.session.session import Session

_Key = tuple[Any, OfferKey | None]
_LEAST = {"entropy": 0.5, "spread": LARGEST_SPREAD / 5, "probability": 0.5}
"""From which value on a voxel is doubtful; probabilities are turned into entropy first."""
NO_DOUBT_LAYER = "Run a model with its entropy, spread or probability first."


class Doubts:
    """Walks through the doubtful places of a result.

    Args:
        session: Whose crosshair moves.
        desk: Where the search is listed.
        notices: Told what was found.
        lane: Where the search runs.

    Attributes:
        changed: Emitted with a few words on where the walk stands, such as ``"3 of 12"``; empty for nowhere.
    """

    changed = Signal(str)

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._key: _Key | None = None
        self._places: tuple[DoubtfulPlace, ...] = ()
        self._count = 0
        self._at = -1
        self._is_searching = False

    def step(self, steps: int) -> None:
        """Go to the next (1) or previous (-1) place of the layer that `doubt_layer` names.

        Raises:
            InputRefused: No layer tells of doubt.
        """
        layer = doubt_layer(self._session.state)
        if layer is None or not isinstance(layer.data, Volume):
            raise InputRefused("Cannot find a doubtful place", "no layer tells of doubt", NO_DOUBT_LAYER)
        if self._key is not None and _same(self._key, _key_of(layer, self._session.state)):
            self._go(layer, steps)
        elif not self._is_searching:
            self._search(layer, steps)

    def _search(self, layer: Layer, steps: int) -> None:
        key = _key_of(layer, self._session.state)
        offer = offer_of(layer, self._session.state)
        maps = (offer.mask.array, offer.labels.array) if offer is not None else None
        job = Job(
            title=f"Looking through {layer.name}",
            target=find_places,
            payload={"volume": layer.data, "output": output_name(layer), "maps": maps},
        )

        def done(event: JobDone) -> None:
            self._places, self._count = event.value
            self._key, self._at = key, -1 if steps > 0 else 0
            self._go(layer, steps)

        def ended() -> None:
            self._is_searching = False

        self._is_searching = True
        self._desk.start(self._lane, job, Reactions(done=done, ended=ended))

    def _go(self, layer: Layer, steps: int) -> None:
        if not self._places:
            self.changed.emit("none")
            self._notices.told.emit(f"{layer.name}: there is no doubtful place.")
            return
        self._at = (self._at + steps) % len(self._places)
        place = self._places[self._at]
        x, y, z = (float(mm) for mm in layer.geometry.ras_of(place.peak_ijk))
        self._session.set_view(cursor_ras=(x, y, z))
        self.changed.emit(f"{self._at + 1} of {self._count}")
        self._notices.told.emit(place_sentence(layer, place, self._at + 1, self._count))


def _key_of(layer: Layer, state: SessionState) -> _Key:
    offer = offer_of(layer, state)
    return layer.data, offer.key if offer is not None else None


def _same(one: _Key, other: _Key) -> bool:
    return one[0] is other[0] and one[1] == other[1]


def offer_of(doubt: Layer, state: SessionState) -> Offer | None:
    """The open proposal, where the same run has told this doubt on the same grid."""
    offer = open_offer(state)
    if offer is None or not offer.layer.geometry.matches(doubt.geometry):
        return None
    return offer if run_of(offer.layer) == run_of(doubt) else None


def run_of(layer: Layer) -> dict[str, Any]:
    """What a layer's provenance says of the run as a whole: the same for all outputs of one run."""
    own = ("output", "kind", "synthesized", "note")
    return {name: fact for name, fact in (layer.provenance or {}).items() if name not in own}


def place_sentence(layer: Layer, place: DoubtfulPlace, number: int, count: int) -> str:
    """Such as ``"Doubtful place 3 of 12: entropy 0.98, mean 0.71 over 45 voxels."``."""
    word = {"probability": "entropy"}.get(output_name(layer), output_name(layer))
    return (
        f"Doubtful place {number} of {count}: {word} {place.peak:.2f}, "
        f"mean {place.mean:.2f} over {place.voxels} voxels"
        f"{', where the proposal differs' if place.is_first else ''}."
    )


def output_name(layer: Layer) -> str:
    """Which output of a model a layer is; empty where it is none."""
    return str((layer.provenance or {}).get("output", ""))


def doubt_layer(state: SessionState) -> Layer | None:
    """The layer to walk through: the active one, else the topmost of entropy, spread or probability.

    Those of the run that made the open proposal come before all others.
    """
    telling = [
        layer for layer in state.layers if isinstance(layer.data, Volume) and output_name(layer) in _LEAST
    ]
    if state.active is not None and any(layer is state.active for layer in telling):
        return state.active
    ranked = [layer for name in _LEAST for layer in reversed(telling) if output_name(layer) == name]
    ranked.sort(key=lambda layer: offer_of(layer, state) is None)
    return next(iter(ranked), None)


def find_places(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[tuple[tuple[DoubtfulPlace, ...], int], Mapping[str, AnyArray]]:
    """Job target: the doubtful places of an image; those where two given label maps differ first."""
    link.progress(0.1, "Finding connected regions")
    values, name = payload["volume"].frame(0), payload["output"]
    if name == "probability":
        values = entropy_of_probability(values)
    maps = payload["maps"]
    first = maps[0] != maps[1] if maps is not None else None
    return doubtful_places(values, _LEAST[name], first=first), {}
