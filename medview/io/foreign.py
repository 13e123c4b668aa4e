"""What a file is that medview does not open, in words for its owner."""

from __future__ import annotations

_BY_FIRST_BYTES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"II+\0", "a TIFF picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "a ZIP archive (or a NumPy .npz file)"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x93NUMPY", "a NumPy array, which has no place in a patient"),
    (b"\x89HDF", "an HDF5 file (MINC-2 or other)"),
    (b"CDF\1", "a MINC-1 file"),
    (b"CDF\2", "a MINC-1 file"),
    (b"MATRIX7", "an ECAT file"),
    (b"# === DATA DESCRIPTION FILE", "a Philips PAR header"),
    (b"mrtrix image", "an MRtrix file"),
    (b"# vtk DataFile", "a VTK file without an image grid"),
    (b"<?xml", "an XML file"),
    (b"solid ", "an STL surface"),
    (b"ply\n", "a PLY surface"),
    (b"RIFF", "a video or sound"),
)
_AFNI = (b"type  = ", b"type = ")


def is_known(first_bytes: bytes) -> bool:
    """Whether the first bytes are those of a format that medview certainly does not open."""
    return not first_bytes or any(
        len(magic) > 2 and first_bytes.startswith(magic) for magic, _ in _BY_FIRST_BYTES
    )


def words_for(first_bytes: bytes) -> str:
    """What the content is: ``"a PNG picture"``, or that it is unknown."""
    for magic, words in _BY_FIRST_BYTES:
        if first_bytes.startswith(magic):
            return f"it is {words}"
    if any(mark in first_bytes[:200] for mark in _AFNI) and b"attribute" in first_bytes[:200]:
        return "it is an AFNI header"
    if first_bytes[257:262] == b"ustar":
        return "it is a tar archive"
    if first_bytes[4:8] == b"ftyp":
        return "it is a video"
    return "its content is of no known kind" if first_bytes else "the file is empty"
