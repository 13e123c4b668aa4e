"""The form of a foreign model, built from what its folder says: data, never code."""

from __future__ import annotations

from medview.core.params import Bool, Choice, Float, Param
from medview.ml.belief import BELIEF_PARAMS, belief_outputs
from medview.ml.foreign.model import FORMAT_WORDS, ForeignModel, recipe_digest
from medview.ml.foreign.recipe import Orient
from medview.ml.spec import InputSpec, ModelSpec, OutputSpec, Task, WeightSpec

ENTRY = "medview.zoo.foreign.pipeline:run"
FORECAST = "medview.ml.foreign.forecast:forecast"
VERIFIER = "medview.ml.foreign.folders:verified_sha256"
ALL_FOLDS = "all"
ORIENTATIONS = ("RAS", "LPS", "LAS", "RPS", "RAI", "LPI", "PIR", "ASR", "PSR", "SPR")


def spec_of(model: ForeignModel) -> ModelSpec:
    """Describe a foreign model as the registry, the forms and the command line know it."""
    answer = model.recipe.answer
    return ModelSpec(
        id=model.id,
        version=f"{model.version}+{recipe_digest(model)}",
        title=model.title,
        task=Task.SEGMENT if answer.kind == "labels" else Task.SYNTHESIZE,
        summary=model.summary[:400] or f"{FORMAT_WORDS[model.format]} of your own.",
        inputs=tuple(
            InputSpec(role=channel.role, title=channel.title, modalities=channel.modalities)
            for channel in model.channels
        ),
        outputs=_outputs(model),
        params=_params(model),
        entry=ENTRY,
        weights=(WeightSpec(folder=model.folder.name, file=model.weights[0], verifier=VERIFIER),),
        estimate=FORECAST,
        licence=model.licence,
        citation=model.citation,
        note=_note(model),
    )


def _note(model: ForeignModel) -> str:
    if model.is_program:
        return "Made by a program that came with the model, not by medview."
    return f"Made by a model of your own ({FORMAT_WORDS[model.format]})."


def _outputs(model: ForeignModel) -> tuple[OutputSpec, ...]:
    answer = model.recipe.answer
    if answer.kind == "image":
        return (
            OutputSpec(
                name="image", title=f"{model.title}: image", kind="image", synthesized=answer.is_synthesized
            ),
        )
    return (
        OutputSpec(name="labels", title=model.title, kind="labels", labels=answer.labels),
        *belief_outputs(model.title),
    )


def _params(model: ForeignModel) -> tuple[Param, ...]:
    window, answer = model.recipe.window, model.recipe.answer
    found: list[Param] = []
    if window.patch:
        found.append(_overlap(window.overlap))
    if window.mirror_axes:
        found.append(_MIRRORING)
    if answer.kind == "labels" and answer.decide == "threshold":
        found.append(_threshold(answer.threshold))
    if answer.kind == "labels":
        found += BELIEF_PARAMS
    if len(model.weights) > 1 and model.format == "nnunet":
        found.append(_folds(model.weights))
    orient = next((step for step in model.recipe.steps if isinstance(step, Orient)), None)
    if orient is not None:
        found.append(_orientation(orient.codes))
    return tuple(found)


_MIRRORING = Bool(
    name="mirroring",
    title="Mirror every piece",
    help="Averages over the mirrored copies that it was trained with: a little better, up to 8 times slower.",
    default=False,
)


def _overlap(default: float) -> Float:
    return Float(
        name="overlap",
        title="Overlap of the pieces",
        help="Part of a piece that its neighbour sees too. More is smoother and slower.",
        default=default,
        minimum=0.0,
        maximum=0.9,
        step=0.05,
        advanced=True,
    )


def _threshold(default: float) -> Float:
    return Float(
        name="threshold",
        title="Threshold",
        help="Probability from which a voxel belongs to a structure.",
        default=default,
        minimum=-1e6,
        maximum=1e6,
        step=0.05,
    )


def _folds(weights: tuple[str, ...]) -> Choice:
    folds = tuple(name.split("/")[0] for name in weights)
    return Choice(
        name="folds",
        title="Folds",
        help="One network, which is quicker, or the average of all networks of the cross-validation.",
        default=folds[0],
        choices=(*folds, ALL_FOLDS),
    )


def _orientation(default: str) -> Choice:
    return Choice(
        name="orientation",
        title="Axes of the training scans",
        help="Patient directions of the axes as the network learned them; a wrong choice mirrors the scan.",
        default=default,
        choices=tuple(dict.fromkeys((default, *ORIENTATIONS))),
        advanced=True,
    )
