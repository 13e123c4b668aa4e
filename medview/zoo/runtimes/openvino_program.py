"""A network as OpenVINO runs it on the CPU: converted once, checked against torch, kept on disk.

OpenVINO tells its makers of every import and conversion through the package ``openvino_telemetry`` where that
is installed. Here it never is: its name is blocked before OpenVINO is imported, which then does without.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from medview.core.errors import Cancelled
from medview.ml.context import RunContext

TELEMETRY = "openvino_telemetry"
_LOOK_MS = 20


def openvino() -> Any:
    """The package, imported without its telemetry.

    Raises:
        ImportError: It is not installed.
    """
    for name in [TELEMETRY, *(name for name in sys.modules if name.startswith(f"{TELEMETRY}."))]:
        sys.modules[name] = None  # type: ignore[assignment]
    import openvino as package

    return package


def is_installed() -> bool:
    """Whether OpenVINO is there; nothing is imported."""
    from importlib.util import find_spec

    return find_spec("openvino") is not None


def version() -> str:
    """Of the installed package, such as ``"2026.4.1"``."""
    from importlib.metadata import version as version_of

    return version_of("openvino")


def convert(network: nn.Module, batch: Tensor, path: Path) -> None:
    """Write a network for batches of this shape as OpenVINO's ``.xml`` and ``.bin``, in float32.

    Raises:
        RuntimeError: An operation has no counterpart.
    """
    package = openvino()
    with warnings.catch_warnings(), torch.inference_mode():
        # it is traced with the one shape that it will see: what depends on the shape may be a constant
        warnings.simplefilter("ignore")
        converted = package.convert_model(network, example_input=batch, input=[tuple(batch.shape)])
    package.save_model(converted, path, compress_to_fp16=False)


class OpenVinoProgram:
    """Runs a converted network.

    Args:
        path: What `convert` wrote.
        shape: Of the batches that it was converted for.
        threads: How many it may use.

    Raises:
        RuntimeError: The files are damaged.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], threads: int) -> None:
        package = openvino()
        core = package.Core()
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self._model = core.compile_model(core.read_model(path), "CPU", settings)
        self._shape = shape
        self.title = f"OpenVINO {version()}"

    def __call__(self, batch: Tensor, ctx: RunContext) -> tuple[Tensor, ...]:
        """Take (n, M, …), n not above the batch that it was converted for, to the network's maps.

        Raises:
            Cancelled: The person has cancelled; computing stops within a layer or two.
        """
        count = len(batch)
        whole = batch
        if count < self._shape[0]:
            whole = torch.cat([batch, batch[:1].expand(self._shape[0] - count, *batch.shape[1:])])
        request = self._model.create_infer_request()
        request.start_async([np.ascontiguousarray(whole.numpy())])
        while not request.wait_for(_LOOK_MS):
            if ctx.listener.is_cancelled():
                request.cancel()
                raise Cancelled
        ctx.check_cancelled()
        outputs = [np.array(request.get_output_tensor(n).data) for n in range(len(self._model.outputs))]
        return tuple(torch.from_numpy(output[:count]) for output in outputs)
