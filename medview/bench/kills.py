"""Killing the painting window at random moments, and looking at what its journal brings back."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medview.bench.suite import Figure
from medview.core.errors import RunFailed
from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.core.volume import Source, Volume, value_range
from medview.io.journal import JournalReader
from medview.io.writers import write_volume
from medview.session.journal.catalogue import JournalFolder, orphans
from medview.session.journal.replay import Replayed, replay
from medview.session.session import Session

KILLS = 50
_SHAPE, _SPACING_MM = (128, 128, 40), (1.5, 1.5, 3.0)
_SHORTEST_S, _LONGEST_S = 0.3, 6.0
_AHEAD_RECORDS = 8
_START_TIMEOUT_S = 120


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of one kill.

    Args:
        events: Mouse and key events that the window had told of.
        lost_s: Age of the oldest change that is missing, at the moment of the kill; 0 where none is.
        steps: Steps of the history that came back.
        is_exact: Mask and history are, bit for bit, what the window had at some moment.
        is_walkable: Undoing all and redoing all ends at the same mask.
    """

    events: int
    lost_s: float
    steps: int
    is_exact: bool
    is_walkable: bool


def measure(_scan: Path) -> list[Figure]:
    """Kill fifty times at fifty moments."""
    with tempfile.TemporaryDirectory(prefix="medview-kills-") as name:
        folder = Path(name)
        scan = make_small_scan(folder)
        found = [kill_once(folder / f"kill-{seed}", scan, seed) for seed in range(KILLS)]
    lost = [item.lost_s for item in found]
    good = sum(item.is_exact and item.is_walkable for item in found)
    return [
        Figure(name="kills_recovered", value=good, n=len(found), spread=0, lower_is_better=False),
        Figure(name="kills_lost_s", value=max(lost), n=len(found), spread=max(lost) - min(lost)),
    ]


def make_small_scan(folder: Path) -> Path:
    """Write a scan that opens at once."""
    geometry = Geometry.from_spacing(_SHAPE, _SPACING_MM)
    data = np.random.default_rng(7).integers(0, 900, _SHAPE).astype(np.int16)
    source = Source(path=None, format="synthetic", stored=geometry, dtype="int16")
    path = folder / "small.nii.gz"
    write_volume(
        Volume(name="small", data=data, geometry=geometry, source=source, values=value_range(data)), path
    )
    return path


def kill_once(home: Path, scan: Path, seed: int, target: Path | None = None) -> Found:
    """Start the painter with a home of its own, kill it at a moment drawn from the seed, and look.

    Args:
        home: An empty folder, made here; it holds the journal.
        scan: What is painted on.
        seed: Of the painter's deeds and of the moment.
        target: Where the painter saves again and again; None: never.

    Raises:
        RunFailed: The painter did not start, or left no journal.
    """
    told, killed_s = paint_and_kill(home, scan, seed, target)
    folders = orphans(journals_of(home))
    if len(folders) != 1:
        raise RunFailed("Cannot look at a kill", f"there are {len(folders)} journals and not one")
    folder = folders[0]
    found = judged(folder, told, killed_s)
    folder.release()
    return found


def journals_of(home: Path) -> Path:
    """Where the journals of a painter with this home lie."""
    return home / "journals"


def environment_of(home: Path) -> dict[str, str]:
    """Settings, caches and journals of a painter with this home."""
    return {
        **os.environ,
        "MEDVIEW_CONFIG_DIR": str(home / "config"),
        "MEDVIEW_JOURNAL_DIR": str(journals_of(home)),
        "XDG_CACHE_HOME": str(home / "cache"),
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def paint_and_kill(
    home: Path, scan: Path, seed: int, target: Path | None = None
) -> tuple[list[dict[str, Any]], float]:
    """Let the painter paint for a while and kill it; returns what it told and when it was killed."""
    home.mkdir(parents=True)
    words = [str(scan), str(seed), *([str(target)] if target is not None else [])]
    painter = subprocess.Popen(
        [sys.executable, "-m", "medview.bench.painter", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment_of(home),
    )
    assert painter.stdout is not None and painter.stderr is not None
    first = painter.stdout.readline()
    if not first:
        raise RunFailed("Cannot kill the painter", painter.stderr.read().strip()[-300:] or "it did not start")
    time.sleep(random.Random(seed).uniform(_SHORTEST_S, _LONGEST_S))
    killed_s = time.monotonic()
    painter.send_signal(signal.SIGKILL)
    rest, _ = painter.communicate(timeout=_START_TIMEOUT_S)
    lines = [line for line in (first + rest).split("\n")[:-1] if line.endswith("}")]
    return [json.loads(line) for line in lines], killed_s


def judged(folder: JournalFolder, told: list[dict[str, Any]], killed_s: float) -> Found:
    """Compare what a journal brings back with what the window told before it was killed."""
    replayed = replay(folder)
    equal = [place for place, line in enumerate(told) if _is_equal(replayed, line)]
    # told is what was seen after an event: the journal may hold the next one already
    is_exact = bool(equal) or any(_is_equal(earlier, told[-1]) for earlier in _without_last(folder))
    place = equal[-1] if equal else len(told) - 1
    lost_s = killed_s - told[place + 1]["s"] if place + 1 < len(told) else 0.0
    return Found(
        events=len(told),
        lost_s=max(lost_s, 0.0),
        steps=replayed.session.undo_stack.count,
        is_exact=is_exact,
        is_walkable=_is_walkable(replayed),
    )


def _is_equal(replayed: Replayed, line: dict[str, Any]) -> bool:
    """Whether this is what the window told; a stroke that was open then is a step of its own by now."""
    crc, steps, done = _state_of(replayed.session)
    if replayed.closing:
        return (crc, done - 1) == (line["crc"], line["done"])
    return (crc, steps, done) == (line["crc"], line["steps"], line["done"])


def _state_of(session: Session) -> tuple[Any, ...]:
    masks = [layer.data for layer in session.state.layers if isinstance(layer.data, LabelMap)]
    crc = zlib.crc32(masks[0].array.tobytes()) if masks else None
    return crc, session.undo_stack.count, session.undo_stack.position


def _without_last(folder: JournalFolder) -> list[Replayed]:
    """What the journal without its last one, two, three … records brings back."""
    with JournalReader(folder.journal) as reader:
        ends = [reader.offset for _ in reader]
    found = []
    with tempfile.TemporaryDirectory(prefix="medview-cut-") as name:
        copy = Path(name) / folder.path.name
        shutil.copytree(folder.path, copy)
        for end in ends[-2 : -_AHEAD_RECORDS - 2 : -1]:
            os.truncate(copy / folder.journal.name, end)
            found.append(replay(JournalFolder(copy, folder.lock)))
    return found


def _is_walkable(replayed: Replayed) -> bool:
    session = replayed.session
    before, position = _state_of(session), session.undo_stack.position
    session.go_to(0)
    session.go_to(session.undo_stack.count)
    session.go_to(position)
    return _state_of(session) == before
