"""Hashes of what was read, for provenance."""

from __future__ import annotations

import hashlib
from pathlib import Path


def content_sha256(path: Path) -> str:
    """SHA-256 of a file; of a folder, over the sorted names and hashes of the files in it."""
    if path.is_dir():
        digest = hashlib.sha256()
        for inner in sorted(path.rglob("*")):
            if inner.is_file():
                digest.update(f"{inner.relative_to(path).as_posix()}\0{content_sha256(inner)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
