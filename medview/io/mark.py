"""The mark of numbers that no scanner measured: written into every file, recognised in every file.

It stands in the file itself (NIfTI: description and intent name; NRRD and MetaImage: a field of their
header) and in the provenance beside it, so that it survives the loss of either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from medview.core.volume import MARK, Volume
from medview.io.sidecar import read_provenance

DESCRIPTION = "SYNTHESIZED, not measured; written by medview"
"""Fits into the 80 bytes of a NIfTI description."""
INTENT_NAME = "SYNTHESIZED"
"""Fits into its 16 bytes."""
FIELD = "synthesized"
"""Key in NRRD and MetaImage headers."""

_WORDS = re.compile(r"synthesi[sz]ed", re.IGNORECASE)


def is_mark(texts: Iterable[str]) -> bool:
    """Whether any text of a header says that the numbers were synthesized."""
    return any(_WORDS.search(text) for text in texts)


def marked(volume: Volume) -> Volume:
    """The volume as one that no scanner measured."""
    if volume.is_synthesized:
        return volume
    source = replace(volume.source, header={**volume.source.header, MARK: True})
    return replace(volume, source=source)


def marked_by_side_file(volume: Volume) -> Volume:
    """The volume, marked where the provenance beside its file says that it was synthesized."""
    path = volume.source.path
    facts = read_provenance(path) if path is not None and path.is_file() else None
    return marked(volume) if facts and facts.get("synthesized") is True else volume
