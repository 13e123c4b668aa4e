"""Where a work list's scans lie, and where its masks and its state go: the one rule for both."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from medview.core.errors import InputRefused
from medview.core.places import user_data
from medview.io.naming import words_of
from medview.session.files.subjects import DERIVATIVES, MASKS

STATE_NAME = "worklist.json"
DESCRIPTION = "dataset_description.json"
_PIPELINE = "medview"
_LONGEST_NAME = 40


@dataclass(frozen=True, kw_only=True)
class ListPlace:
    """A folder of scans, and the folder of what is made of them.

    Args:
        root: The folder of scans.
        is_bids: Whether it is a BIDS data set.
        masks: The folder of masks and state: ``derivatives/medview`` of a BIDS data set, ``masks`` of another
            folder; a folder of the person's own where those cannot be written.
        is_apart: Whether it is the person's own.
    """

    root: Path
    is_bids: bool
    masks: Path
    is_apart: bool

    @property
    def state(self) -> Path:
        """The file of labels, states and times."""
        return self.masks / STATE_NAME

    @property
    def description(self) -> Path | None:
        """The file by which BIDS knows a folder of derivatives; None where none is called for."""
        return self.masks / DESCRIPTION if self.is_bids and not self.is_apart else None

    def mask(self, case_id: str, annotator: str, kind: str = "") -> Path:
        """Where an annotator's mask of a case goes.

        Args:
            case_id: ``sub-01``, ``sub-01/ses-02``, or the name of a file or a folder.
            annotator: The word that stands for a person.
            kind: The folder of the case's first scan in BIDS (``anat``); empty for none.
        """
        if not self.is_bids:
            return self.masks / annotator / f"{case_id}.nii.gz"
        folder = self.masks / annotator / case_id / kind
        return folder / f"{case_id.replace('/', '_')}_dseg.nii.gz"

    def rule(self, annotator: str) -> str:
        """Where an annotator's masks go, in words."""
        example = self.mask("CASE", annotator, "anat" if self.is_bids else "")
        shown = example if self.is_apart else example.relative_to(self.root)
        return f"{shown}"


def own_lists() -> Path:
    """The folder of the person's own work lists, for folders that cannot be written."""
    return user_data() / "worklists"


def place_of(root: Path, own: Path) -> ListPlace:
    """Find out how a folder lies.

    Args:
        root: The folder of scans.
        own: The folder of the person's own work lists, for folders that cannot be written.

    Raises:
        InputRefused: There is no such folder.
    """
    if not root.is_dir():
        raise InputRefused(f"Cannot open the work list {root.name}", "there is no such folder")
    is_bids = is_bids_folder(root)
    inside = root / DERIVATIVES / _PIPELINE if is_bids else root / MASKS
    may_write = _can_write(inside)
    apart = own / f"{root.name}-{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:8]}"
    return ListPlace(root=root, is_bids=is_bids, masks=inside if may_write else apart, is_apart=not may_write)


def is_bids_folder(root: Path) -> bool:
    """Whether a folder is a BIDS data set: it says so, or holds subjects named ``sub-…``."""
    return (root / DESCRIPTION).is_file() or any(path.is_dir() for path in root.glob("sub-*"))


def is_work_list(root: Path, own: Path) -> bool:
    """Whether a folder has been a work list before, or is a BIDS data set, which is one at once."""
    return root.is_dir() and (is_bids_folder(root) or place_of(root, own).state.is_file())


def annotator_word(name: str) -> str:
    """The word that stands for a person in names of folders: letters and digits, joined by dashes.

    Raises:
        InputRefused: Nothing is left of the name.
    """
    word = "-".join("".join(letter for letter in part if letter.isalnum()) for part in name.split())
    word = "-".join(filter(None, word.split("-")))[:_LONGEST_NAME]
    if not words_of(word) and not word:
        raise InputRefused(
            "Cannot use this name", "it has no letters and no digits", "Take your name or your initials."
        )
    return word


def _can_write(folder: Path) -> bool:
    """Whether files can be made in a folder, which may not exist yet."""
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
