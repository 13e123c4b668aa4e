"""Does a model still give the answer that its makers stored beside it?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.foreign.folders import read_model
from medview.ml.foreign.model import TEST_INPUT, TEST_OUTPUT, ForeignModel
from medview.ml.foreign.trust import demand_trust
from medview.ml.travel import Link
from medview.zoo.foreign.loading import load

_MOST_BYTES = 512_000_000


def run_job(payload: Mapping[str, Any], _arrays: Any, link: Link) -> tuple[dict[str, Any], dict[str, Any]]:
    """Job target: test the model in ``payload["folder"]``.

    Returns:
        ``passed``, ``difference`` (the largest), ``tolerance``, and no arrays.

    Raises:
        InputRefused: The stored arrays cannot be read, or do not fit the network.
    """
    model = read_model(Path(payload["folder"]))
    demand_trust(model)
    link.progress(0.1, "Testing the model")
    ctx = RunContext(scratch=link.scratch, threads=link.threads, listener=link)
    difference = largest_difference(model, ctx)
    passed = bool(difference <= model.test_tolerance)
    return {"passed": passed, "difference": difference, "tolerance": model.test_tolerance}, {}


def largest_difference(model: ForeignModel, ctx: RunContext) -> float:
    """Largest difference between what the network makes of the stored input and the stored output.

    Both are what the network itself reads and makes, float32 (C, ...) and (K, ...).
    """
    given, wanted = (_read(model.folder / name) for name in (TEST_INPUT, TEST_OUTPUT))
    if model.is_program:
        from medview.zoo.foreign.isolation import tested_apart

        made: AnyArray = tested_apart(model, given, ctx)
    else:
        made = load(model, ctx, {}).predictors[0](np.ascontiguousarray(given[None]))[0]
    if made.shape != wanted.shape:
        detail = f"the network makes {tuple(made.shape)}, and {TEST_OUTPUT} holds {tuple(wanted.shape)}"
        raise InputRefused("The self-test does not fit", detail, "Ask its makers for the right files.")
    return float(np.abs(made - wanted).max()) if made.size else 0.0


def _read(path: Path) -> AnyArray:
    if path.stat().st_size > _MOST_BYTES:
        raise InputRefused(f"Cannot read {path.name}", "it is larger than 512 MB", "Remove it.")
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as reason:
        raise InputRefused(f"Cannot read {path.name}", str(reason).rstrip("."), "Remove it.") from None
    return np.asarray(array, np.float32)
