"""One training's networks, cameras and optimisers, and a step of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Adam, Optimizer

from medview.zoo.fields.checkpoint import load_checkpoint, save_checkpoint
from medview.zoo.fields.losses import depth_loss, distortion_loss, rgb_loss
from medview.zoo.fields.method import Scene
from medview.zoo.fields.plan import Plan
from medview.zoo.fields.ray_pool import RayBatch, RayPool
from medview.zoo.fields.schedules import POSE_DECAY, POSE_RATE, POSES_FROM, pictures_at, rate_factor
from medview.zoo.fields.training_cameras import TrainingCameras, between, drift, drifted
from medview.zoo.fields.volume_rendering import Rendered, render_rays

_BETAS, _EPSILON = (0.9, 0.99), 1e-15
_SPARSE_SHARE = 0.125


class Learner:
    """Learns a scene step by step.

    Args:
        plan: What was decided.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.step = 0
        self.scene = _fresh(plan)
        moves = plan.settings.moves_cameras
        self._cameras = TrainingCameras(plan.framing.poses[plan.training], moves=moves).to(plan.device)
        share = _SPARSE_SHARE if plan.settings.depth_from_points else 0.0
        self._pool = RayPool(plan.views.only(plan.training), plan.distances(), plan.device, share)
        learned = [each for each in self.scene.parameters() if each.requires_grad]
        self._adam = _adam(learned, plan.method.learning_rate)
        self._pose_adam = _adam([self._cameras.omega, self._cameras.tau], POSE_RATE) if moves else None

    def advance(self, check: Callable[[], None]) -> float:
        """Learn from one batch of rays; returns the loss of its colours.

        Args:
            check: Called before work that takes long; where it raises, the step has not happened.
        """
        plan, settings = self.plan, self.plan.settings
        self.scene.field.advance(self.step / settings.steps)
        generator = step_generator(plan.seed, self.step, plan.device)
        pictures = self._appended()
        batch = self._pool.draw(generator, settings.rays, pictures)
        losses = self._losses(batch, generator)
        check()
        for optimiser in self._optimisers().values():
            optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        check()
        self._descend()
        self.step += 1
        self.scene.sampler.refresh(self.step, self.scene.field, generator)
        return float(losses["rgb"].detach())

    def poses(self) -> NDArray[np.float64]:
        """Camera to scene of all views (n, 4, 4) as they are now.

        What is held out goes along with the drift of the others; where poses are found from picture to
        picture, it lies between its neighbours.
        """
        given, training, held_out = self.plan.framing.poses, self.plan.training, self.plan.held_out
        if not self.plan.settings.moves_cameras:
            return given
        now = self._cameras.poses()
        found = drifted(given, *drift(given[training], now))
        found[training] = now
        if self.plan.settings.progressive:
            found[held_out] = between(now, training, held_out)
        return found

    def save(self, out: Path, facts: Mapping[str, Any]) -> None:
        """Write a checkpoint."""
        save_checkpoint(out, self._modules(), self._optimisers(), {"step": self.step, **facts})

    def load(self, out: Path) -> dict[str, Any]:
        """Take up a checkpoint; InputRefused where there is none that fits."""
        standing = load_checkpoint(out, self._modules(), self._optimisers())
        self.step = int(standing["step"])
        self.scene.field.advance(self.step / self.plan.settings.steps)
        return standing

    def _modules(self) -> dict[str, torch.nn.Module]:
        return {"scene": self.scene, "cameras": self._cameras}

    def _optimisers(self) -> dict[str, Optimizer]:
        poses = {} if self._pose_adam is None else {"pose_adam": self._pose_adam}
        return {"adam": self._adam, **poses}

    def _appended(self) -> int:
        """How many views are learned from; in progressive mode a new one starts where the last one is."""
        settings, count = self.plan.settings, len(self.plan.training)
        if not settings.progressive:
            return count
        pictures = pictures_at(self.step, count, settings.append_every)
        if self.step and pictures > pictures_at(self.step - 1, count, settings.append_every):
            self._cameras.follow(pictures - 1)
        return pictures

    def _losses(self, batch: RayBatch, generator: torch.Generator) -> dict[str, Tensor]:
        plan, settings = self.plan, self.plan.settings
        framing = plan.framing
        rays = self._cameras.rays(batch, framing.near, framing.far, is_moving=plan.is_moving)
        seen = render_rays(self.scene.field, self.scene.sampler, rays, generator)
        behind = torch.zeros_like(batch.colours)
        if settings.background == "random":
            behind = torch.rand(behind.shape, generator=generator, device=behind.device)
        losses = {"rgb": rgb_loss(seen.over(behind), batch.colours)}
        if settings.lambda_dist:
            losses["distortion"] = settings.lambda_dist * distortion_loss(seen.weights, _edges(seen))
        if batch.distances is not None:
            losses["depth"] = settings.lambda_depth * depth_loss(seen.depth, batch.distances)
        own = self.scene.sampler.losses(seen.samples, seen.weights)
        return {**losses, **own, **self.scene.field.extra_losses()}

    def _descend(self) -> None:
        plan, steps = self.plan, self.plan.settings.steps
        factor = rate_factor(self.step, steps, plan.preset.decay, plan.preset.warm_up)
        _step(self._adam, plan.method.learning_rate * factor)
        if self._pose_adam is not None and self.step >= POSES_FROM:
            _step(self._pose_adam, POSE_RATE * rate_factor(self.step, steps, POSE_DECAY, 0))


def step_generator(seed: int, step: int, device: str) -> torch.Generator:
    """Random numbers of a step: from seed and step alone, so that a resumed training draws the same."""
    state = np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0]
    return torch.Generator(device).manual_seed(int(state >> np.uint64(1)))


def _fresh(plan: Plan) -> Scene:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)
        return plan.method.build(plan.config, plan.framing.box).to(plan.device)


def _adam(parameters: list[torch.nn.Parameter], rate: float) -> Adam:
    return Adam(parameters, lr=rate, betas=_BETAS, eps=_EPSILON, fused=True)


def _step(optimiser: Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.step()


def _edges(seen: Rendered) -> Tensor:
    """Edges (R, S + 1) of the samples, 0 at the first and 1 at the last of each ray."""
    samples = seen.samples
    edges = torch.cat([samples.t_starts, samples.t_ends[:, -1:]], 1)
    first, last = edges[:, :1], edges[:, -1:]
    return (edges - first) / (last - first).clamp(min=1e-6)
