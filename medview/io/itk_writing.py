"""Writing NRRD and MetaImage through SimpleITK, where the grid is rectangular."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused, RunFailed
from medview.core.geometry import Geometry
from medview.io.draft import Draft
from medview.io.mark import DESCRIPTION, FIELD

_SHEAR_TOLERANCE = 1e-4
_TO_LPS = np.diag([-1.0, -1.0, 1.0])


def write(path: Path, name: str, draft: Draft) -> None:
    """Write a draft, compressed, and read it back.

    Args:
        path: The temporary file.
        name: What people call it.
        draft: With axes at right angles, see `refuse_shear`.

    Raises:
        RunFailed: SimpleITK could not write it, or read back something else.
    """
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetImageFromArray(_zyx(draft.array, draft.is_colour), isVector=draft.is_colour)
    _place(image, draft.geometry, draft.frame_step_s)
    if draft.is_synthesized:
        image.SetMetaData(FIELD, DESCRIPTION)
    for key, text in draft.fields.items():
        image.SetMetaData(key, text)
    try:
        sitk.WriteImage(image, str(path), useCompression=True)
        back = sitk.ReadImage(str(path))
    except RuntimeError as error:
        detail = "the file could not be written whole"
        raise RunFailed(
            f"Cannot save {name}", detail, "Is the disk full, or the folder read-only?"
        ) from error
    if not (_is_same(back, image, draft) and _is_placed(back, image) and _has_fields(back, draft)):
        raise RunFailed(f"Cannot save {name}", "reading it back showed that it is not what was written")


def _is_same(back: Any, image: Any, draft: Draft) -> bool:
    from SimpleITK import GetArrayViewFromImage

    is_float = draft.array.dtype.kind == "f"
    return np.array_equal(GetArrayViewFromImage(back), GetArrayViewFromImage(image), equal_nan=is_float)


def _has_fields(back: Any, draft: Draft) -> bool:
    keys = back.GetMetaDataKeys()
    return all(key in keys and back.GetMetaData(key) == text for key, text in draft.fields.items())


def _is_placed(back: Any, image: Any) -> bool:
    pairs = ((back.GetOrigin(), image.GetOrigin()), (back.GetDirection(), image.GetDirection()))
    return all(np.allclose(left, right, atol=1e-6) for left, right in pairs)


def refuse_shear(name: str, geometry: Geometry) -> None:
    """Refuse a grid whose axes are not at right angles: these formats' readers would bend it."""
    if geometry.shear > _SHEAR_TOLERANCE:
        detail = "this scan's axes are not at right angles, which only NIfTI can hold"
        raise InputRefused(f"Cannot save {name}", detail, "Choose a name that ends with .nii.gz.")


def _zyx(array: NDArray[Any], is_colour: bool) -> NDArray[Any]:
    if is_colour:
        return np.ascontiguousarray(array.transpose(2, 1, 0, 3))
    return np.ascontiguousarray(array.T)


def _place(image: Any, geometry: Geometry, frame_step_s: float | None) -> None:
    size = image.GetDimension()
    matrix = geometry.ras_from_ijk
    direction = np.eye(size)
    direction[:3, :3] = _TO_LPS @ (matrix[:3, :3] / geometry.spacing_mm)
    origin = np.zeros(size)
    origin[:3] = _TO_LPS @ matrix[:3, 3]
    image.SetDirection(direction.ravel().tolist())
    image.SetOrigin(origin.tolist())
    image.SetSpacing([*geometry.spacing_mm, *[frame_step_s or 1.0] * (size - 3)])
