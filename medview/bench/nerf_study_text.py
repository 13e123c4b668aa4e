"""The study as lines: what was measured, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.bench.nerf_study_published import POSES, PROTOTYPE, QUALITY, SOURCE, PrototypeQuality

_WIDTH = 12


def lines_of(report: Mapping[str, Any]) -> list[str]:
    """The tables that the command prints."""
    return [*_what_was_run(report), "", *_fields(report), "", *_poses(report), "", *_published()]


def _what_was_run(report: Mapping[str, Any]) -> list[str]:
    machine, settings = report["machine"], report["plan"]["settings"]
    chosen = ", ".join(f"{name}={value}" for name, value in settings.items())
    return [
        f"medview {machine['medview']}, {machine['cores']} cores, {machine['device']}; one seed for each row",
        f"settings: {chosen}",
    ]


def _fields(report: Mapping[str, Any]) -> list[str]:
    if not report["fields"]:
        return ["No fields were trained."]
    heads = ("views", "mask", "steps", "PSNR circle", "rimless", "rimmed", "SSIM circle", "rimless", "rimmed")
    lines = [
        "Fields on the synthetic abdomen (64 × 64), four held-out views, mean ± SD; PSNR in dB",
        f"{'method':14}"
        + "".join(f"{head:>{_WIDTH}}" for head in heads)
        + f"{'seconds':>9}  prototype (P09)",
    ]
    for row in report["fields"]:
        mask = "circle" if row["is_masked"] else "none"
        cells = [str(row["views"]), mask, str(row["steps"])]
        cells += [_spread(row[f"psnr_{where}"], 1) for where in ("circle", "rimless", "rimmed")]
        cells += [_spread(row[f"ssim_{where}"], 2) for where in ("circle", "rimless", "rimmed")]
        told = "".join(f"{cell:>{_WIDTH}}" for cell in cells)
        lines.append(f"{row['method']:14}{told}{row['seconds']:9.0f}  {_prototype(row)}".rstrip())
    return lines


def _spread(value: Mapping[str, float], digits: int) -> str:
    return f"{value['mean']:.{digits}f}±{value['deviation']:.{digits}f}"


def _prototype(row: Mapping[str, Any]) -> str:
    """What the method file measured of the same views and mask, with its own number of steps."""
    if row["method"] != "instant-ngp":
        return ""
    return "; ".join(
        _prototype_words(known)
        for known in PROTOTYPE
        if (known.views, known.is_masked) == (row["views"], row["is_masked"])
    )


def _prototype_words(known: PrototypeQuality) -> str:
    return f"{known.circle:.1f} / {known.rimless:.1f} / {known.rimmed:.1f} after {known.steps} steps"


def _poses(report: Mapping[str, Any]) -> list[str]:
    if not report["poses"]:
        return ["No poses were searched."]
    heads = ("frames", "found", "error deg", "position", "% of path", "within 1 %", "seconds")
    lines = [
        "Cameras: mean errors after laying them upon the true ones; positions of the film in mm",
        f"{'method':14}{'scene':>12}" + "".join(f"{head:>{_WIDTH}}" for head in heads),
    ]
    rows = [f"{row['method']:14}{row['scene']:>12}{_pose_cells(row)}" for row in report["poses"]]
    return [*lines, *rows]


def _pose_cells(row: Mapping[str, Any]) -> str:
    found = f"{row['found']}/{row['total']}"
    if "rotation_deg" not in row:
        return f"{row['frames']:>{_WIDTH}}{found:>{_WIDTH}}  {row['note']}"
    cells = [
        str(row["frames"]), found, f"{row['rotation_deg']:.3f}", f"{row['position']:.4f}",
        f"{row['position_percent']:.3f}",
        f"{row['within_percent']:.0f} %", f"{row['seconds']:.0f}",
    ]  # fmt: skip
    told = "".join(f"{cell:>{_WIDTH}}" for cell in cells)
    start = row.get("start")
    if start is None:
        return told
    return f"{told}  from {start['rotation_deg']:.2f} deg, {start['position']:.4f}"


def _published() -> list[str]:
    lines = [
        f"Published: {SOURCE}; private film of 2,784 frames of 809 × 540, whole frames, RTX A6000",
        f"{'poses':>8} {'method':14}{'PSNR dB':>18}{'SSIM':>18}{'LPIPS':>18}",
    ]
    lines += [
        f"{row.poses:>8} {row.method:14}" + "".join(f"{_plus_minus(value):>18}" for value in
                                                      (row.psnr, row.ssim, row.lpips))
        for row in QUALITY
    ]  # fmt: skip
    lines += ["", f"{'frames':>8} {'pose method':14}{'found':>8}{'h:mm:ss':>12}"]
    lines += [f"{row.frames:>8} {row.method:14}{row.found:>8}{row.time:>12}" for row in POSES]
    return lines


def _plus_minus(value: tuple[float, float]) -> str:
    return f"{value[0]:.3f} ± {value[1]:.3f}"
