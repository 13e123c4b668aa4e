"""Networks as functions from array to array: through torch, or through onnxruntime."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import InputRefused, RunFailed
from medview.ml.context import RunContext
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.onnx_file import read_onnx
from medview.zoo.foreign.windows import Floats

_LISTEN_S = 0.05


@dataclass(frozen=True, eq=False)
class TorchPredictor:
    """A torch network; a run can be cancelled between its layers.

    Args:
        net: The network.
        ctx: Device, and who may cancel.
        is_program: Its layers cannot be hooked; it lives in a process that can be ended.
    """

    net: Any
    ctx: RunContext
    is_program: bool = False

    def __call__(self, piece: Floats) -> Floats:
        """Map (1, C, ...) to (1, K, ...)."""
        import torch

        from medview.zoo.inference import cancellable

        listening = contextlib.nullcontext() if self.is_program else cancellable(self.net, self.ctx)
        with torch.inference_mode(), listening:
            made = self.net(torch.from_numpy(piece).to(self.ctx.device))
        if isinstance(made, tuple | list):
            made = made[0]
        return np.asarray(made.float().cpu().numpy())


@dataclass(frozen=True, eq=False)
class OnnxPredictor:
    """An ONNX network; a run can be cancelled in the middle."""

    session: Any
    input: str
    output: str
    ctx: RunContext

    def __call__(self, piece: Floats) -> Floats:
        """Map (1, C, ...) to (1, K, ...)."""
        import onnxruntime

        options = onnxruntime.RunOptions()
        with _ended_on_cancel(options, self.ctx):
            try:
                made = self.session.run([self.output], {self.input: piece}, options)
            except _failures() as reason:
                self.ctx.check_cancelled()
                raise RunFailed("The network failed", _first_line(reason), "Nothing was changed.") from None
        return np.asarray(made[0], np.float32)


@contextlib.contextmanager
def _ended_on_cancel(options: Any, ctx: RunContext) -> Iterator[None]:
    """Stop onnxruntime between two operators once the person has cancelled."""
    done = threading.Event()

    def listen() -> None:
        while not done.wait(_LISTEN_S):
            if ctx.listener.is_cancelled():
                options.terminate = True

    ear = threading.Thread(target=listen, name="medview-onnx-cancel", daemon=True)
    ear.start()
    try:
        yield
    finally:
        done.set()
        ear.join()


def onnx_predictor(model: ForeignModel, ctx: RunContext) -> OnnxPredictor:
    """Load an ONNX network, looked through once more right before.

    Raises:
        InputRefused: It needs what is not part of ONNX, or onnxruntime does not take it.
    """
    path = model.folder / model.weights[0]
    read_onnx(path)
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = ctx.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # spinning threads would take the cores from the window
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = ["CUDAExecutionProvider"] if ctx.device == "cuda" else []
    providers = [
        name for name in (*wanted, "CPUExecutionProvider") if name in runtime.get_available_providers()
    ]
    try:
        session = runtime.InferenceSession(str(path), options, providers=providers)
    except _failures() as reason:
        hint = "Ask its makers for an export with standard operators."
        raise InputRefused(f"Cannot use {path.name}", _first_line(reason), hint) from None
    return OnnxPredictor(session, str(model.network["input"]), str(model.network["output"]), ctx)


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError:
        hint = "Install it with: pip install onnxruntime."
        raise InputRefused("Cannot run ONNX networks", "onnxruntime is not installed", hint) from None
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _failures() -> tuple[type[BaseException], ...]:
    """What onnxruntime raises; its own classes share no base but Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [
        value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception)
    ]
    return (*own, RuntimeError, ValueError)


def _first_line(reason: BaseException) -> str:
    lines = str(reason).strip().splitlines()
    return (lines[0] if lines else type(reason).__name__)[:300].rstrip(".:")


def torch_program(path: Path, kind: str) -> Any:
    """Load a TorchScript or torch.export program: to be called only in the process made for it."""
    import torch

    if kind == "TorchScript":
        return torch.jit.load(str(path), map_location="cpu").eval()
    return torch.export.load(str(path)).module()
