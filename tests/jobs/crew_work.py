"""Work for the processes of a crew."""

from __future__ import annotations

import os
import signal
import time


def double(payload):
    time.sleep(payload.get("seconds", 0.2))
    if payload.get("dies"):
        os.kill(os.getpid(), signal.SIGKILL)
    return {
        "double": 2 * payload["number"],
        "process": os.getpid(),
        "threads": os.environ["OMP_NUM_THREADS"],
    }
