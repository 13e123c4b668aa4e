"""How near a reconstruction comes to the CT that its radiographs were made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from medview.core.volume import AnyArray
from medview.measure.images import ImageReport
from medview.measure.inner_agreement import compare_inside

BODY_HU = -500.0
"""What is denser counts as the body."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Agreement over the whole grid, and inside the body alone.

    Args:
        whole: All voxels.
        body: Voxels of the CT above `BODY_HU`; None where there are none.
    """

    whole: ImageReport
    body: ImageReport | None

    def as_json(self) -> dict[str, Any]:
        """For the provenance; errors in HU."""
        parts = {"whole": self.whole, "body": self.body}
        return {
            name: {key: value for key, value in report.as_json().items() if key != "kind"}
            for name, report in parts.items()
            if report is not None
        }

    def words(self) -> str:
        """Such as ``"PSNR 34.1 dB, SSIM 0.912, mean error 41 HU (in the body 55 HU)"``."""
        psnr = "infinite" if self.whole.psnr_db is None else f"{self.whole.psnr_db:.1f} dB"
        ssim = "" if self.whole.ssim is None else f", SSIM {self.whole.ssim:.3f}"
        body = "" if self.body is None else f" (in the body {self.body.mae:.0f} HU)"
        return f"PSNR {psnr}{ssim}, mean error {self.whole.mae:.0f} HU{body}"


def likeness(truth_hu: AnyArray, found_hu: AnyArray) -> Likeness:
    """Compare a reconstruction (I, J, K) with the CT, both in HU; the peak is the range of the CT."""
    body = np.asarray(truth_hu > BODY_HU)
    return Likeness(
        whole=compare_inside(truth_hu, found_hu, np.ones(truth_hu.shape, bool)),
        body=compare_inside(truth_hu, found_hu, body) if body.any() else None,
    )
