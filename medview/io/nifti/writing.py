"""Writing NIfTI: a header that repeats the scan's, numbers in the scan's axes, and a second look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from isal import igzip
from numpy.typing import NDArray

from medview.core.errors import RunFailed
from medview.io.draft import Draft
from medview.io.mark import DESCRIPTION, INTENT_NAME
from medview.io.watch import Watch

_LARGEST_AXIS_1 = 32767
_SHEAR_TOLERANCE = 1e-4
_LABEL_INTENT = 1002
_REPEATED = (
    "qform_code", "sform_code", "xyzt_units", "quatern_b", "quatern_c", "quatern_d",
    "qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z",
)  # fmt: skip

AnyArray = NDArray[Any]


def header_for(draft: Draft, is_pair: bool) -> Any:
    """A nibabel header: the scan's position fields bit for bit, or new ones from the grid."""
    from nibabel import nifti1, nifti2

    needs_2 = max(draft.shape) > _LARGEST_AXIS_1 or draft.codes.get("version") == 2
    classes = {
        (False, False): nifti1.Nifti1Header,
        (False, True): nifti1.Nifti1PairHeader,
        (True, False): nifti2.Nifti2Header,
        (True, True): nifti2.Nifti2PairHeader,
    }
    header = classes[needs_2, is_pair](endianness="<")
    header.set_data_dtype(draft.dtype)
    header.set_data_shape(draft.shape)
    if draft.codes:
        _repeat_position(header, draft)
    else:
        _state_position(header, draft)
    if draft.is_labels:
        header["intent_code"] = _LABEL_INTENT
    header["descrip"] = b"medview"
    if draft.is_synthesized:
        header["descrip"], header["intent_name"] = DESCRIPTION.encode(), INTENT_NAME.encode()
    if draft.description:
        header["descrip"] = draft.description.encode()
    header["scl_slope"], header["scl_inter"] = 1, 0
    if not is_pair:
        header["vox_offset"] = header.single_vox_offset
    return header


def _repeat_position(header: Any, draft: Draft) -> None:
    for name in _REPEATED:
        header[name] = draft.codes[name]
    header["pixdim"] = draft.codes["pixdim"]


def _state_position(header: Any, draft: Draft) -> None:
    affine = draft.geometry.ras_from_ijk
    header.set_xyzt_units("mm" if draft.is_scaled else "unknown", "sec" if draft.frame_step_s else None)
    steps = [draft.frame_step_s or 1.0] * (len(draft.shape) - 3)
    header.set_zooms((*draft.geometry.spacing_mm, *steps))
    # A qform cannot hold shear: a nearby rotation would put the voxels elsewhere in some programs.
    if draft.geometry.shear < _SHEAR_TOLERANCE:
        header.set_qform(affine, code=1)
    header.set_sform(affine, code=1)


def write_numbers(stream: BinaryIO, draft: Draft, watch: Watch) -> None:
    """Write the array, first axis fastest, slice by slice."""
    pieces = draft.array.shape[2] * (draft.array.shape[3] if len(draft.shape) > 3 else 1)
    for done, piece in enumerate(_slices(draft)):
        stream.write(np.ascontiguousarray(piece).data)
        watch.at((done + 1) / pieces, "writing")


def _slices(draft: Draft) -> Iterator[AnyArray]:
    """Slices with the first axis last (or, for colour, last but one), so that C order is file order."""
    little = draft.array.dtype.newbyteorder("<")
    frames = range(draft.array.shape[3]) if len(draft.shape) > 3 else (None,)
    for frame in frames:
        volume = draft.array if frame is None else draft.array[..., frame]
        for k in range(draft.array.shape[2]):
            yield np.swapaxes(volume[:, :, k], 0, 1).astype(little, copy=False)


def write_single(path: Path, draft: Draft, watch: Watch) -> None:
    """Write header and numbers into one file; gzip where the name says so."""
    header = header_for(draft, is_pair=False)
    with _open(path) as stream:
        stream.write(header.binaryblock + b"\0\0\0\0")
        write_numbers(stream, draft, watch)


def write_pair(header_path: Path, data_path: Path, draft: Draft, watch: Watch) -> None:
    """Write header and numbers into two files."""
    header_path.write_bytes(header_for(draft, is_pair=True).binaryblock + b"\0\0\0\0")
    with data_path.open("wb") as stream:
        write_numbers(stream, draft, watch)


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, igzip.open(path, "wb") if path.name.endswith(".gz") else path.open("wb"))


def refuse_difference(path: Path, name: str, draft: Draft) -> None:
    """Read a written file with nibabel and compare it with what should be in it.

    Raises:
        RunFailed: Sizes, position or any number differ.
    """
    import nibabel

    image = cast(Any, nibabel.load(path))
    if tuple(image.shape) != _nibabel_shape(draft) or image.get_data_dtype() != draft.dtype:
        raise _differs(name, "its sizes")
    is_placed = np.array_equal(image.affine, header_for(draft, is_pair=False).get_best_affine())
    if not is_placed:
        raise _differs(name, "its position in the patient")
    back = np.asarray(image.dataobj.get_unscaled())
    if draft.is_colour:
        back = np.stack([back[channel] for channel in "RGB"], axis=-1)
    for k in range(draft.array.shape[2]):
        if not _same(back[:, :, k], draft.array[:, :, k]):
            raise _differs(name, f"slice {k + 1}")


def _nibabel_shape(draft: Draft) -> tuple[int, ...]:
    return tuple(header_for(draft, is_pair=False).get_data_shape())


def _same(left: AnyArray, right: AnyArray) -> bool:
    return np.array_equal(left, right, equal_nan=left.dtype.kind == "f")


def _differs(name: str, what: str) -> RunFailed:
    detail = f"reading it back showed that {what} did not arrive as it was; the old file is unchanged"
    return RunFailed(f"Cannot save {name}", detail, "Save to another disk.")
