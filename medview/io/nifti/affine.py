"""Where a NIfTI header puts its voxels.

nibabel's reading of the standard is the truth here: the sform where its code is set, else the qform,
else a guess from the voxel sizes that puts the scan's middle at the origin with x running left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from medview.core.geometry import Matrix

_SMALLEST_VOLUME_MM3 = 1e-9


@dataclass(frozen=True, kw_only=True)
class Placement:
    """An affine in the file's own length unit, and what had to be guessed.

    Args:
        ras_from_stored: 4x4; None where nothing usable is stated.
        is_sound: The header can be repeated in another file as it is.
        warnings: Sentences for people.
    """

    ras_from_stored: Matrix | None
    is_sound: bool = True
    warnings: tuple[str, ...] = ()


def placement_of(header: Any) -> Placement:
    """Choose between the header's three statements of position.

    Args:
        header: A nibabel NIfTI-1 or NIfTI-2 header.
    """
    sform = _usable(header.get_sform()) if int(header["sform_code"]) > 0 else None
    qform = _qform(header) if int(header["qform_code"]) > 0 else None
    damaged = _damages(header, sform, qform)
    chosen = sform if sform is not None else qform
    if chosen is None:
        return _guess(header, damaged)
    warnings = damaged or _disagreement(header, sform, qform)
    return Placement(ras_from_stored=chosen, is_sound=not damaged and _has_spacing(header), warnings=warnings)


def _damages(header: Any, sform: Matrix | None, qform: Matrix | None) -> tuple[str, ...]:
    told = []
    if int(header["sform_code"]) > 0 and sform is None:
        told.append("The header's position matrix (sform) is not usable.")
    if int(header["qform_code"]) > 0 and qform is None:
        told.append("The header's rotation (qform) is not usable.")
    return tuple(told)


def _guess(header: Any, damaged: tuple[str, ...]) -> Placement:
    if not _has_spacing(header):
        return Placement(ras_from_stored=None, warnings=damaged)
    words = "The file does not say how it lies in the patient: left and right are a guess."
    base = np.asarray(header.get_base_affine(), float)
    return Placement(ras_from_stored=base, is_sound=not damaged, warnings=(*damaged, words))


def _has_spacing(header: Any) -> bool:
    sizes = np.asarray(header["pixdim"][1:4], float)
    return bool(np.isfinite(sizes).all() and (sizes > 0).all())


def _qform(header: Any) -> Matrix | None:
    if not _has_spacing(header):
        return None
    try:
        return _usable(header.get_qform())
    except (ValueError, ArithmeticError, header_errors()):
        return None


def header_errors() -> type[Exception]:
    """The error by which nibabel says that a header makes no sense."""
    from nibabel.spatialimages import HeaderDataError

    error: type[Exception] = HeaderDataError
    return error


def _usable(matrix: Any) -> Matrix | None:
    matrix = np.array(matrix, float)
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 1e9:
        return None
    with np.errstate(all="ignore"):
        volume = abs(np.linalg.det(matrix[:3, :3]))
    return matrix if np.isfinite(volume) and volume > _SMALLEST_VOLUME_MM3 else None


def _disagreement(header: Any, sform: Matrix | None, qform: Matrix | None) -> tuple[str, ...]:
    if sform is None or qform is None:
        return ()
    shape = np.maximum(np.asarray(header["dim"][1:4], float), 1)
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape], [1])).reshape(4, -1)
    apart = float(np.linalg.norm(((sform - qform) @ corners)[:3], axis=0).max())
    if apart <= max(0.5 * float(np.min(header["pixdim"][1:4])), 0.1):
        return ()
    return (f"The header's two positions (sform, qform) differ by up to {apart:.1f} mm; the sform is used.",)
