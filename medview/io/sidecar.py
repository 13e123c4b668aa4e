"""Facts beside a file: how it was made."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from medview.io.atomic_file import write_text
from medview.io.naming import stem_of


def provenance_path_of(path: Path) -> Path:
    """Where the provenance of a file lies: ``vessels.nii.gz`` has ``vessels.provenance.json``."""
    return path.with_name(f"{stem_of(path)}.provenance.json")


def write_provenance(path: Path, facts: dict[str, Any]) -> Path:
    """Write how a file was made beside it, and return where.

    Args:
        path: The produced file (not the side file).
        facts: Plain values; numbers that are not finite become null, paths become text.

    Raises:
        RunFailed: The disk or its rights do not allow it.
    """
    side = provenance_path_of(Path(path))
    write_text(side, json.dumps(_plain(facts), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return side


def read_provenance(path: Path) -> dict[str, Any] | None:
    """The facts beside a file, or None where there are none that can be read."""
    try:
        found = json.loads(provenance_path_of(Path(path)).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (str, int)) or value is None:
        return value
    return value.item() if hasattr(value, "item") else str(value)
