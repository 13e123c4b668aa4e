"""DICOM: from a file, a folder or a DICOMDIR to volumes in RAS+."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from medview.core.errors import InputRefused
from medview.core.volume import Volume
from medview.io.byte_source import refused
from medview.io.dicom.gate import BROKEN
from medview.io.dicom.scan import all_refused, headers_of, is_dicom
from medview.io.dicom.seg import read_segmentation
from medview.io.dicom.series import Series, series_of
from medview.io.dicom.volume import read_part
from medview.io.dicom.words import listed, why
from medview.io.watch import Progress, Watch

__all__ = ["Series", "list_series", "read", "read_series", "sniff"]
Check = Callable[[], None]


def sniff(path: Path) -> bool:
    """Whether a file is DICOM (by content), or a folder holds such files."""
    return is_dicom(path)


def list_series(
    paths: Path | Iterable[Path], progress: Progress | None = None, check_cancelled: Check | None = None
) -> list[Series]:
    """Find the volumes in files and folders, by their headers only.

    Args:
        paths: One file, folder or DICOMDIR, or several.
        progress: Told the part done (0-1) and the file.
        check_cancelled: Raises Cancelled to stop.

    Returns:
        The volumes, by series number. The warnings of the first also name files that were left out.

    Raises:
        InputRefused: Nothing that can be shown was found; it says why.
        Cancelled: From `check_cancelled`.
    """
    chosen = [paths] if isinstance(paths, Path) else list(paths)
    headers, refusals = headers_of(chosen, Watch(progress=progress, check_cancelled=check_cancelled))
    found: list[Series] = []
    if headers:
        found, more = series_of(headers, chosen[0])
        refusals += more
    if not found:
        raise all_refused(chosen, refusals)
    return _with_left_out(found, refusals)


def _with_left_out(found: list[Series], refusals: list[InputRefused]) -> list[Series]:
    said = listed([why(refusal) for refusal in refusals])
    if not said:
        return found
    part = replace(found[0].part, warnings=(*found[0].part.warnings, *said))
    return [replace(found[0], part=part, warnings=(*found[0].warnings, *said)), *found[1:]]


def read_series(
    series: Series, progress: Progress | None = None, check_cancelled: Check | None = None
) -> Volume:
    """Read the pixels of a volume.

    Raises:
        InputRefused: A file is broken, or memory does not suffice.
        Cancelled: From `check_cancelled`.
    """
    watch = Watch(progress=progress, check_cancelled=check_cancelled)
    read_pixels = read_segmentation if series.is_segmentation else read_part
    try:
        return read_pixels(series.part, watch)
    except BROKEN as error:
        detail = "its header and its pixels do not make a volume"
        raise refused(series.files[0], detail, "Export it again from its source.") from error


def read(path: Path, progress: Progress | None = None, check_cancelled: Check | None = None) -> list[Volume]:
    """Read all volumes of a file, folder or DICOMDIR; what cannot be shown is named in warnings.

    Raises:
        InputRefused: Nothing could be read; it says why.
        Cancelled: From `check_cancelled`.
    """
    watch = Watch(progress=progress, check_cancelled=check_cancelled)
    found = list_series(path, watch.between(0, 0.2).at, check_cancelled)
    volumes: list[Volume] = []
    refusals: list[InputRefused] = []
    for number, series in enumerate(found):
        piece = watch.between(0.2 + 0.8 * number / len(found), 0.2 + 0.8 * (number + 1) / len(found))
        try:
            volumes.append(read_series(series, piece.at, check_cancelled))
        except InputRefused as refusal:
            refusals.append(refusal)
    if not volumes:
        raise all_refused([path], refusals)
    if refusals:
        said = listed([why(refusal) for refusal in refusals])
        volumes[0] = replace(volumes[0], warnings=(*volumes[0].warnings, *said))
    return volumes
