"""Where the program keeps what it makes of a person's captures: frames of films, painted instruments."""

from __future__ import annotations

import hashlib
from pathlib import Path

from medview.core.places import user_data

_MARK_DIGITS = 8


def place_of(kind: str, capture: Path) -> Path:
    """A folder of its own for each capture, under a name that tells which; the one above it exists.

    Captures of one name that lie in different places share nothing: masks painted for one patient are
    never applied to the frames of another.

    Args:
        kind: Such as ``"captures"`` or ``"instruments"``.
        capture: The film, folder or file of poses.
    """
    folder = user_data() / kind
    folder.mkdir(parents=True, exist_ok=True)
    mark = hashlib.sha256(str(capture.absolute()).encode()).hexdigest()[:_MARK_DIGITS]
    return folder / f"{capture.stem if capture.is_file() else capture.name} {mark}"
