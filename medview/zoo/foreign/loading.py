"""From a model's folder to the networks that a run needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from medview.core.errors import InputRefused
from medview.ml.context import RunContext
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.recipe import Window
from medview.ml.foreign.specs import ALL_FOLDS
from medview.zoo.foreign import nnunet_networks
from medview.zoo.foreign.monai.networks import new_network as new_monai_network
from medview.zoo.foreign.predictors import TorchPredictor, onnx_predictor, torch_program
from medview.zoo.foreign.weights import fill, plain_state, read_checkpoint, read_state
from medview.zoo.foreign.windows import Predictor


@dataclass(frozen=True, eq=False)
class Loaded:
    """Networks of which the answers are averaged, and what they see at a time."""

    predictors: tuple[Predictor, ...]
    window: Window

    def expect(self, pieces: int) -> None:
        """Say how many pieces each network will see, which decides whether a faster runtime pays."""
        for predictor in self.predictors:
            if isinstance(predictor, TorchPredictor):
                predictor.expect(pieces)


def load(model: ForeignModel, ctx: RunContext, params: Mapping[str, Any]) -> Loaded:
    """Load what a run needs.

    Args:
        model: As read from its folder.
        ctx: Device and threads.
        params: Of the run; ``folds`` names one of nnU-Net's networks, or all.

    Raises:
        InputRefused: The weights do not fit the network.
    """
    window = model.recipe.window
    if "overlap" in params:
        window = replace(window, overlap=float(params["overlap"]))
    if model.format == "onnx":
        return Loaded((onnx_predictor(model, ctx),), window)
    torch.set_num_threads(ctx.threads)
    if model.format == "monai":
        path = model.folder / model.weights[0]
        net = fill(new_monai_network(model.network), read_state(path), path)
        return Loaded((TorchPredictor(net, ctx),), window)
    if model.format == "nnunet":
        return _nnunet(model, ctx, window, str(params.get("folds", "")))
    net = torch_program(model.folder / model.weights[0], str(model.network["kind"]))
    return Loaded((TorchPredictor(net, ctx, is_program=True),), window)


def _nnunet(model: ForeignModel, ctx: RunContext, window: Window, folds: str) -> Loaded:
    chosen = [
        name
        for name in model.weights
        if folds == ALL_FOLDS or name.split("/")[0] == (folds or model.weights[0].split("/")[0])
    ]
    predictors: list[Predictor] = []
    for name in chosen:
        path = model.folder / name
        checkpoint = read_checkpoint(path, with_scalars=True)
        _demand_same_configuration(checkpoint, model, name)
        net = nnunet_networks.new_network(model.network)
        fill(net, plain_state(checkpoint.get("network_weights", {}), path), path)
        predictors.append(TorchPredictor(net, ctx))
        window = _with_allowed_mirrors(window, checkpoint.get("inference_allowed_mirroring_axes"))
    return Loaded(tuple(predictors), window)


def _demand_same_configuration(checkpoint: Mapping[str, Any], model: ForeignModel, name: str) -> None:
    arguments = checkpoint.get("init_args")
    told = arguments.get("configuration") if isinstance(arguments, Mapping) else None
    if told is not None and told != model.network["configuration"]:
        raise InputRefused(
            f"Cannot use {name}",
            f"it was trained for the configuration {told}, and {model.network['configuration']} is asked for",
            "Name the folder as nnU-Net does, TRAINER__PLANS__CONFIGURATION.",
        )


def _with_allowed_mirrors(window: Window, allowed: object) -> Window:
    """Axes along which the training mirrored; nnU-Net keeps them without the slice axis of 2-D networks."""
    if allowed is None:
        return replace(window, mirror_axes=())
    if not isinstance(allowed, list | tuple) or not all(isinstance(axis, int) for axis in allowed):
        return window
    shift = 0 if window.slice_axis is None else 1
    axes = tuple(axis + shift for axis in allowed if 0 <= axis + shift <= 2)
    return replace(window, mirror_axes=tuple(axis for axis in axes if axis in window.mirror_axes))
