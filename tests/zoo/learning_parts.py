"""A small method to train in tests: two channels in, two networks, two optimisers, scores, pictures."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.request import Subject, TrainRequest
from medview.ml.spec import InputSpec, ModelSpec, OutputSpec, Task
from medview.zoo.learning.conduct import Recipe
from medview.zoo.learning.curves import overlay
from medview.zoo.learning.draws import BatchPlan
from medview.zoo.learning.params import ablation_param, training_params
from medview.zoo.learning.phases import Phase, Schedule
from medview.zoo.learning.slices import PreparedSubject, Slices
from medview.zoo.learning.validation import validation_scores
from medview.zoo.learning.workplace import held_still

SIZE = 16
SPEC = ModelSpec(
    id="pair",
    version="2.0",
    title="Pair",
    task=Task.SEGMENT,
    summary="",
    inputs=(InputSpec(role="t1", title="T1"),),
    outputs=(OutputSpec(name="made", title="Made", kind="image"),),
    entry="learning_parts:none",
    train_params=(*training_params(augmentation="None."), ablation_param({"half": "Half"}, "Half of it.")),
)


def prepared(number: int, count: int = 6, channels: int = 2) -> PreparedSubject:
    """A subject whose lower slices show a bright square; the second target is an image."""
    rng = np.random.default_rng([5, number])
    images = rng.uniform(0, 0.4, (count, channels, SIZE, SIZE)).astype(np.float16)
    targets = np.zeros((count, 2, SIZE, SIZE), np.float16)
    targets[: count // 2, 0, 4:9, 5:11] = 1
    images[:, :1] += (0.5 * targets[:, :1]).astype(np.float16)
    targets[:, 1] = images[:, 0] * 2 - 1
    return PreparedSubject.opened(f"subject-{number}", images, targets, 0.001)


def slices(subjects: int = 3, **options) -> Slices:
    return Slices.of([prepared(number, **options) for number in range(subjects)])


class PairLearner:
    """A maker of the second target and a finder of the first, stepped in turn."""

    def __init__(self, held: Slices) -> None:
        self.held = held
        self.maker = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 1))
        self.finder = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.1), nn.Conv2d(4, 1, 1)
        )
        self.modules = {"maker": self.maker, "finder": self.finder}
        self.optimisers = {
            name: torch.optim.Adam(net.parameters(), lr=1e-2) for name, net in self.modules.items()
        }
        self.phases = []

    def step(self, batch, phase, place):
        self.phases.append(phase)
        mask, image = batch.targets[:, :1], batch.targets[:, 1:]
        with torch.no_grad():
            made = place.bare("maker")(batch.images)
        finding = self.finding_loss(place.module("finder"), batch.images, made, mask)
        place.descend("finder", finding)
        made = place.module("maker")(batch.images)
        with held_still(place.bare("finder")) as finder:
            total = functional.mse_loss(made, image) + self.finding_loss(finder, batch.images, made, mask)
        place.descend("maker", total)
        return {"total": total, "finding": finding}

    @staticmethod
    def finding_loss(finder, images, made, mask):
        return functional.binary_cross_entropy_with_logits(finder(torch.cat([images, made], 1)), mask)

    def judge(self, place, ctx):
        return validation_scores(self.found, lambda targets: targets[:, :1] > 0, self.held, place, ctx)

    def found(self, images):
        return self.finder(torch.cat([images, self.maker(images)], 1)) > 0

    def kept(self):
        return {
            f"{name}.{key}": tensor
            for name, net in self.modules.items()
            for key, tensor in net.state_dict().items()
        }

    def picture(self, place):
        subject = self.held.subjects[0]
        truth = subject.targets[0, 0] > 0
        return overlay(np.asarray(subject.images[0, 0], np.float32), truth, truth)


class MeanLearner:
    """One small network without anything that looks at a whole batch, and a loss that is a mean over it."""

    def __init__(self, held: Slices) -> None:
        self.net = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 1, 1))
        self.modules = {"net": self.net}
        self.optimisers = {"sgd": torch.optim.SGD(self.net.parameters(), lr=0.05)}

    def step(self, batch, phase, place):
        loss = functional.mse_loss(place.module("net")(batch.images), batch.targets[:, 1:])
        place.descend("sgd", loss)
        return {"total": loss}

    def judge(self, place, ctx):
        return {"validation_dice": 0.5}

    def kept(self):
        return self.net.state_dict()

    def picture(self, place):
        return None


def pair_recipe(learner=PairLearner, epochs=3, phases=None, subjects=4) -> Recipe:
    """How the small method is trained."""
    falling = Schedule(course="cosine")
    return Recipe(
        spec=SPEC,
        settings={"width": "small"},
        prepare=lambda _subjects, _ctx: [prepared(number) for number in range(subjects)],
        learner=learner,
        plan=lambda batch: BatchPlan(batch=batch, target_kinds=("mask", "image")),
        phases=phases
        or (
            Phase(name="first", epochs=1, is_judged=False),
            Phase(name="second", epochs=epochs, schedule=falling),
        ),
        may_change=("epochs",),
    )


def pair_request(out, resume=False, seed=2, **changes) -> TrainRequest:
    """A request to train it."""
    return TrainRequest(
        model_id="pair",
        version="2.0",
        subjects=(Subject(id="x", arrays={}, geometry=Geometry.from_spacing((2, 2, 2), 1)),),
        params=validate(SPEC.train_params, {"steps_per_epoch": 3, "validation_fraction": 0.25, **changes}),
        out=out,
        resume=resume,
        seed=seed,
    )
