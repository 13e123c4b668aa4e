"""The most memory that this process, and the graphics card for it, held during a stretch of work."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


class PeakMemory:
    """Measures from its construction on.

    On Linux the kernel's high-water mark is reset first; elsewhere it counts from the
    process's start, so that a warm process may report an earlier, higher peak.

    Args:
        device: ``"cpu"``, or ``"cuda"``, whose own peak is added.
    """

    def __init__(self, device: str) -> None:
        self._has_card = device.startswith("cuda") and "torch" in sys.modules
        with contextlib.suppress(OSError):
            _RESET.write_text("5")
        if self._has_card:
            sys.modules["torch"].cuda.reset_peak_memory_stats()

    def bytes_so_far(self) -> int:
        """Peak since construction."""
        return peak_bytes("cuda" if self._has_card else "cpu")


def peak_bytes(device: str) -> int:
    """Peak since the last `PeakMemory` was made, or since the process began where there was none.

    Args:
        device: ``"cpu"``, or ``"cuda"``, whose own peak is added.
    """
    has_card = device.startswith("cuda") and "torch" in sys.modules
    card = sys.modules["torch"].cuda.max_memory_allocated() if has_card else 0
    return _process_peak_bytes() + int(card)


def _process_peak_bytes() -> int:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return _peak_bytes_elsewhere()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _peak_bytes_elsewhere() -> int:
    import psutil

    facts = psutil.Process().memory_info()
    return int(getattr(facts, "peak_wset", facts.rss))
