"""The Model menu: training a model on a person's own subjects."""

from __future__ import annotations

from medview.present.actions import Action
from medview.present.desk import Desk


def model_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the Model menu, in its order."""
    return (
        Action(
            action_id="model.train",
            title="Train a model…",
            run=lambda: desk.open_training(),
            why_not=lambda: "" if desk.workflows.trainings.models() else "No model here learns from data.",
            shortcuts=("Ctrl+T",),
            tip="Train a method on a folder of subjects, in the background, or go on with a training.",
            group="train",
        ),
    )
