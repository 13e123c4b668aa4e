"""The door for reading: content decides which reader takes a file, never its name."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from medview.core.errors import Cancelled, InputRefused, MedviewError
from medview.core.labels import LabelEntry
from medview.core.volume import Volume
from medview.io import foreign, itk_formats, mgh
from medview.io.byte_source import open_plain, peek, refused
from medview.io.inventory import description
from medview.io.label_names import header_label_entries, read_side_file
from medview.io.nifti import reader as nifti
from medview.io.watch import Progress, Watch

ACCEPTED = "medview opens NIfTI, DICOM, NRRD, MetaImage, FreeSurfer MGZ, GIPL and VTK images."
_PEEK_BYTES = 1024


def read(
    path: Path, progress: Progress | None = None, check_cancelled: Callable[[], None] | None = None
) -> list[Volume]:
    """Read all volumes of a file or of a DICOM folder.

    Args:
        path: A file, either half of a .hdr/.img pair, or a folder of DICOM files.
        progress: Told the part done (0-1) and a few words.
        check_cancelled: Raises `Cancelled` to stop; asked every few megabytes.

    Raises:
        InputRefused: One sentence why the file cannot be opened.
        Cancelled: From `check_cancelled`.
    """
    path = Path(path)
    watch = Watch(progress=progress, check_cancelled=check_cancelled)
    try:
        return _reader_for(path)(watch)
    except (MedviewError, Cancelled):
        raise
    except MemoryError as error:
        raise refused(path, "there is not enough memory", "Close other programs or layers.") from error
    except Exception as error:
        detail = f"its content makes no sense to the reader ({type(error).__name__}: {_short(error)})"
        raise refused(path, detail, "Copy it again from its source, or convert it.") from error


def warm_up() -> None:
    """Load the libraries that reading needs, so that the first file does not wait for them."""
    for name in ("nibabel", "isal.igzip", "medview.io.dicom.reader"):
        importlib.import_module(name)


def describe(path: Path) -> list[dict[str, Any]]:
    """The objects that ``medview info --json`` shows, one per volume; all numbers are finite."""
    return [description(volume, label_entries_of(volume)) for volume in read(path)]


def label_entries_of(volume: Volume) -> tuple[LabelEntry, ...] | None:
    """Names and colours of a volume that holds labels; None where nothing states them."""
    path = volume.source.path
    stated = header_label_entries(volume.source.header)
    return stated or (read_label_entries(path) if path is not None else None)


def read_label_entries(path: Path) -> tuple[LabelEntry, ...] | None:
    """Names and colours of a label file: from ``NAME.labels.json`` beside it, or from inside it.

    Returns:
        None where neither says anything.
    """
    path = Path(path)
    if not path.is_file():
        return None
    entries = read_side_file(path)
    if not entries and nifti.sniff(path, _first_bytes(path)):
        entries = nifti.label_entries(path)
    return entries or None


def _reader_for(path: Path) -> Callable[[Watch], list[Volume]]:
    if path.is_dir():
        return lambda watch: _read_dicom(path, watch)
    first = _first_bytes(path)
    if nifti.sniff(path, first) and first[128:132] != b"DICM":
        return lambda watch: nifti.read(path, watch)
    if mgh.sniff(first):
        return lambda watch: mgh.read(path, watch)
    known = itk_formats.format_of(first)
    if known is not None:
        return lambda watch: itk_formats.read(path, known, watch)
    if _is_dicom(path, first):
        return lambda watch: _read_dicom(path, watch)
    raise refused(path, foreign.words_for(first), ACCEPTED)


def _first_bytes(path: Path) -> bytes:
    with open_plain(path) as stream:
        raw = stream.read(_PEEK_BYTES)
    return peek(path, _PEEK_BYTES) if raw[:2] == b"\x1f\x8b" else raw


def _is_dicom(path: Path, first: bytes) -> bool:
    if first[128:132] == b"DICM":
        _refuse_packed_dicom(path)
        return True
    if foreign.is_known(first):
        return False
    from medview.io.dicom import reader as dicom

    return dicom.sniff(path)


def _refuse_packed_dicom(path: Path) -> None:
    with open_plain(path) as stream:
        if stream.read(2) == b"\x1f\x8b":
            raise refused(path, "it is a DICOM file inside a gzip file", "Unpack it first.")


def _read_dicom(path: Path, watch: Watch) -> list[Volume]:
    from medview.io.dicom import reader as dicom

    if path.is_dir() and not any(path.iterdir()):
        raise refused(path, "the folder is empty", ACCEPTED)
    watch.at(0, "reading")
    volumes = dicom.read(path, watch.at, watch.check_cancelled)
    if not volumes:
        raise InputRefused(f"Cannot open {path.name}", "it holds no DICOM image", ACCEPTED)
    return volumes


def _short(error: Exception) -> str:
    return re.sub(r"\S*/\S*", "…", str(error).splitlines()[0] if str(error) else "")[:120].rstrip(".")
