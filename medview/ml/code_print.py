"""A fingerprint of the program's own code: what was computed by other code is never taken for this one's."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import medview

_ROOMS = ("core", "ml", "measure", "zoo")


@functools.cache
def code_fingerprint() -> str:
    """Hash of the version, and of names, sizes and times of the files that a run may pass through."""
    root = Path(medview.__file__).parent
    digest = hashlib.sha256(medview.__version__.encode())
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            facts = path.stat()
            digest.update(f"{path.relative_to(root)} {facts.st_size} {facts.st_mtime_ns}".encode())
    return digest.hexdigest()
