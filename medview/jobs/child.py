"""The worker process as seen from the window's process: started, heard, spoken to, ended."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from medview.jobs.messages import Message, decoded, encoded

_log = logging.getLogger("medview.worker")
_LAST_LINES = 20


def worker_command() -> tuple[str, ...]:
    """How to start the worker: this very program with ``--worker``, packed or not."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "--worker")
    # -P: the folder that the program was started in must not shadow modules
    return (sys.executable, "-P", "-m", "medview", "--worker")


def worker_environment(threads: int) -> dict[str, str]:
    """This process's environment, with numerical libraries told to share the machine politely."""
    environment = {
        **os.environ,
        "OMP_WAIT_POLICY": "PASSIVE",
        "OMP_NUM_THREADS": str(threads),
        "PYTHONUTF8": "1",
    }
    home = Path(__file__).resolve().parents[2]
    if home.name not in ("site-packages", "dist-packages"):
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(home), os.environ.get("PYTHONPATH", "")))
        )
    return environment


class Child:
    """One worker process.

    Args:
        command: Starts it.
        environment: Its environment.
        on_message: Called on a background thread for every message.
        on_end: Called once on a background thread with the exit code, after the last message.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        on_message: Callable[[Child, Message], None],
        on_end: Callable[[Child, int], None],
    ) -> None:
        self._on_message = on_message
        self._on_end = on_end
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
            | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
        )
        self._readers = [self._started(self._read_messages), self._started(self._read_words)]
        self._waiter = self._started(self._wait)

    @property
    def last_words(self) -> str:
        """The end of what it wrote on its error stream, in one line."""
        return " | ".join(list(self._last_lines)[-3:])

    def send(self, message: Message) -> None:
        """Write one message; a dead process is noticed by ``on_end``, not here."""
        with contextlib.suppress(OSError, ValueError):
            stream = self._input()
            stream.write(encoded(message))
            stream.flush()

    def kill(self) -> None:
        """End it at once, with every process that it started."""
        self._kill_group()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)

    def close(self, patience_s: float) -> None:
        """Let it end by itself, then end it; returns when it and its readers are gone."""
        with contextlib.suppress(OSError):
            self._input().close()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._waiter.join(1.0)

    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _started(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, name=f"medview-worker-{work.__name__}", daemon=True)
        thread.start()
        return thread

    def _read_messages(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = decoded(line)
            if message is None:
                _log.info("%s", line.decode(errors="replace").rstrip()[:2000])
            else:
                self._on_message(self, message)

    def _read_words(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            words = line.decode(errors="replace").rstrip()
            self._last_lines.append(words[:300])
            _log.info("%s", words[:2000])

    def _wait(self) -> None:
        code = self._process.wait()
        # what it has started may hold the pipes open and the memory taken
        self._kill_group()
        for reader in self._readers:
            reader.join(1.0)
        self._close_pipes()
        self._on_end(self, code)

    def _kill_group(self) -> None:
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _close_pipes(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError, ValueError):
                if stream is not None:
                    stream.close()
