"""A network as OpenVINO runs it on the CPU: converted once, then loaded as it was compiled.

OpenVINO tells its makers of every import and conversion through the package ``openvino_telemetry`` where that
is installed. Here it never is: its name is blocked before OpenVINO is imported, which then does without.
"""

from __future__ import annotations

import io
import sys
import warnings
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


def converted(network: nn.Module, batch: Tensor, threads: int) -> OpenVinoProgram:
    """Convert and compile a network for batches of this shape, in float32.

    Raises:
        RuntimeError: An operation has no counterpart.
    """
    package = openvino()
    with warnings.catch_warnings(), torch.inference_mode():
        # it is traced with the one shape that it will see: what depends on the shape may be a constant
        warnings.simplefilter("ignore")
        model = package.convert_model(
            network, example_input=batch, input=[tuple(batch.shape)], share_weights=False
        )
    compiled = package.Core().compile_model(model, "CPU", _settings(threads))
    return OpenVinoProgram(compiled, tuple(batch.shape))


def restored(blob: bytes, shape: tuple[int, ...], threads: int) -> OpenVinoProgram:
    """Load what `OpenVinoProgram.blob` gave, which takes a part of the time that compiling takes.

    Args:
        blob: Of this program's own making: OpenVINO checks its version, not its content.
        shape: Of the batches that it was converted for.
        threads: How many it may use.

    Raises:
        RuntimeError: It is of another version of OpenVINO.
    """
    compiled = openvino().Core().import_model(io.BytesIO(blob), "CPU", _settings(threads))
    return OpenVinoProgram(compiled, shape)


def _settings(threads: int) -> dict[str, Any]:
    return {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }


class OpenVinoProgram:
    """Runs a converted network; several runs may share it.

    Args:
        compiled: OpenVINO's compiled model.
        shape: Of the batches that it was converted for.
    """

    def __init__(self, compiled: Any, shape: tuple[int, ...]) -> None:
        self._model = compiled
        self._shape = shape
        self.title = f"OpenVINO {version()}"

    def blob(self) -> bytes:
        """The compiled network, for `restored`."""
        made = self._model.export_model()
        return made if isinstance(made, bytes) else bytes(made.getvalue())

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
