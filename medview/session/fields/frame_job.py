"""The job target that takes frames out of a video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from medview.core.circle import Circle
from medview.core.volume import AnyArray
from medview.io.captures import extraction
from medview.jobs.execution import Link
from medview.session.files.dicom_objects import watch_of

TARGET = "medview.session.fields.frame_job:extract_frames"


def extract_frames(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: write frames of a video into a folder; all or nothing.

    Args:
        payload: ``video`` and ``out`` (paths). Optional: ``n_frames`` (310), ``crop_left`` and ``crop_right``
            (percent, 0), ``sharpest`` (False), ``least_sharpness`` (share of the running median below which
            a frame is left out, 0), ``circle`` (``"auto"``, None, or ``{"cx", "cy", "radius"}`` in pixels of
            the video's frame), ``ending`` (``".jpg"`` or ``".png"``).
        _arrays: None.
        link: Told of the progress.

    Returns:
        ``folder``, ``frames`` (how many were written), ``video_frames``, ``circle`` (in pixels of the written
        frames, or None), ``warnings`` (sentences), ``dropped`` (numbers of frames left out as blurred).
    """
    names = ("n_frames", "crop_left", "crop_right", "sharpest", "least_sharpness", "ending")
    wish = extraction.FramesWish(
        **{name: payload[name] for name in names if name in payload},
        circle=circle_of(payload.get("circle", "auto")),
    )
    out = Path(payload["out"])
    facts = extraction.extract_frames(Path(payload["video"]), out, wish, watch_of(link))
    value = {
        "folder": str(out),
        "frames": len(facts.frames),
        "video_frames": facts.video_frames,
        "circle": None if facts.circle is None else asdict(facts.circle),
        "warnings": list(facts.warnings),
        "dropped": [frame.index for frame in facts.dropped],
    }
    return value, {}


def circle_of(said: Any) -> Any:
    """A circle out of a payload; ``"auto"`` and None stay what they are."""
    return Circle(**said) if isinstance(said, Mapping) else said
