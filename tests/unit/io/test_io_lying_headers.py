"""Headers that lie and files that are cut: one sentence, no other exception, no memory taken."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.io import readers

Edit = Callable[[Any], None]


def _scan() -> nib.Nifti1Image:
    array = np.random.default_rng(0).integers(0, 1000, (12, 11, 10)).astype(np.int16)
    image = nib.Nifti1Image(array, np.diag([1.0, 2, 3, 1]))
    image.set_qform(image.affine, code=1)
    return image


def _field(name: str, value: Any) -> Edit:
    def edit(header: Any) -> None:
        header[name] = value

    return edit


def _item(name: str, index: int, value: Any) -> Edit:
    def edit(header: Any) -> None:
        header[name][index] = value

    return edit


def _both(*edits: Edit) -> Edit:
    def edit(header: Any) -> None:
        for one in edits:
            one(header)

    return edit


def _written(path: Path, edit: Edit) -> Path:
    raw = bytearray(_scan().to_bytes())
    block = np.frombuffer(raw, nib.nifti1.header_dtype, 1)[0:1].copy()
    edit(block[0])
    raw[:348] = block.tobytes()
    path.write_bytes(gzip.compress(bytes(raw)) if path.name.endswith(".gz") else bytes(raw))
    return path


NO_POSITION = _both(_field("sform_code", 0), _field("qform_code", 0))
LIES: dict[str, Edit] = {
    "no dimensions": _item("dim", 0, 0),
    "eight dimensions": _item("dim", 0, 8),
    "a negative size": _item("dim", 1, -12),
    "a size of zero": _item("dim", 2, 0),
    "a huge size": _both(_item("dim", 1, 32767), _item("dim", 2, 32767), _item("dim", 3, 32767)),
    "seven huge sizes": _both(_field("dim", [7, *[32767] * 7])),
    "a size that is one too large": _item("dim", 3, 11),
    "unknown type": _field("datatype", 77),
    "no type": _field("datatype", 0),
    "single bits": _field("datatype", 1),
    "128-bit numbers": _field("datatype", 1536),
    "a wider type": _field("datatype", 64),
    "offset inside the header": _field("vox_offset", 100),
    "negative offset": _field("vox_offset", -352),
    "offset behind the end": _field("vox_offset", 1e7),
    "offset that is not a number": _field("vox_offset", np.nan),
    "offset of infinity": _field("vox_offset", np.inf),
    "a position that is not a number": _both(
        _item("srow_x", 0, np.nan), _field("qform_code", 0), _item("pixdim", 1, 0)
    ),
    "a flat position": _both(_field("srow_x", 0), _field("qform_code", 0), _item("pixdim", 1, np.nan)),
    "no voxel size": _both(NO_POSITION, _item("pixdim", 2, 0)),
    "a negative voxel size": _both(NO_POSITION, _item("pixdim", 2, -1)),
    "an infinite voxel size": _both(NO_POSITION, _item("pixdim", 2, np.inf)),
}


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_in_one_line(tmp_path: Path, lie: str, ending: str) -> None:
    path = _written(tmp_path / f"scan{ending}", LIES[lie])
    with pytest.raises(InputRefused) as caught:
        readers.read(path)
    words = str(caught.value)
    assert words.startswith(f"Cannot open scan{ending}: ")
    assert "\n" not in words
    assert str(tmp_path) not in words


REPAIRED: dict[str, tuple[Edit, str]] = {
    "a broken sform beside a qform": (_item("srow_y", 1, np.nan), "sform"),
    "a broken sform alone": (_both(_field("srow_y", 0), _field("qform_code", 0)), "guess"),
    "a broken qform beside an sform": (_field("quatern_b", np.nan), "qform"),
    "a voxel size of zero beside an sform": (_item("pixdim", 1, 0), "qform"),
    "a scale offset that is not a number": (
        _both(_field("scl_slope", 2), _field("scl_inter", np.nan)),
        "offset",
    ),
    "a size that is one too small": (_item("dim", 3, 9), "more bytes"),
}


@pytest.mark.parametrize("damage", REPAIRED)
def test_what_has_a_sane_reading_opens_with_a_warning(tmp_path: Path, damage: str) -> None:
    edit, word = REPAIRED[damage]
    volume = readers.read(_written(tmp_path / "scan.nii.gz", edit))[0]
    assert any(word in warning for warning in volume.warnings)
    assert np.isfinite(volume.geometry.ras_from_ijk).all()


@pytest.mark.parametrize("scale", [0.0, np.nan, np.inf])
def test_a_senseless_slope_means_no_scaling(tmp_path: Path, scale: float) -> None:
    volume = readers.read(_written(tmp_path / "scan.nii", _field("scl_slope", scale)))[0]
    assert np.array_equal(volume.data, np.asarray(_scan().dataobj))


@pytest.mark.parametrize("part", [0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, part: float, ending: str) -> None:
    path = _written(tmp_path / f"scan{ending}", lambda header: None)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(InputRefused):
        readers.read(path)


def test_a_gzip_without_its_last_bytes_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path / "scan.nii.gz", lambda header: None)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InputRefused, match="too early"):
        readers.read(path)


def test_a_gzip_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path / "scan.nii.gz", lambda header: None)
    whole = bytearray(path.read_bytes())
    whole[-6] ^= 0xFF
    path.write_bytes(bytes(whole))
    with pytest.raises(InputRefused, match="damaged"):
        readers.read(path)


def test_flipped_bits_are_refused_or_read_but_never_crash(tmp_path: Path) -> None:
    whole = _written(tmp_path / "scan.nii.gz", lambda header: None).read_bytes()
    generator = np.random.default_rng(7)
    refused = 0
    for _ in range(60):
        broken = bytearray(whole)
        broken[int(generator.integers(10, len(whole)))] ^= int(generator.integers(1, 256))
        (tmp_path / "broken.nii.gz").write_bytes(bytes(broken))
        try:
            readers.read(tmp_path / "broken.nii.gz")
        except InputRefused:
            refused += 1
    assert refused == 60


def test_random_headers_are_refused_or_read_but_never_crash(tmp_path: Path) -> None:
    generator = np.random.default_rng(11)
    raw = _scan().to_bytes()
    for _ in range(300):
        broken = bytearray(raw)
        for position in generator.integers(40, 340, 6):
            broken[int(position)] = int(generator.integers(0, 256))
        (tmp_path / "broken.nii").write_bytes(bytes(broken))
        try:
            volume = readers.read(tmp_path / "broken.nii")[0]
            assert np.isfinite(volume.geometry.ras_from_ijk).all()
        except InputRefused:
            pass


def test_garbage_behind_plain_numbers_is_told_and_ignored(tmp_path: Path) -> None:
    path = _written(tmp_path / "scan.nii", lambda header: None)
    path.write_bytes(path.read_bytes() + b"garbage")
    volume = readers.read(path)[0]
    assert np.array_equal(volume.data, np.asarray(_scan().dataobj))
    assert "more bytes" in volume.warnings[0]


@pytest.mark.parametrize("garbage", [b"x", b"garbage", b"g" * 100_000])
def test_garbage_behind_a_gzip_is_refused(tmp_path: Path, garbage: bytes) -> None:
    path = _written(tmp_path / "scan.nii.gz", lambda header: None)
    path.write_bytes(path.read_bytes() + garbage)
    with pytest.raises(InputRefused, match=r"damaged|too early"):
        readers.read(path)


def test_a_gzip_bomb_header_takes_no_memory(tmp_path: Path) -> None:
    path = _written(tmp_path / "scan.nii.gz", LIES["a huge size"])
    tracemalloc.start()
    with pytest.raises(InputRefused, match="declares 70 TB"):
        readers.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


def test_what_does_not_fit_into_memory_is_refused_before_reading(tmp_path: Path) -> None:
    sizes = _both(_item("dim", 1, 16000), _item("dim", 2, 16000), _item("dim", 3, 8000))
    path = _written(tmp_path / "scan.nii", sizes)
    try:
        with path.open("r+b") as stream:
            stream.truncate(5_000_000_000_000)
    except OSError:
        pytest.skip("this file system has no sparse files of that size")
    with pytest.raises(InputRefused, match="of memory"):
        readers.read(path)


@pytest.mark.parametrize("ending", [".nrrd", ".mha"])
def test_other_formats_that_declare_too_much_are_refused(tmp_path: Path, ending: str) -> None:
    headers = {
        ".nrrd": b"NRRD0004\ntype: short\ndimension: 3\nsizes: 9000 9000 9000\n"
        b"endian: little\nencoding: raw\n\n",
        ".mha": b"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        b"CompressedData = False\nDimSize = 9000 9000 9000\n"
        b"ElementType = MET_SHORT\nElementDataFile = LOCAL\n",
    }
    path = tmp_path / f"scan{ending}"
    path.write_bytes(headers[ending] + b"\0" * 5000)
    with pytest.raises(InputRefused, match=r"declares 1\.5 TB"):
        readers.read(path)


def test_numbers_in_another_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "scan.mhd").write_bytes(
        b"ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\n"
        b"ElementType = MET_UCHAR\nElementDataFile = ../other.raw\n"
    )
    with pytest.raises(InputRefused, match="not beside it"):
        readers.read(tmp_path / "scan.mhd")
