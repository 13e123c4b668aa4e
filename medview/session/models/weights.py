"""The weights of a run: the folder that a person named, or an installed one that reads the inputs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from medview.core.errors import InputRefused
from medview.ml.registry import installed, weights_in
from medview.ml.spec import ModelSpec


def chosen_weights(spec: ModelSpec, named: Path | None, roles: Collection[str] | None = None) -> Path | None:
    """The model folder that a person named, or the first installed one that reads these inputs.

    Args:
        spec: The model.
        named: The folder that was named, if any.
        roles: The inputs of the run; None: any weights will do.

    Raises:
        InputRefused: It does not fit, or there is none.
    """
    if named is not None:
        return weights_in(spec, named)
    found = installed().availability(spec, roles)
    if not found.ready:
        way = f"Train it with: medview train {spec.id} --data DIR --out DIR." if spec.train_entry else ""
        raise InputRefused(f"Cannot run {spec.title}", found.reason.rstrip("."), way)
    return found.folder
