"""A program runs in a process of its own, started for one run and ended with it.

What it protects: the window and the other models, from crashes, leaks and whatever the program leaves
behind in memory. What it does not: the person's files, which is why a question is asked before.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.core.volume import AnyArray
from medview.ml.belief import BELIEF_OUTPUTS
from medview.ml.context import RunContext
from medview.ml.foreign.model import ForeignModel
from medview.ml.request import RunRequest
from medview.ml.travel import packed_request

_LISTEN_S = 0.05
_MARK = "medview-progress "
_OUTPUTS = ("labels", "image", "made", *BELIEF_OUTPUTS)
_MODULE = "medview.zoo.foreign.apart"
#: All that a program sees of the person's environment.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH",
         "CUDA_VISIBLE_DEVICES", "PYTHONPATH", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "MEDVIEW_CONFIG_DIR",
         "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "USERPROFILE")  # fmt: skip


def run_apart(model: ForeignModel, request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Run a trusted program on a request in a process made for it.

    Raises:
        RunFailed: The process crashed, or the program did not do what its card says.
        Cancelled: The person has cancelled; the process is gone.
    """
    ctx.progress(0.0, "Starting a process for the program")
    return _apart({"kind": "run"}, model, request, ctx)


def tested_apart(model: ForeignModel, given: AnyArray, ctx: RunContext) -> AnyArray:
    """What a trusted program makes of a stored piece (C, X, Y, Z), in a process made for it."""
    np.save(ctx.scratch / "piece.npy", np.asarray(given, np.float32))
    return _apart({"kind": "test"}, model, None, ctx)["made"]


def _apart(
    order: dict[str, Any], model: ForeignModel, request: RunRequest | None, ctx: RunContext
) -> dict[str, AnyArray]:
    folder = ctx.scratch
    _write_order(order, model, request, ctx, folder)
    child = _started(folder, ctx)
    words: list[str] = []
    ears = [_listening(child.stdout, ctx, words), _listening(child.stderr, ctx, words)]
    try:
        while child.poll() is None:
            ctx.check_cancelled()
            time.sleep(_LISTEN_S)
    except Cancelled:
        _end(child)
        raise
    finally:
        _end(child)
        for ear in ears:
            ear.join(2.0)
    return _answer(folder, child.returncode, model, words)


def _write_order(
    order: dict[str, Any], model: ForeignModel, request: RunRequest | None, ctx: RunContext, folder: Path
) -> None:
    order |= {"folder": str(model.folder), "device": ctx.device, "threads": ctx.threads, "seed": ctx.seed}
    if request is not None:
        payload, arrays = packed_request(request)
        order["request"] = payload
        for role, array in arrays.items():
            np.save(folder / f"in_{role}.npy", array)
    (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")


def _started(folder: Path, ctx: RunContext) -> subprocess.Popen[str]:
    if getattr(sys, "frozen", False):
        command = [sys.executable, "--program", str(folder)]
    else:
        command = [sys.executable, "-P", "-B", "-m", _MODULE, str(folder)]
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    home = Path(__file__).resolve().parents[3]
    paths = os.pathsep.join(filter(None, (str(home), kept.get("PYTHONPATH", ""))))
    environment = {**kept, "PYTHONPATH": paths, "PYTHONUTF8": "1", "OMP_NUM_THREADS": str(ctx.threads)}
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        errors="replace", env=environment, cwd=folder, start_new_session=True,
    )  # fmt: skip


def _listening(stream: Any, ctx: RunContext, words: list[str]) -> threading.Thread:
    def listen() -> None:
        for line in stream:
            if line.startswith(_MARK):
                _told(line.removeprefix(_MARK), ctx)
            else:
                words.append(line.strip()[:300])
                del words[:-20]
        stream.close()

    ear = threading.Thread(target=listen, name="medview-program", daemon=True)
    ear.start()
    return ear


def _told(text: str, ctx: RunContext) -> None:
    """Pass a number between 0 and 1 on; whatever else a program writes is no progress."""
    try:
        fraction = float(text)
    except ValueError:
        return
    if 0 <= fraction <= 1:
        ctx.listener.progress(min(fraction, 0.99), "Running the program")


def _end(child: subprocess.Popen[str]) -> None:
    """End the process with every process that it started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    except OSError:
        pass
    child.wait(5.0)


def _answer(folder: Path, code: int, model: ForeignModel, words: list[str]) -> dict[str, AnyArray]:
    told = folder / "answer.json"
    if not told.is_file():
        said = next((word for word in reversed(words) if word), "it said nothing")
        detail = f"the process of the program ended with {code} ({said})"
        raise RunFailed(f"{model.title} failed", detail.rstrip("."), "Nothing was changed.")
    answer = json.loads(told.read_text(encoding="utf-8"))
    if "title" in answer:
        kind = InputRefused if answer["kind"] == "InputRefused" else RunFailed
        raise kind(str(answer["title"]), str(answer["detail"]), str(answer["hint"]))
    # the answer was written beside a stranger's code: only known names become paths
    names = [name for name in _OUTPUTS if name in answer["outputs"]]
    return {name: np.load(folder / f"out_{name}.npy", allow_pickle=False) for name in names}
