"""How a field does on real pictures: those that it learned from, and above all those that it did not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from medview.core.posed_views import PosedViews
from medview.measure.view_quality import psnr, view_quality
from medview.zoo.fields.method import Scene
from medview.zoo.fields.picture import seen
from medview.zoo.fields.plan import Plan
from medview.zoo.fields.rays import camera_rays

Floats = NDArray[np.float64]
Check = Callable[[], None]
_PREVIEW_PIXELS = 4096
_RESIDUAL_PIXELS = 256


@dataclass(frozen=True, eq=False, kw_only=True)
class Judge:
    """Compares a scene with real pictures.

    Args:
        views: All of them.
        near: Distance at which rays begin.
        far: Distance at which they end.
        is_moving: The scene changes with time.
        device: Where the field lies.
    """

    views: PosedViews
    near: float
    far: float
    is_moving: bool
    device: str

    @classmethod
    def of(cls, plan: Plan) -> Judge:
        """The judge of a training."""
        framing = plan.framing
        return cls(
            views=plan.views,
            near=framing.near,
            far=framing.far,
            is_moving=plan.is_moving,
            device=plan.device,
        )

    def glance(self, scene: Scene, view: int, pose: Floats, check: Check) -> tuple[NDArray[np.uint8], float]:
        """A coarse picture (h, w, 3), made of some pixels of the view, and their PSNR in the circle."""
        valid = self.views.valid[view]
        step = max(1, math.ceil(math.sqrt(valid.size / _PREVIEW_PIXELS)))
        numbers = np.arange(valid.size).reshape(valid.shape)[step // 2 :: step, step // 2 :: step]
        found = self._colours(scene, view, pose, numbers, check)
        inside = valid.reshape(-1)[numbers]
        return np.rint(found * 255).astype(np.uint8), psnr(found[inside], self._truth(view, numbers)[inside])

    def picture(self, scene: Scene, view: int, pose: Floats, check: Check) -> Floats:
        """What a view (H, W, 3) looks like from a camera, 0 to 1."""
        valid = self.views.valid[view]
        return self._colours(scene, view, pose, np.arange(valid.size).reshape(valid.shape), check)

    def judged(self, scene: Scene, view: int, pose: Floats, check: Check) -> dict[str, Any]:
        """PSNR and SSIM of a whole view, in the circle and on the frame; see `view_quality`."""
        found, valid = self.picture(scene, view, pose, check), self.views.valid[view]
        quality = view_quality(found, self.views.images[view] / 255, valid)
        told = {name: value for name, value in quality.items() if math.isfinite(value)}
        return {**told, "pixels": valid.size}

    def residual(self, scene: Scene, view: int, pose: Floats, check: Check) -> dict[str, Any]:
        """PSNR in the circle at some evenly spread pixels: cheap, to find pictures that fit badly."""
        inside = np.flatnonzero(self.views.valid[view])
        numbers = inside[:: max(1, len(inside) // _RESIDUAL_PIXELS)]
        if not len(numbers):
            return {"pixels": 0}
        found = self._colours(scene, view, pose, numbers, check)
        return {"psnr_circle": psnr(found, self._truth(view, numbers)), "pixels": len(numbers)}

    def _colours(
        self, scene: Scene, view: int, pose: Floats, numbers: NDArray[np.intp], check: Check
    ) -> Floats:
        """What these pixels (...) of a view look like (..., 3), over black."""
        moment = float(self.views.times[view]) if self.is_moving else None
        rays = camera_rays(pose, self.views.lenses[view], self.near, self.far, moment)
        chosen = rays[torch.as_tensor(numbers.reshape(-1))].to(self.device)
        found = seen(scene, chosen, check).colour.cpu().numpy().astype(np.float64)
        return np.clip(found, 0, 1).reshape(*numbers.shape, 3)

    def _truth(self, view: int, numbers: NDArray[np.intp]) -> Floats:
        return np.asarray(self.views.images[view].reshape(-1, 3)[numbers] / 255, np.float64)
