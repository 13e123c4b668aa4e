"""Networks as functions from array to array: through torch, or through onnxruntime."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from medview.core.errors import InputRefused, RunFailed
from medview.ml.context import RunContext
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.onnx_file import read_onnx
from medview.zoo.foreign.windows import Floats
from medview.zoo.memory_ladder import says_shortage
from medview.zoo.runtimes.choice import Programs

_LISTEN_S = 0.05


class TorchPredictor:
    """A torch network, computed by what the run asks for; it can be cancelled between its layers.

    Args:
        net: The network.
        ctx: Device, runtime, and who may cancel.
        is_program: Nothing can be rewritten or hooked in it; it lives in a process that can be ended.
    """

    def __init__(self, net: Any, ctx: RunContext, is_program: bool = False) -> None:
        self._ctx, self._device = ctx, ctx.device
        self._program = net.to(ctx.device) if is_program else None
        self._programs = None if is_program else Programs(FirstMap(net), ctx, 1)

    def __call__(self, piece: Floats) -> Floats:
        """Map (1, C, ...) to (1, K, ...)."""
        given = torch.from_numpy(piece)
        if self._programs is not None:
            return np.asarray(self._programs(given)[0].cpu().numpy())
        with torch.inference_mode():
            made = self._program(given.to(self._device))  # type: ignore[misc]
        return np.asarray(first_of(made).float().cpu().numpy())

    def expect(self, pieces: int) -> None:
        """Say how many pieces will come."""
        if self._programs is not None:
            self._programs.expect(pieces)

    def leave_card(self) -> bool:
        """Go on on the CPU; whether that is a change."""
        if self._programs is None or self._device == "cpu":
            return False
        self._device = "cpu"
        self._programs.fall_back("cpu")
        return True


class FirstMap(nn.Module):
    """A network of which the first answer counts, as where deep supervision gives several."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        """Map (1, C, ...) to (1, K, ...)."""
        return first_of(self.net(x))


def first_of(made: Any) -> Tensor:
    """The answer itself, or the first of several."""
    found: Tensor = made[0] if isinstance(made, tuple | list) else made
    return found


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
                if says_shortage(str(reason)):
                    raise MemoryError(_first_line(reason)) from None
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
    if kind == "TorchScript":
        return torch.jit.load(str(path), map_location="cpu").eval()
    return torch.export.load(str(path)).module()
