"""Work for the real child process: everything that work can do to it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

import numpy as np

from medview.core.errors import Cancelled, InputRefused


def report_progress(payload, arrays, link):
    link.progress(0.25, "first quarter")
    link.progress(1.0, "done")
    link.report(3, {"loss": np.float32(0.5), "broken": float("nan")})
    return {"echo": payload}, {}


def double(payload, arrays, link):
    image = arrays["image"]
    link.preview("result", (np.int64(1), 2, 3), np.full((2, 2, 2), 7, np.uint8))
    return {"writeable": bool(image.flags.writeable)}, {"result": image * 2}


def describe_process(payload, arrays, link):
    return {
        "pid": os.getpid(),
        "modules": sorted(sys.modules),
        "threads": os.environ["OMP_NUM_THREADS"],
        "policy": os.environ["OMP_WAIT_POLICY"],
        "nice": os.nice(0),
        "scratch_mode": oct(link.scratch.parent.stat().st_mode & 0o777),
        "scratch": str(link.scratch),
    }, {}


def work_and_check(payload, arrays, link):
    numbers = np.random.default_rng(0).random((200, 200))
    link.progress(0.0, "working")
    while not link.is_cancelled():
        numbers = numbers @ numbers / 100
    raise Cancelled


def work_and_never_check(payload, arrays, link):
    link.progress(0.0, "working")
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s:
        sum(range(10_000))
    return {}, {}


def finish_although_cancelled(payload, arrays, link):
    link.progress(0.0, "working")
    while not link.is_cancelled():
        time.sleep(0.01)
    return {"late": True}, {}


def refuse(payload, arrays, link):
    raise InputRefused("Cannot use scan", "it is a picture of a cat", "Choose a scan.")


def divide_by_zero(payload, arrays, link):
    return 1 / 0, {}


def kill_itself(payload, arrays, link):
    link.progress(0.5, "about to die")
    os.kill(os.getpid(), signal.SIGKILL)


def crash(payload, arrays, link):
    ctypes.string_at(0)


def run_out_of_memory(payload, arrays, link):
    raise MemoryError


def print_garbage(payload, arrays, link):
    print('{"kind":"Done"}')  # noqa: T201
    os.write(1, b"\xff\xfe raw bytes without an end")
    # what no library can do by accident: rubbish in the middle of the pipe itself
    link._channel._stream.write(b"rubbish\n[1, 2]\n\n\xff\n")
    return {"said": "fine"}, {}


def leave(payload, arrays, link):
    sys.exit(3)


def leave_hard(payload, arrays, link):
    sys.stderr.write("the library gave up\n")
    sys.stderr.flush()
    os._exit(7)


def die_with_a_grandchild(payload, arrays, link):
    # the grandchild holds every pipe open, as forked data loaders do
    channel = link._channel._stream.fileno()
    os.set_inheritable(channel, True)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    os.kill(os.getpid(), signal.SIGKILL)


def make_large(payload, arrays, link):
    made = np.zeros(payload["shape"], np.float32)
    made[-1, -1, -1] = 5
    return {}, {"large": made, "small": np.arange(3)}


def return_an_object(payload, arrays, link):
    return {"value": object()}, {}


def return_python_objects(payload, arrays, link):
    return {}, {"objects": np.array([object()])}
