"""Pictures of a capture, decoded as the program that found the poses saw them.

EXIF says how a picture should be turned for people; COLMAP, Nerfstudio and instant-ngp work on the rows as
they are stored, so nothing is turned unless the lens was found on the turned picture. Transparent pictures
are laid over black, and what is less than half opaque is not learned from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.io.byte_source import open_plain, refused
from medview.io.captures.places import FARTHEST, numbers_of

_MOST_SIDE = 20_000
_MOST_FILE_BYTES = 512 * 2**20
_LOSSY = (".jpg", ".jpeg")
_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
_HINT = "Copy it again from its source, or leave it out."

Mask = NDArray[np.bool_]


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a picture from its header.

    Raises:
        InputRefused: It is no picture, or larger than any camera's.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with open_plain(path) as stream, Image.open(stream, formats=_FORMATS) as image:
            width, height = image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as reason:
        raise refused(path, "it is no picture that can be read", _HINT) from reason
    if max(width, height) > _MOST_SIDE:
        raise refused(path, f"it states {width} x {height} pixels, more than any camera has")
    return width, height


def read_colours(path: Path, *, is_upright: bool = False) -> tuple[NDArray[np.uint8], Mask | None]:
    """A picture as (H, W, 3) red, green, blue, and where it is opaque; None where it is so everywhere.

    16-bit pictures lose their lower bits; grey ones become three equal colours.

    Args:
        path: The picture.
        is_upright: Turn it as EXIF says; transparency is then not looked at.

    Raises:
        InputRefused: It cannot be decoded.
    """
    from medview.io.video import quiet_cv2

    cv2 = quiet_cv2()
    stored = _eight_bits(_decoded(path, is_upright=is_upright), path)
    channels = 1 if stored.ndim == 2 else stored.shape[2]
    orders = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
    if channels not in orders:
        raise refused(path, f"it stores {channels} numbers for a pixel", _HINT)
    colours = np.asarray(cv2.cvtColor(stored, orders[channels]), np.uint8)
    if channels < 4 or bool((stored[..., 3] == 255).all()):
        return colours, None
    alpha = stored[..., 3]
    over_black = (colours.astype(np.uint16) * alpha[..., None] + 127) // 255
    return over_black.astype(np.uint8), alpha > 127


def read_mask(path: Path) -> Mask:
    """Where a grey or coloured picture (H, W) is marked.

    Masks that reach beyond half of white are marked where brighter than that. Darker ones hold numbers, such
    as 0 and 1, and are marked where not 0; a dark JPEG is marked nowhere, its greys being traces of packing.

    Raises:
        InputRefused: It cannot be decoded.
    """
    stored = _eight_bits(_decoded(path), path)
    grey = stored if stored.ndim == 2 else stored[..., :3].max(axis=-1)
    holds_numbers = grey.max() < 128 and path.suffix.lower() not in _LOSSY
    return np.asarray(grey > (0 if holds_numbers else 127), np.bool_)


def read_depth(path: Path, unit: float) -> NDArray[np.float32]:
    """Depth (H, W) along the optical axis in the capture's unit, 0 where unknown.

    Args:
        path: A picture of one channel, or a ``.npy`` array.
        unit: Length of one step of the stored numbers.

    Raises:
        InputRefused: It cannot be decoded, or is no depth.
    """
    stored = numbers_of(path) if path.suffix.lower() == ".npy" else _decoded(path)
    if stored.ndim == 3 and stored.size:
        stored = stored[..., 0]
    if stored.ndim != 2 or not stored.size:
        raise refused(path, "it is no picture of depth", _HINT)
    depth = stored.astype(np.float64) * unit
    return np.where((depth > 0) & (depth < FARTHEST), depth, 0).astype(np.float32)


def _decoded(path: Path, *, is_upright: bool = False) -> NDArray[Any]:
    """Rows as they are stored, channels blue, green, red, alpha."""
    from medview.io.video import quiet_cv2

    cv2 = quiet_cv2()
    size_of(path)
    with open_plain(path) as stream:
        content = stream.read(_MOST_FILE_BYTES)
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH if is_upright else cv2.IMREAD_UNCHANGED
    try:
        found = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error as reason:
        raise refused(path, "it is larger than can be decoded", _HINT) from reason
    if found is None:
        raise refused(path, "the picture is damaged", _HINT)
    return np.asarray(found[..., 0] if found.ndim == 3 and found.shape[2] == 1 else found)


def _eight_bits(stored: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    if stored.dtype == np.uint16:
        return (stored // 257).astype(np.uint8)
    if stored.dtype != np.uint8:
        raise refused(path, f"it stores colours as {stored.dtype}, not as 8 or 16 bits", _HINT)
    return stored
