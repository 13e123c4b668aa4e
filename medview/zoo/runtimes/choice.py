"""Which runtime computes a network in this run: decided on the first batch, told, and written down."""

from __future__ import annotations

import time

from torch import Tensor, nn

from medview.core.errors import InputRefused
from medview.ml.context import RunContext
from medview.zoo.runtimes import openvino_program
from medview.zoo.runtimes.conversions import (
    Check,
    compared,
    discard,
    keep,
    network_key,
    stored_blob,
    stored_check,
)
from medview.zoo.runtimes.lean import lean
from medview.zoo.runtimes.openvino_program import OpenVinoProgram
from medview.zoo.runtimes.prepared import Prepared
from medview.zoo.runtimes.torch_program import TorchProgram

LEAST_EQUAL = 0.999
"""Share of equal labels from which a converted network is taken for the same."""
WORTH_S = 10.0
"""With less than this computed and left to compute in this process, a conversion does not pay."""
LOADING_S = 0.5
"""About what OpenVINO takes to load a converted network: runs that save less go on with torch."""
_LOADED = 2
"""Shapes of batches that a network stays loaded for."""
PLAIN = "plain"
"""The runtime of comparisons: torch without any preparation."""

Program = TorchProgram | OpenVinoProgram


class Programs:
    """A network that is computed by whatever the run's context asks for.

    ``auto``: OpenVINO on the CPU where it is installed, gives the same labels as torch on the first batch,
    is faster there, and enough is left to compute, or was computed by earlier runs in this process; torch
    otherwise. ``openvino``: it must be installed;
    where its labels differ, torch computes and the run says so.

    Args:
        network: (N, M, …) to a tensor or a tuple of tensors, ready to run; it is not changed.
        ctx: Of the run.
        batches: How many batches the run has.

    Raises:
        InputRefused: OpenVINO is asked for and is not installed, or the device is no CPU.
    """

    def __init__(self, network: nn.Module, ctx: RunContext, batches: int) -> None:
        self._network = network.eval()
        self._ctx = ctx
        self._batches = batches
        self._is_decided = False
        self._program: Program = TorchProgram(network, ctx.device, ctx.runtime == PLAIN)
        if ctx.runtime == "openvino":
            _demand_openvino(ctx.device)

    def __call__(self, batch: Tensor) -> tuple[Tensor, ...]:
        """Take (N, M, …) to the network's maps, float32; the first batch decides on the runtime.

        Raises:
            Cancelled: The person has cancelled.
        """
        if self._is_decided:
            return self._program(batch, self._ctx)
        self._is_decided = True
        maps = self._decided(batch) if self._may_convert() else None
        self._ctx.record("runtime", self._program.title)
        return self._program(batch, self._ctx) if maps is None else maps

    def expect(self, batches: int) -> None:
        """Say how many batches the run has, where that was not known at first."""
        self._batches = batches

    def fall_back(self, device: str) -> None:
        """Go on with torch on a device, as when memory ran short."""
        self._program = TorchProgram(self._network, device, self._ctx.runtime == PLAIN)
        self._is_decided = True
        self._ctx.record("runtime", self._program.title)

    def _may_convert(self) -> bool:
        if self._ctx.device != "cpu" or self._ctx.runtime in ("torch", PLAIN):
            return False
        return openvino_program.is_installed()

    def _decided(self, batch: Tensor) -> tuple[Tensor, ...] | None:
        """Choose the program; the batch's maps where choosing has computed them."""
        shape = tuple(batch.shape)
        loaded = self._known.converted.get((shape, self._ctx.threads))
        if loaded is not None:
            self._program = loaded
            return None
        if shape not in self._known.keys:
            self._known.keys[shape] = network_key(self._network, shape)
        key = self._known.keys[shape]
        check = stored_check(key)
        if check is not None and (not self._is_worth_loading(check) or self._load(key, check, shape)):
            return None
        return self._tried(key, batch)

    @property
    def _known(self) -> Prepared:
        """What runs of this process know of the network."""
        assert isinstance(self._program, TorchProgram)
        return self._program.prepared

    def _is_same(self, check: Check) -> bool:
        """Whether a conversion labels as torch does; where not, the run says so."""
        if check.equal_share >= LEAST_EQUAL:
            return True
        differing = f"{1 - check.equal_share:.2%} of the pixels"
        self._ctx.note(f"OpenVINO labels {differing} otherwise than torch: torch computes.")
        return False

    def _is_worth_loading(self, check: Check) -> bool:
        if not self._is_same(check):
            return False
        self._known.missed_s += (check.torch_s - check.runtime_s) * self._batches
        return self._ctx.runtime == "openvino" or self._known.missed_s > LOADING_S

    def _load(self, key: str, check: Check, shape: tuple[int, ...]) -> bool:
        """Go on with a stored conversion; one that is damaged is thrown away."""
        blob = stored_blob(key, check)
        try:
            if blob is not None:
                self._take(openvino_program.restored(blob, shape, self._ctx.threads), shape)
                return True
        except RuntimeError as reason:
            self._ctx.note(f"A stored conversion cannot be read ({_first_line(reason)}).")
        discard(key)
        return False

    def _take(self, program: OpenVinoProgram, shape: tuple[int, ...]) -> None:
        loaded = self._known.converted
        while len(loaded) >= _LOADED:
            loaded.pop(next(iter(loaded)))
        loaded[shape, self._ctx.threads] = self._program = program

    def _tried(self, key: str, batch: Tensor) -> tuple[Tensor, ...]:
        """The batch's maps by torch; from the next batch on, a conversion computes where that is worth it."""
        started_s = time.monotonic()
        maps = self._program(batch, self._ctx)
        torch_s = time.monotonic() - started_s
        known = self._known
        is_worth = known.torch_s + torch_s * (self._batches - 1) > WORTH_S
        known.torch_s += torch_s * self._batches
        if self._ctx.runtime == "openvino" or is_worth:
            self._convert(key, batch, maps, torch_s)
        return maps

    def _convert(self, key: str, batch: Tensor, maps: tuple[Tensor, ...], torch_s: float) -> None:
        """Convert, compare and keep; where the network cannot be converted, torch goes on."""
        self._ctx.progress(0.02, "Converting the network for this processor, once")
        try:
            # its own instance normalisation is faster than one in single steps
            rewritten = lean(self._network, with_norms=False)
            program = openvino_program.converted(rewritten, batch, self._ctx.threads)
            program(batch, self._ctx)  # the first call also warms up
            started_s = time.monotonic()
            share, difference = compared(maps, program(batch, self._ctx))
            seconds = time.monotonic() - started_s
            check = Check(
                equal_share=share, largest_difference=difference, torch_s=torch_s, runtime_s=seconds
            )
            keep(key, program.blob(), check)
        except (RuntimeError, TypeError, ValueError) as reason:
            self._ctx.note(f"OpenVINO cannot convert this network ({_first_line(reason)}): torch computes.")
            return
        if self._is_same(check) and (self._ctx.runtime == "openvino" or seconds < torch_s):
            self._take(program, tuple(batch.shape))


def _first_line(reason: Exception) -> str:
    return next((line.strip() for line in str(reason).splitlines() if line.strip()), type(reason).__name__)[
        :120
    ]


def _demand_openvino(device: str) -> None:
    if device != "cpu":
        raise InputRefused("Cannot use OpenVINO", "it runs on the CPU only", "Choose the device cpu.")
    if not openvino_program.is_installed():
        hint = "Install it with: pip install 'medview[fast-cpu]'."
        raise InputRefused("Cannot use OpenVINO", "it is not installed", hint)
