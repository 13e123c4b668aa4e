"""How many clicks a correct mask takes: Smart click beside the tools without weights, on labelled pictures.

    medview bench clicks FOLDER

FOLDER holds ``.npz`` files of an image ``img`` (H, W) and a mask ``seg`` (H, W); nothing is written there.
For every file a hand that is not steady clicks ten times into the worst fault of the mask so far
(`medview.measure.clicks`), with every tool, for several seeds of the unsteady hand. Figures are means over
files and seeds; a spread is the largest minus the smallest of the seeds' own means. The time is that of
one click by the clock, with two threads, from the click to the new mask.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from medview.bench.click_tools import TOOLS, Tool
from medview.core.errors import InputRefused
from medview.measure.clicks import CAP, Mask, clicks_to_reach, overlap, worst_fault

SEEDS = 3
AFTER = (1, 3, 5, 10)
QUALITIES = (0.85, 0.90)


@dataclass(frozen=True, eq=False)
class Case:
    """A picture and the one object in it.

    Args:
        name: Of its file.
        image: (H, W) float32.
        truth: (H, W).
    """

    name: str
    image: NDArray[np.float32]
    truth: Mask


@dataclass(frozen=True, eq=False)
class Session:
    """Ten clicks on one case: Dice after each, and what each took."""

    case: str
    seed: int
    curve: tuple[float, ...]
    milliseconds: tuple[float, ...]


def read_cases(folder: Path) -> list[Case]:
    """Read all cases of a folder, in the order of their names.

    Raises:
        InputRefused: There are none, or a file is no case.
    """
    cases = [_read(path) for path in sorted(folder.glob("*.npz"))]
    if not cases:
        hint = "Name a folder of .npz files with img and seg."
        raise InputRefused(f"Cannot measure clicks in {folder}", "it holds no .npz files", hint)
    return cases


def _read(path: Path) -> Case:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            image, truth = arrays["img"].astype(np.float32), arrays["seg"] > 0
    except (OSError, ValueError, KeyError, BadZipFile) as reason:
        raise InputRefused(f"Cannot read {path.name}", str(reason).strip("'").rstrip(".")) from None
    if image.ndim != 2 or image.shape != truth.shape or not truth.any():
        raise InputRefused(f"Cannot read {path.name}", "img and seg are no picture and its mask")
    return Case(path.stem, image, truth)


def session_of(case: Case, tool: Tool, seed: int) -> Session:
    """Click ten times; where the mask is right, the hand rests and Dice stays."""
    rng, answer = np.random.default_rng(seed), tool.begin(case.image)
    mask, taken = np.zeros_like(case.truth), list[tuple[int, ...]]()
    curve, milliseconds = list[float](), list[float]()
    for _ in range(CAP):
        fault = worst_fault(case.truth, mask, taken)
        if fault is not None:
            click = fault.near_middle(rng)
            taken.append(click.place)
            started_s = time.perf_counter()
            mask = answer(click)
            milliseconds.append(1000 * (time.perf_counter() - started_s))
        curve.append(overlap(case.truth, mask))
    return Session(case.name, seed, tuple(curve), tuple(milliseconds))


def measure_clicks(folder: Path, tell: Callable[[str], None], seeds: int = SEEDS) -> dict[str, Any]:
    """All tools on all cases.

    Args:
        folder: Of the cases.
        tell: Hears what is being done.
        seeds: Of the unsteady hand.

    Returns:
        ``cases``, ``seeds`` and ``tools``: a row of figures for each tool, and its sessions.
    """
    cases, rows = read_cases(folder), []
    for tool in TOOLS:
        if not tool.is_here():
            tell(f"leaving out {tool.title}: {tool.missing}")
            continue
        tell(f"clicking with {tool.title}: {len(cases)} pictures, {seeds} seeds")
        session_of(cases[0], tool, 0)
        sessions = [session_of(case, tool, seed) for case in cases for seed in range(seeds)]
        rows.append({"tool": tool.title, **figures(sessions), "sessions": _by_case(sessions)})
    return {"cases": len(cases), "seeds": seeds, "tools": rows}


def figures(sessions: Sequence[Session]) -> dict[str, float]:
    """Means over all sessions, and spreads over the seeds."""
    found: dict[str, float] = {}
    seeds = np.array([session.seed for session in sessions])
    for quality in QUALITIES:
        counts = [clicks_to_reach(session.curve, quality) for session in sessions]
        _add(found, f"noc{round(100 * quality)}", counts, seeds)
    for number in AFTER:
        _add(found, f"dice_{number}", [session.curve[number - 1] for session in sessions], seeds)
    times = np.concatenate([session.milliseconds for session in sessions])
    found["ms"], found["ms_p95"] = float(np.median(times)), float(np.percentile(times, 95))
    return found


def _add(found: dict[str, float], name: str, values: Sequence[float], seeds: NDArray[np.int_]) -> None:
    means = [float(np.mean(np.array(values)[seeds == seed])) for seed in np.unique(seeds)]
    found[name] = float(np.mean(values))
    found[f"{name}_spread"] = max(means) - min(means)


def _by_case(sessions: Sequence[Session]) -> list[Mapping[str, Any]]:
    return [{"case": each.case, "seed": each.seed, "dice": list(each.curve)} for each in sessions]


def table(report: Mapping[str, Any]) -> list[str]:
    """The lines that the command prints."""
    names = [*(f"noc{round(100 * quality)}" for quality in QUALITIES), *(f"dice_{n}" for n in AFTER)]
    titles = [*(f"NoC@{round(100 * q)}" for q in QUALITIES), *(f"Dice after {n}" for n in AFTER)]
    head = " ".join(f"{title:>15}" for title in titles)
    lines = [
        f"n = {report['cases']} pictures x {report['seeds']} seeds; mean, ± largest - smallest seed",
        f"{'':28} {head} {'ms a click (p95)':>18}",
    ]
    for row in report["tools"]:
        cells = " ".join(_cell(row, name) for name in names)
        times = f"{row['ms']:.1f} ({row['ms_p95']:.1f})"
        lines.append(f"{row['tool']:28} {cells} {times:>18}")
    return lines


def _cell(row: Mapping[str, Any], name: str) -> str:
    digits = 2 if name.startswith("noc") else 3
    text = f"{row[name]:.{digits}f} ± {row[f'{name}_spread']:.{digits}f}"
    return f"{text:>15}"
