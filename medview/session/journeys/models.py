"""The journey of a model: which there are, what they say of themselves, a form filled, a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from medview.core.errors import MedviewError
from medview.core.layers import LayerId
from medview.ml.registry import Registry
from medview.ml.spec import ModelSpec
from medview.session.models.card_page import CardPage, card_page
from medview.session.models.cards import card_text
from medview.session.models.runs import ModelRuns
from medview.session.models.suggestions import first_choices, suggest_layers
from medview.session.notices import Notices
from medview.session.session import Session


class Models:
    """The models of this installation, and runs of them on what is open.

    Args:
        session: Whose layers they read.
        notices: Told what came of a run.
        registry: The models.
        runs: Where runs are started.
    """

    def __init__(self, session: Session, notices: Notices, registry: Registry, runs: ModelRuns) -> None:
        self._session = session
        self._notices = notices
        self._registry = registry
        self._runs = runs

    def specs(self) -> tuple[ModelSpec, ...]:
        """Every model that runs on scans, whether it can here or not; what learns scenes is apart."""
        return tuple(spec for spec in self._registry.specs() if not spec.learns_scenes)

    def find(self, model_id: str) -> ModelSpec:
        """One model; InputRefused where there is none of that id."""
        return self._registry.find(model_id)

    def problem(self, model_id: str) -> str:
        """Why a model cannot run here, as a sentence; empty where it can."""
        return self._registry.availability(self.find(model_id)).reason

    def card(self, model_id: str) -> str:
        """What the model is, was trained on and is not for: plain text."""
        spec = self.find(model_id)
        return card_text(spec, self._registry.availability(spec))

    def card_page(self, model_id: str) -> CardPage:
        """The same as plain values, with tables and curves."""
        spec = self.find(model_id)
        return card_page(spec, self._registry.availability(spec))

    def input_warnings(self, model_id: str, roles: Mapping[str, LayerId]) -> tuple[str, ...]:
        """What about the chosen layers is unlike the scans that the model was trained on."""
        return self._runs.warnings(model_id, roles)

    def self_test(self, model_id: str, told: Callable[[str, bool], None], device: str = "auto") -> str:
        """Repeat a model's stored run; `told` gets the finding and whether it is good."""
        return self._runs.test(model_id, device, told)

    def suggest(self, model_id: str) -> dict[str, tuple[LayerId, ...]]:
        """Layers that fit each role, the best first."""
        return suggest_layers(self.find(model_id), self._session.state)

    def first_choices(self, model_id: str) -> dict[str, LayerId]:
        """One layer for each role that one fits well; never the same for two roles."""
        return first_choices(self.find(model_id), self._session.state)

    def forecast(
        self, model_id: str, roles: Mapping[str, LayerId], params: Mapping[str, Any], device: str = "auto"
    ) -> tuple[str, str]:
        """What a run needs, in words, and why it cannot start (empty where it can)."""
        return self._runs.forecast(model_id, roles, params, device)

    def run(
        self,
        model_id: str,
        roles: Mapping[str, LayerId],
        params: Mapping[str, Any],
        device: str = "auto",
        target_id: LayerId | None = None,
    ) -> str:
        """Run a model on open layers; returns the job's id, or an empty one where it was refused.

        Its labels become a mask of their own, or a proposal for the mask `target_id`. The result is added
        as one undo step. On failure and cancel everything stays as it was.
        """
        try:
            return self._runs.run(model_id, roles, params, device, target_id)
        except MedviewError as refusal:
            self._notices.outcome.emit(str(refusal), True)
            self._notices.fail(refusal)
            return ""
