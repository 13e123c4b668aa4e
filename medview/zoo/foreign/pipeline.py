"""The entry of every foreign model's spec: a scan in, labels on exactly its grid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.foreign.folders import read_model
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.recipe import Answer, Orient
from medview.ml.foreign.trust import demand_trust
from medview.ml.request import InputArray, RunRequest
from medview.zoo.foreign.borders import decided, labels_on
from medview.zoo.foreign.doubt import Doubt, activated
from medview.zoo.foreign.frugal import FrugalSweep
from medview.zoo.foreign.loading import Loaded, load
from medview.zoo.foreign.resampling import GridChange, positions_back, resample_back
from medview.zoo.foreign.steps import Prepared, prepare
from medview.zoo.foreign.windows import Floats, Sweep, piece_count

_STEP_WORDS = {
    "Orient": "Turning the scan",
    "Permute": "Turning the scan",
    "CropNonzero": "Cutting empty borders",
    "Normalise": "Scaling the values",
    "Respace": "Resampling the scan",
}


def run(request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Run a model of the person's own.

    Args:
        request: Roles, parameters and folder of the model.
        ctx: Hears of progress; may cancel within a piece.

    Returns:
        ``labels`` and on request ``probability``, or ``image``, on the first input's grid.

    Raises:
        InputRefused: The folder is no good, a scan does not fit, or a program is not trusted.
        RunFailed: The network does not do what its folder says.
    """
    if request.weights is None:
        raise InputRefused("Cannot run the model", "its folder was not named", "Choose a model folder.")
    model = read_model(request.weights)
    demand_trust(model)
    if model.is_program:
        from medview.zoo.foreign.isolation import run_apart

        return run_apart(model, request, ctx)
    ctx.progress(0.0, "Loading the network")
    return answer_of(model, load(model, ctx, request.params), request, ctx)


def answer_of(
    model: ForeignModel, loaded: Loaded, request: RunRequest, ctx: RunContext
) -> dict[str, AnyArray]:
    """Prepare the scans, run the networks, and bring the answer back to the scan's grid."""
    recipe = model.recipe
    steps = tuple(_with_orientation(step, request.params) for step in recipe.steps)
    prepared = prepare(
        scans_of(model, request), request.first.geometry.spacing_mm, steps,
        lambda name: ctx.progress(0.02, _STEP_WORDS.get(name, name)),
    )  # fmt: skip
    settings = Sweep(
        window=loaded.window,
        channels=recipe.answer.channels,
        is_mirrored=bool(request.params.get("mirroring", False)),
    )
    doubt = Doubt.wanted(request.params, model, steps)
    shape = prepared.array.shape[1:]
    loaded.expect(piece_count(settings, shape) * doubt.pass_count)
    swept = FrugalSweep(loaded.predictors, settings, shape, ctx)
    raw, spread = doubt.passes(loaded.predictors, prepared.array, swept)
    ctx.progress(0.87, "Bringing the answer to the scan's grid")
    outputs = _outputs(raw, prepared, recipe.answer, request.params, ctx)
    outputs |= {name: _image_back(image, prepared) for name, image in doubt.images(raw, spread).items()}
    ctx.progress(1.0, "Done")
    return outputs


def scans_of(model: ForeignModel, request: RunRequest) -> NDArray[np.float32]:
    """All inputs (C, I, J, K) on the first one's grid, finite."""
    first = request.inputs[model.channels[0].role]
    rows = [_on_grid(request.inputs[channel.role], first) for channel in model.channels]
    return np.stack([np.nan_to_num(row, nan=0.0, posinf=0.0, neginf=0.0) for row in rows])


def _on_grid(scan: InputArray, first: InputArray) -> NDArray[np.float32]:
    if scan.array.ndim != 3:
        detail = "it holds several frames or colours"
        raise InputRefused(f"Cannot read {scan.name or 'the scan'}", detail, "Choose a still volume.")
    values = np.asarray(scan.array, np.float32)
    if scan.geometry.matches(first.geometry):
        return values
    matrix = scan.geometry.ijk_from_ras @ first.geometry.ras_from_ijk
    made: NDArray[np.float32] = ndimage.affine_transform(
        values, matrix[:3, :3], matrix[:3, 3], first.geometry.shape, order=1
    )
    return made


def _with_orientation(step: Any, params: Mapping[str, Any]) -> Any:
    told = params.get("orientation")
    return replace(step, codes=str(told)) if isinstance(step, Orient) and told else step


def _outputs(
    raw: Floats, prepared: Prepared, answer: Answer, params: Mapping[str, Any], ctx: RunContext
) -> dict[str, AnyArray]:
    if answer.kind == "image":
        return {"image": _image_back(activated(raw, answer)[:1], prepared)}
    threshold = float(params.get("threshold", answer.threshold))
    maps = raw if answer.mixes == "logits" else activated(raw, answer)
    if answer.mixes == "logits" and answer.activation == "sigmoid":
        threshold = float(np.log(threshold / (1 - threshold))) if 0 < threshold < 1 else threshold
    labels = _labels_back(maps, prepared, answer, threshold, ctx)
    return {"labels": _kept(labels, answer)}


def _image_back(image: Floats, prepared: Prepared) -> Floats:
    for undo in reversed(prepared.undos):
        image = resample_back(image, undo) if isinstance(undo, GridChange) else undo.undone(image)
    return np.ascontiguousarray(image[0], np.float32)


def _labels_back(
    maps: Floats, prepared: Prepared, answer: Answer, threshold: float, ctx: RunContext
) -> NDArray[np.uint16]:
    """Labels on the scan's grid: class maps down to the resampling, labels from there on."""
    labels: NDArray[np.uint16] | None = None
    if not any(isinstance(undo, GridChange) for undo in prepared.undos):
        labels = decided(maps, answer, threshold)
    for undo in reversed(prepared.undos):
        if isinstance(undo, GridChange):
            places = [positions_back(undo, axis) for axis in range(3)]
            labels = labels_on(maps, places, answer, threshold, undo.apart, ctx)
        elif labels is None:
            maps = _with_background(undo.undone(maps), undo, answer)
        else:
            labels = undo.undone(labels)
    assert labels is not None
    return np.ascontiguousarray(labels)


def _with_background(maps: Floats, undo: Any, answer: Answer) -> Floats:
    """What lay outside a box is background: there its map wins, and others stay below any threshold."""
    box = getattr(undo, "box", None)
    if box is None:
        return maps
    outside = np.ones(maps.shape[1:], bool)
    outside[box] = False
    low = float(maps.min()) - 1.0
    for place, value in enumerate(answer.values):
        maps[place][outside] = 1.0 if value == 0 and answer.decide == "argmax" else low
    return maps


def _kept(labels: NDArray[np.uint16], answer: Answer) -> NDArray[np.uint16]:
    """Only the largest piece of the labels that ask for it."""
    for value in answer.keep_largest:
        pieces, count = ndimage.label(labels == value, np.ones((3, 3, 3)))
        if count > 1:
            sizes = np.bincount(pieces.ravel())[1:]
            labels[(labels == value) & (pieces != 1 + int(np.argmax(sizes)))] = 0
    return labels
