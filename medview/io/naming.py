"""Names of files: what stays when endings go, and what a name tells about its content."""

from __future__ import annotations

import re
from pathlib import Path

_ENDINGS = (".nii", ".hdr", ".img", ".nrrd", ".nhdr", ".mha", ".mhd", ".gipl", ".mgh", ".mgz", ".dcm")
_LABEL_WORDS = frozenset(
    (
        "dseg", "gt", "gold", "truth", "vessel", "vessels", "aseg", "aparc", "aorta", "lesion", "lesions",
        "annotation", "annotations", "roi", "parcellation",
    )
)  # fmt: skip
_LABEL_STARTS = ("seg", "mask", "label")
_MODALITIES = {
    "ct": "CT", "cta": "CT", "t1": "T1", "t1w": "T1", "t1c": "T1", "t1ce": "T1", "mprage": "T1",
    "t2": "T2", "t2w": "T2", "flair": "FLAIR", "t2flair": "FLAIR", "mra": "MRA", "tof": "MRA",
    "pd": "PD", "pdw": "PD", "adc": "ADC", "dwi": "DWI", "swi": "SWI", "bold": "BOLD", "lge": "LGE",
    "pet": "PET",
}  # fmt: skip


def stem_of(path: Path) -> str:
    """The name without its endings: ``brain.nii.gz`` and ``brain.img`` are ``brain``."""
    name = path.name
    if is_gzip_name(path):
        name = name[:-3]
    for ending in _ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def is_gzip_name(path: Path) -> bool:
    """Whether the name ends as gzip files do."""
    return path.name.lower().endswith(".gz")


def words_of(name: str) -> list[str]:
    """Lower-case words of a name, split where letters and digits end."""
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]


def suggests_labels(name: str) -> bool:
    """Whether a file of this name usually holds labels."""
    words = words_of(name)
    return not _LABEL_WORDS.isdisjoint(words) or any(word.startswith(_LABEL_STARTS) for word in words)


def modality_in(name: str) -> str:
    """The modality that a name states (BIDS suffixes and their relatives), or an empty string."""
    found = [_MODALITIES[word] for word in words_of(name) if word in _MODALITIES]
    return found[-1] if found else ""
