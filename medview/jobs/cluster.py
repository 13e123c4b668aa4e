"""Processes of other machines: the workers of a Dask scheduler that somebody has started.

Nothing here starts a scheduler, opens a port or shows a dashboard; medview must be installed where the
workers run, and all must see the same files under the same names.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from medview.core.errors import InputRefused, RunFailed
from medview.jobs.crews import Payload, Work, call

_ANSWER_S = 5
_WORKERS_S = 15
_LOOK_S = 0.2


class ClusterCrew:
    """The workers of a Dask scheduler; each of their threads does one piece of work at once.

    Args:
        address: Of the scheduler, such as ``"tcp://10.0.0.5:8786"``.

    Raises:
        InputRefused: Dask is not installed, nobody answers at the address, or no worker comes.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            hint = "Install it with: pip install 'medview[cluster]'."
            raise InputRefused("Cannot use a scheduler", "Dask is not installed", hint) from None
        try:
            self._client = Client(address, timeout=_ANSWER_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as reason:
            hint = "Start one with: dask scheduler --no-dashboard."
            raise InputRefused(f"Cannot use the scheduler {address}", _words(reason), hint) from None
        self._wait_for_workers(address)

    @property
    def size(self) -> int:
        """How many threads the workers have now, together."""
        return sum(self._client.nthreads().values())

    def start(self, function: str, payload: Payload) -> Work:
        """Hand one piece of work to the scheduler."""
        # pure=False: two runs of the same are two runs; retries=0: what failed is told, not tried again
        return _ClusterWork(self._client.submit(call, function, dict(payload), pure=False, retries=0))

    def close(self) -> None:
        """Leave the scheduler; its workers stay."""
        self._client.close()

    def _wait_for_workers(self, address: str) -> None:
        end_s = time.monotonic() + _WORKERS_S
        while not self.size:
            if time.monotonic() > end_s:
                self.close()
                hint = f"Start some with: dask worker {address} --nthreads 1 --no-dashboard."
                raise InputRefused(f"Cannot use the scheduler {address}", "it has no workers", hint)
            time.sleep(_LOOK_S)


@dataclass(frozen=True)
class _ClusterWork:
    future: Any

    def is_done(self) -> bool:
        return bool(self.future.done())

    def value(self) -> Any:
        if self.future.status == "finished":
            return self.future.result()
        reason = self.future.exception() if self.future.status == "error" else "the scheduler gave it up"
        raise RunFailed("The work failed", f"a worker of the cluster lost it: {_words(reason)}")


def _words(reason: object) -> str:
    lines = (line.strip() for line in str(reason).splitlines())
    return next((line for line in lines if line), type(reason).__name__).rstrip(".:")[:200]
