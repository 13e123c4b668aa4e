"""Formats that SimpleITK reads: NRRD, MetaImage, GIPL and VTK images."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry, Matrix
from medview.core.volume import MARK, Volume
from medview.io.byte_source import MAX_GZIP_RATIO, in_words, open_plain, refuse_beyond_memory, refused
from medview.io.label_tables.json_table import row_of
from medview.io.mark import is_mark
from medview.io.naming import stem_of
from medview.io.seg_nrrd import entries_of
from medview.io.volume_making import Stored, volume_from_stored
from medview.io.watch import Watch

_GIPL_MAGICS = (b"\x2a\xe3\x89\xb8", b"\xef\xff\xe9\xb0")
_DETACHED = re.compile(
    rb"^(?:data ?file:|ElementDataFile\s*=)\s*(\S[^\r\n]*?)\s*$", re.MULTILINE | re.IGNORECASE
)
_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, kw_only=True)
class ItkFormat:
    """A format by the name people know and the SimpleITK class that reads it."""

    name: str
    image_io: str


def format_of(first_bytes: bytes) -> ItkFormat | None:
    """Recognise a format by its content."""
    if first_bytes.startswith(b"NRRD0"):
        return ItkFormat(name="NRRD", image_io="NrrdImageIO")
    if re.match(rb"\s*(ObjectType|NDims)\s*=", first_bytes):
        return ItkFormat(name="MetaImage", image_io="MetaImageIO")
    if first_bytes[252:256] in _GIPL_MAGICS:
        return ItkFormat(name="GIPL", image_io="GiplImageIO")
    if first_bytes.startswith(b"# vtk DataFile") and b"STRUCTURED_POINTS" in first_bytes:
        return ItkFormat(name="VTK", image_io="VTKImageIO")
    return None


def read(path: Path, known: ItkFormat, watch: Watch) -> list[Volume]:
    """Read one image; vectors become frames, or colours where they are three or four bytes.

    Raises:
        InputRefused: The header declares more than the file holds, or SimpleITK cannot read it.
    """
    import SimpleITK as sitk  # noqa: N813

    watch.at(0, "reading")
    reader = sitk.ImageFileReader()
    reader.SetImageIO(known.image_io)
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        _refuse_excess(path, reader)
        image = reader.Execute()
    except RuntimeError as error:
        raise refused(path, f"its {known.name} content cannot be read ({_last_line(error)})") from error
    watch.at(0.7, "turning")
    return [_volume(path, known, image, watch)]


def _volume(path: Path, known: ItkFormat, image: Any, watch: Watch) -> Volume:
    import SimpleITK as sitk  # noqa: N813

    components = image.GetNumberOfComponentsPerPixel()
    array, warnings = _arranged(sitk.GetArrayFromImage(image), components, path)
    affine = _affine(image)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-12:
        raise refused(path, "its header gives no usable position or voxel size")
    stored = Stored(
        path=path,
        format=known.name,
        array=array,
        geometry=Geometry((array.shape[0], array.shape[1], array.shape[2]), affine),
        dtype=_scalar_name(image),
        is_colour=array.dtype == np.uint8 and components in (3, 4),
        header=_header(image),
        warnings=(*warnings, *_placement_warnings(image, known), *_segment_warnings(image)),
    )
    return volume_from_stored(stored, stem_of(path), watch.between(0.8, 1))


def _header(image: Any) -> dict[str, Any]:
    header: dict[str, Any] = {MARK: True} if is_mark(_texts(image)) else {}
    try:
        entries = entries_of(_fields(image))
    except ValueError:
        return header
    return header | {"kind": "labels", "labels": [row_of(entry) for entry in entries]} if entries else header


def _segment_warnings(image: Any) -> tuple[str, ...]:
    try:
        entries_of(_fields(image))
    except ValueError as reason:
        return (f"The segmentation is shown as frames, one for each layer: {reason}.",)
    return ()


def _fields(image: Any) -> dict[str, str]:
    return {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}


def _texts(image: Any) -> list[str]:
    """What the header says beside its numbers, keys included."""
    return [f"{key} {image.GetMetaData(key)}" for key in image.GetMetaDataKeys()]


def _refuse_excess(path: Path, reader: Any) -> None:
    from SimpleITK import GetPixelIDValueAsString

    voxels = int(np.prod([int(size) for size in reader.GetSize()], dtype=object))
    width = _bits(GetPixelIDValueAsString(reader.GetPixelID())) // 8 * reader.GetNumberOfComponents()
    held = _payload_limit(path)
    if voxels * width > held:
        words = f"its header declares {in_words(voxels * width)} but its file can hold {in_words(held)}"
        raise refused(path, words, "Copy it again from its source.")
    refuse_beyond_memory(path, 2 * voxels * width)


def _bits(type_name: str) -> int:
    found = re.search(r"(\d+)-bit", type_name)
    return int(found[1]) if found else 8


def _payload_limit(path: Path) -> int:
    """The most bytes that the file, or the one its header names, can unpack to."""
    with open_plain(path) as stream:
        head = stream.read(64 << 10)
    packed = head[:2] == b"\x1f\x8b" or re.search(
        rb"encoding:\s*(gz|bz)|CompressedData\s*=\s*True", head, re.I
    )
    size = path.stat().st_size + _detached_bytes(path, head)
    return size * (MAX_GZIP_RATIO if packed else 1)


def _detached_bytes(path: Path, head: bytes) -> int:
    found = _DETACHED.search(head)
    name = found[1].decode("utf-8", "replace") if found else "LOCAL"
    if name.upper() == "LOCAL":
        return 0
    if name.upper().startswith("LIST") or "%" in name:
        return sum(other.stat().st_size for other in path.parent.iterdir() if other.is_file())
    other = path.parent / name
    if Path(name).is_absolute() or ".." in Path(name).parts or not other.is_file():
        raise refused(path, f"the file with its numbers, {Path(name).name}, is not beside it")
    return other.stat().st_size


def _arranged(zyx: NDArray[Any], components: int, path: Path) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Stored axes first, components or frames last; first axis fastest in memory."""
    if zyx.dtype.kind == "c":
        zyx = np.abs(zyx)
    if zyx.dtype == np.float64:
        zyx = zyx.astype(np.float32)
    spatial = zyx.ndim - (components > 1)
    if spatial > 4 or (spatial == 4 and components > 1):
        raise refused(path, f"it has {spatial} dimensions of {components} components each")
    array = zyx.transpose(*range(spatial)[::-1], *range(spatial, zyx.ndim))
    if spatial == 2:
        array = array[:, :, np.newaxis]
    if components in (3, 4) and array.dtype == np.uint8:
        return array[..., :3], ()
    words = (f"The {components} components of each voxel are shown as frames.",) if components > 1 else ()
    return array, words


def _affine(image: Any) -> Matrix:
    size = image.GetDimension()
    direction = np.asarray(image.GetDirection(), float).reshape(size, size)
    kept = min(size, 3)
    lps = np.eye(4)
    lps[:kept, :kept] = direction[:kept, :kept] @ np.diag(image.GetSpacing()[:kept])
    lps[:kept, 3] = image.GetOrigin()[:kept]
    return _TO_RAS @ lps


def _scalar_name(image: Any) -> str:
    words = image.GetPixelIDTypeAsString()
    kind = "uint" if "unsigned" in words else "float" if "float" in words else "int"
    return f"complex{2 * _bits(words)}" if "complex" in words else f"{kind}{_bits(words)}"


def _placement_warnings(image: Any, known: ItkFormat) -> tuple[str, ...]:
    is_silent = known.name in ("GIPL", "VTK") or (
        known.name == "NRRD" and not image.HasMetaDataKey("NRRD_space")
    )
    if is_silent or image.GetDimension() == 2:
        return ("The file does not say how it lies in the patient: left and right are a guess.",)
    return ()


def _last_line(error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    words = re.sub(r"\S*/\S*", "…", lines[-1]) if lines else "no reason given"
    return words.removeprefix("ITK ERROR:").strip(" .")[:160]
