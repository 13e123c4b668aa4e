"""Which figures there are, in which process each is taken, and how they are told."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

import medview
from medview.bench.scan import make_scan
from medview.core.errors import InputRefused, RunFailed

GROUPS: dict[str, tuple[str, ...]] = {
    "files": ("load_seconds", "load_ratio_to_simpleitk", "save_seconds"),
    "start": ("cold_start_s",),
    "window": (
        "first_slice_s", "all_views_s", "scroll_p95_ms", "crosshair_p95_ms", "brush_p95_ms", "undo_p95_ms",
        "volume_render_ms", "peak_memory_ratio",
    ),
    "model": ("gui_gap_during_model_ms",),
    "resampling": ("resample_ratio_time", "resample_ratio_memory"),
    "inference": (
        "inference_speedup", "inference_processor_speedup", "inference_equal_share", "inference_s",
        "inference_openvino_speedup", "inference_openvino_processor_speedup",
        "inference_openvino_equal_share", "inference_openvino_s",
    ),
    "training": ("gui_gap_during_training_ms",),
    "history": (
        "brush_600_p95_ms", "stroke_end_600_p95_ms", "undo_600_p95_ms", "history_jump_ms",
        "history_2000_mb", "history_step_kb", "journal_lag_s",
    ),
    "scene": (
        "scene_open_s", "scene_first_moving_ms", "scene_first_moving_worst_ms", "scene_gap_refining_ms",
        "scene_refined_s", "scene_planes_speedup", "scene_frames_per_second", "scene_psnr_db",
    ),
    "kills": ("kills_recovered", "kills_lost_s"),
}  # fmt: skip
BY_NAME_ONLY = {"kills"}
"""Groups that take a quarter of an hour: measured only when they are asked for."""
UNITS = {
    "_s": "s",
    "_seconds": "s",
    "_ms": "ms",
    "_mb": "MB",
    "_kb": "kB",
    "_recovered": "kills",
    "_per_second": "/s",
    "_db": "dB",
}
_WITHOUT_SCAN = {"resampling", "inference", "history", "scene", "kills"}
_WITHOUT_DISPLAY = {"files", "resampling", "inference"}
_TIMEOUT_S = 1800


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: the value, how many times it was taken, and their spread (largest − smallest).

    A name may have an addition in brackets that says of what: ``inference_speedup[t2-vessels]``.
    """

    name: str
    value: float
    n: int
    spread: float
    lower_is_better: bool = True

    def as_json(self) -> dict[str, Any]:
        """The object that ``medview bench --json`` prints."""
        name = self.name.partition("[")[0]
        unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "×")
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": unit,
            "lower_is_better": self.lower_is_better,
            "n": self.n,
            "spread": round(self.spread, 4),
        }


def measure(names: tuple[str, ...], tell: Callable[[str], None]) -> dict[str, Any]:
    """Take the named figures, or those of the named groups (all but `BY_NAME_ONLY` where none is named).

    Raises:
        InputRefused: A name is unknown, or a figure needs a display and there is none.
        RunFailed: A group could not be measured.
    """
    known = [name for group in GROUPS.values() for name in group]
    names = tuple(member for name in names for member in GROUPS.get(name, (name,)))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputRefused(
            f"Cannot measure {unknown[0]}", "there is no such figure", f"Known: {', '.join(known)}."
        )
    by_themselves = [name for group in GROUPS if group not in BY_NAME_ONLY for name in GROUPS[group]]
    wanted = set(names or by_themselves)
    groups = [group for group, members in GROUPS.items() if wanted & set(members)]
    _demand_display(groups)
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="medview-bench-") as folder:
        scan = Path(folder)
        if set(groups) - _WITHOUT_SCAN:
            tell("making a scan of 512×512×300 voxels")
            scan = make_scan(scan)
        for group in groups:
            tell(f"measuring {', '.join(name for name in GROUPS[group] if name in wanted)}")
            rows = _measure_group(group, scan)
            results += [row for row in rows if row["name"].partition("[")[0] in wanted]
    return {"machine": _machine(), "results": results}


def _demand_display(groups: list[str]) -> None:
    needs = set(groups) - _WITHOUT_DISPLAY
    if needs and sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        raise InputRefused(
            "Cannot measure the window", "there is no display", "Use: xvfb-run -a medview bench."
        )


def _measure_group(group: str, scan: Path) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="medview-bench-config-") as config:
        environment = {
            **os.environ,
            "MEDVIEW_CONFIG_DIR": config,
            "MEDVIEW_JOURNAL_DIR": f"{config}/journals",
            "XDG_CACHE_HOME": config,
            "OMP_WAIT_POLICY": "PASSIVE",
        }
        command = [sys.executable, "-m", "medview.bench.child", group, str(scan)]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=_TIMEOUT_S, check=False
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise RunFailed(f"Cannot measure {', '.join(GROUPS[group])}", reason, "Try it alone, by its name.")
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def _machine() -> dict[str, Any]:
    return {
        "medview": medview.__version__,
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
    }
