"""What a mask says of the models whose proposals it has taken over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.core.layers import Layer

#: In the provenance of a mask: the facts of every run of which something was accepted.
ACCEPTED = "accepted"
_FACTS = ("output", "model", "version", "weights_sha256", "params", "seed", "inputs")


def with_accepted(mask: Mapping[str, Any] | None, proposal: Layer) -> dict[str, Any]:
    """The provenance of a mask after something of a proposal was accepted.

    What was never imaged is marked so from then on, like every layer that holds some of it.
    """
    facts, made = dict(mask or {}), proposal.provenance or {}
    run = {name: made[name] for name in _FACTS if name in made} or {"output": proposal.name}
    known = list(facts.get(ACCEPTED, ()))
    facts[ACCEPTED] = known if run in known else [*known, run]
    if made.get("synthesized") is True:
        facts["synthesized"] = True
    return facts
