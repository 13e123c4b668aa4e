"""What can be set of the study, and the runs that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from medview.core.errors import InputRefused
from medview.core.params import Bool, Choice, Int, Param, Text, validate

MOST_VIEWS = 36
"""Of the 40 views of the abdomen four are held out."""
POSE_METHODS = ("true", "pycolmap", "refined", "progressive")
PARAMS: tuple[Param, ...] = (
    Text(
        name="methods",
        title="Methods",
        help="Which fields are trained: ids as `medview models` lists them, with commas between.",
        default="instant-ngp,nerfacto,k-planes",
    ),
    Text(
        name="views",
        title="Views",
        help="How many views are trained on, up to 36; with commas between; or none.",
        default="6,12,36",
    ),
    Choice(
        name="unmasked",
        title="Without the mask",
        help="Where training without the circle is tried, too: at the most views, everywhere, or not.",
        default="most",
        choices=("most", "all", "none"),
    ),
    Int(
        name="steps",
        title="Steps",
        help="How long each field learns; the method file's figures are of 500 and 300 steps.",
        default=300,
        minimum=1,
        maximum=1_000_000,
    ),
    Choice(
        name="preset",
        title="Preset",
        help="Sizes of the methods: for a CPU or for a graphics card.",
        default="cpu-demo",
        choices=("cpu-demo", "gpu-default"),
    ),
    Bool(
        name="headlight",
        title="Headlight",
        help="The light moves with the camera, as in a real laparoscope, and breaks what fields assume.",
        default=False,
    ),
    Int(
        name="threads",
        title="Threads",
        help="Of trainings and of structure from motion.",
        default=2,
        minimum=1,
        maximum=256,
    ),
    Text(
        name="poses",
        title="Methods of poses",
        help="Which of true, pycolmap, refined and progressive are tried; or none.",
        default="true,pycolmap,refined,progressive",
    ),
    Text(
        name="frames",
        title="Frames",
        help="How many frames of the film structure from motion is given; with commas between.",
        default="20,40",
    ),
    Int(
        name="pose_views",
        title="Views of learned poses",
        help="Views of the abdomen whose cameras are learned: refined from noise, or from nothing.",
        default=36,
        minimum=8,
        maximum=400,
    ),
    Int(
        name="pose_steps",
        title="Steps of learned poses",
        help="How long cameras are learned, as in the method file.",
        default=1000,
        minimum=1,
        maximum=1_000_000,
    ),
)


@dataclass(frozen=True, kw_only=True)
class FieldRun:
    """One training: the words under which its result is kept."""

    method: str
    views: int
    is_masked: bool
    steps: int
    preset: str
    headlight: bool
    threads: int
    seed: int
    device: str

    @property
    def key(self) -> str:
        """A folder's name that no other run has."""
        light = "-headlight" if self.headlight else ""
        mask = "masked" if self.is_masked else "unmasked"
        sizes = f"{self.views}-{mask}-{self.steps}-{self.preset}{light}"
        return f"field-{self.method}-{sizes}-{self.device}-{self.threads}-{self.seed}"


@dataclass(frozen=True, kw_only=True)
class PoseRun:
    """One search for cameras."""

    method: str
    frames: int
    steps: int
    threads: int
    seed: int
    device: str

    @property
    def key(self) -> str:
        """A folder's name that no other run has."""
        return f"poses-{self.method}-{self.frames}-{self.steps}-{self.device}-{self.threads}-{self.seed}"


@dataclass(frozen=True, kw_only=True)
class StudyPlan:
    """All that is run, in its order.

    Args:
        settings: Values of `PARAMS`.
        fields: Trainings.
        poses: Searches for cameras.
    """

    settings: Mapping[str, Any]
    fields: tuple[FieldRun, ...]
    poses: tuple[PoseRun, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "settings": dict(self.settings),
            "fields": [asdict(run) for run in self.fields],
            "poses": [asdict(run) for run in self.poses],
        }


def planned(values: Mapping[str, object], seed: int, device: str) -> StudyPlan:
    """The runs that follow from settings.

    Raises:
        InputRefused: A setting is unknown or out of range.
    """
    settings = validate(PARAMS, values)
    views = _numbers(settings, "views", 3, MOST_VIEWS)
    methods = _words(settings, "methods")
    common = {name: settings[name] for name in ("steps", "preset", "headlight", "threads")}
    fields = tuple(
        FieldRun(method=method, views=count, is_masked=is_masked, seed=seed, device=device, **common)  # type: ignore[arg-type]
        for count in views
        for method in methods
        for is_masked in _masks(str(settings["unmasked"]), count == max(views))
    )
    return StudyPlan(settings=settings, fields=fields, poses=tuple(_pose_runs(settings, seed, device)))


def _masks(unmasked: str, is_most: bool) -> tuple[bool, ...]:
    return (True, False) if unmasked == "all" or (unmasked == "most" and is_most) else (True,)


def _pose_runs(settings: Mapping[str, Any], seed: int, device: str) -> Iterator[PoseRun]:
    methods, frames = _words(settings, "poses"), _numbers(settings, "frames", 3, 3000)
    unknown = [method for method in methods if method not in POSE_METHODS]
    if unknown:
        known = ", ".join(POSE_METHODS)
        raise InputRefused("Cannot plan the study", f"poses={unknown[0]} is no method", f"Known: {known}.")
    for method in methods:
        is_learned = method in ("refined", "progressive")
        steps = int(settings["pose_steps"]) if is_learned else 0
        counts = (int(settings["pose_views"]),) if is_learned else frames
        yield from (
            PoseRun(
                method=method,
                frames=count,
                steps=steps,
                threads=int(settings["threads"]),
                seed=seed,
                device=device,
            )
            for count in counts
        )


def _words(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in str(settings[name]).split(",") if word.strip())
    return () if words == ("none",) else words


def _numbers(settings: Mapping[str, Any], name: str, least: int, most: int) -> tuple[int, ...]:
    words = _words(settings, name)
    if not all(word.isdigit() and least <= int(word) <= most for word in words):
        detail = f"{name}={settings[name]} holds something else than numbers from {least} to {most}"
        raise InputRefused("Cannot plan the study", detail, "Put commas between them: 6,12,36.")
    return tuple(sorted({int(word) for word in words}))
