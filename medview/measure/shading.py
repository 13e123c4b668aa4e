"""Shading of a receive coil: found and divided out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray

_COARSE_MM = 6.0
_LEVELS, _ITERATIONS = 3, 40


def coil_shading(volume: AnyArray, mask: NDArray[np.bool_], geometry: Geometry) -> NDArray[np.float32]:
    """Gain of the coil at every voxel, by N4 (Tustison et al., IEEE TMI 29:1310, 2010).

    It is estimated on blocks of about 6 mm, where a smooth field loses nothing, and evaluated on the scan's
    own voxels. Dividing the scan by it takes the shading out.

    Args:
        volume: (I, J, K); values below 0 and what is not finite do not count.
        mask: Where to look, same shape.
        geometry: The grid, for the size of its voxels.

    Returns:
        (I, J, K) single precision, above 0, 1 on average (geometric mean) in the mask; all 1 where the mask
        is empty or the scan is smaller than four blocks along an axis.
    """
    import SimpleITK as sitk  # noqa: N813 - its usual name

    factors = [max(1, round(_COARSE_MM / mm)) for mm in geometry.spacing_mm]
    if not mask.any() or min(n // f for n, f in zip(volume.shape, factors, strict=True)) < 4:
        return np.ones(volume.shape, np.float32)
    image = np.nan_to_num(np.asarray(volume, np.float32), posinf=0, neginf=0)
    whole, inside = _as_image(np.maximum(image, 0), geometry), _as_image(mask.astype(np.uint8), geometry)
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.SetMaximumNumberOfIterations([_ITERATIONS] * _LEVELS)
    corrector.Execute(sitk.Shrink(whole, factors), sitk.Shrink(inside, factors))
    field = sitk.GetArrayFromImage(corrector.GetLogBiasFieldAsImage(whole)).transpose(2, 1, 0)
    return np.asarray(np.exp(field - field[mask].mean()), np.float32)


def _as_image(array: NDArray[np.generic], geometry: Geometry):  # type: ignore[no-untyped-def]
    import SimpleITK as sitk  # noqa: N813 - its usual name

    image = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
    image.SetSpacing([float(mm) for mm in geometry.spacing_mm])
    return image
