"""What the readers understood of a capture, as plain values for scripts and as lines for people."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from medview.core.capture import Capture
from medview.core.lens import Lens
from medview.io.captures.capture import read_capture
from medview.io.captures.pictures import size_of
from medview.io.video import probe


def describe_capture(path: Path) -> dict[str, Any]:
    """One object of ``medview info --json`` for a capture or a film; all numbers are finite.

    Keys: ``path``, ``format``, ``kind`` ("capture" or "video"), ``shape`` [width, height], ``frames``,
    ``posed_frames``, ``lenses`` (different ones, as tables), ``masks`` and ``depths`` (frames that have one),
    ``points``, ``is_moving``, ``unit`` ("mm" or "arbitrary"), ``is_synthetic``, ``warnings``. A film's number
    of frames is what its container states.

    Raises:
        InputRefused: As of `read_capture`.
    """
    capture = read_capture(path)
    frames = capture.frames
    return {
        "path": str(path),
        "format": capture.kind.value if capture.video is None else probe(capture.video).codec,
        "kind": "capture" if capture.video is None else "video",
        **_size(capture),
        "posed_frames": sum(frame.pose is not None for frame in frames),
        "lenses": [asdict(lens) for lens in dict.fromkeys(frame.lens for frame in frames) if lens],
        "masks": sum(frame.mask is not None for frame in frames) or len(frames) * bool(capture.common_mask),
        "depths": sum(frame.depth is not None for frame in frames),
        "points": len(capture.points),
        "is_moving": any(frame.time > 0 for frame in frames),
        "unit": "mm" if capture.is_metric else "arbitrary",
        "is_synthetic": capture.is_synthetic,
        "warnings": list(capture.warnings),
    }


def capture_text(row: dict[str, Any]) -> str:
    """The same in lines for people."""
    width, height = row["shape"]
    what = f"{row['format']}, {row['kind']}, {row['frames']} frames of {width}×{height}"
    poses = f"{row['posed_frames']} with poses" if row["posed_frames"] else "poses unknown"
    parts = [f"{row[key]} {words}" for key, words in _COUNTS.items() if row[key]]
    states = [words for key, words in _STATES.items() if row[key]]
    lines = [row["path"], f"  {what}, {poses}"]
    lines += [f"  {', '.join([*parts, *states, 'unit ' + row['unit']])}"] if row["posed_frames"] else []
    lines += [f"  lens: {_lens_text(Lens(**lens))}" for lens in row["lenses"][:1]]
    return "\n".join([*lines, *(f"  note: {warning}" for warning in row["warnings"])])


_COUNTS = {"points": "known points", "masks": "masks", "depths": "depths"}
_STATES = {"is_moving": "moving scene", "is_synthetic": "synthetic"}


def _size(capture: Capture) -> dict[str, Any]:
    if capture.video is not None:
        facts = probe(capture.video)
        return {"shape": [facts.width, facts.height], "frames": facts.stated_frames}
    return {"shape": list(size_of(capture.frames[0].image)), "frames": len(capture.frames)}


def _lens_text(lens: Lens) -> str:
    bends = (lens.k1, lens.k2, lens.p1, lens.p2)
    bent = f", distortion {', '.join(f'{value:g}' for value in bends)}" if any(bends) else ""
    size = f"{lens.width}×{lens.height}"
    return f"{size}, focal {lens.fx:g} × {lens.fy:g}, centre {lens.cx:g}, {lens.cy:g}{bent}"
