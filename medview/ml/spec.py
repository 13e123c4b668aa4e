"""What a model is, as data: a frozen description that needs neither its code nor its weights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from medview.core.params import Param

LayerKind = Literal["image", "labels"]

_ENTRY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_ID = re.compile(r"[a-z][a-z0-9_-]*")


class Task(Enum):
    """What a model does with its inputs."""

    SEGMENT = "segment"
    SYNTHESIZE = "synthesize"
    RESTORE = "restore"
    REGISTER = "register"
    INTERACTIVE = "interactive"
    FIELD = "field"
    CLASSIFY = "classify"


@dataclass(frozen=True, kw_only=True)
class LabelSpec:
    """One structure in a label output.

    Args:
        value: The voxel value, 1 to 65535.
        name: What people call the structure.
        colour: Red, green, blue, 0 to 255.
        code: SNOMED CT code such as ``"59820001"``; empty where none is known.
    """

    value: int
    name: str
    colour: tuple[int, int, int]
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """One scan that a model reads.

    Args:
        role: The word before ``=`` on the command line and in data folders, such as ``"t2"``.
        title: What a form shows.
        modalities: Modalities that fit, such as ``("T2",)``; empty for any.
        required: The model does not run without it.
        dims: Numbers of spatial axes that fit: 3 for volumes, 2 for single slices and pictures.
        kind: Whether the numbers are an image or labels.
    """

    role: str
    title: str
    modalities: tuple[str, ...] = ()
    required: bool = True
    dims: tuple[int, ...] = (3,)
    kind: LayerKind = "image"


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """One layer that a model makes, on the first input's grid unless the run says otherwise.

    Args:
        name: The word used in file names and data folders, such as ``"vessels"``.
        title: What people call the layer.
        kind: ``"labels"`` (whole numbers, named by ``labels``) or ``"image"``.
        labels: The structures of a label output.
        value_unit: Unit of an image output, such as ``"HU"``.
        on_request: Made only when a parameter asks for it; a run may leave it out.
        synthesized: An image that was never measured: marked as such in every view and export.
        colormap: Colours that an image output is first shown with; empty: grey.
        value_range: Lowest and highest value that these colours span; None: as for a scan.
    """

    name: str
    title: str
    kind: LayerKind
    labels: tuple[LabelSpec, ...] = ()
    value_unit: str = ""
    on_request: bool = False
    synthesized: bool = False
    colormap: str = ""
    value_range: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class WeightSpec:
    """Trained numbers that a model needs, found as ``models/FOLDER/FILE`` beside a ``card.toml``.

    Args:
        folder: Name of the model folder.
        file: Name of the weights in it.
        title: What people call them.
        verifier: ``"module:function"`` that takes the folder and returns the hash of weights of another
            format, without torch; empty for safetensors.
    """

    folder: str
    file: str = "weights.safetensors"
    title: str = ""
    verifier: str = ""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Cost of a run on one CPU core as straight lines over the first input's number of voxels."""

    memory_bytes: float = 0.5e9
    memory_bytes_per_voxel: float = 16.0
    seconds: float = 2.0
    seconds_per_voxel: float = 1e-6


@dataclass(frozen=True)
class Forecast:
    """What a run is expected to need: bytes of memory beyond its inputs, and seconds on the CPU."""

    memory_bytes: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A model as the registry, the forms and the command line know it.

    Args:
        id: Such as ``"t2-vessels"``: lower case letters, digits, ``-`` and ``_``.
        version: Of the method and its code, such as ``"1.0"``.
        title: What people call it.
        task: What it does.
        summary: One or two sentences for the tools panel.
        inputs: Scans by role; the first one gives the outputs their grid.
        outputs: Layers that it makes.
        params: What can be set for a run.
        train_params: What can be set for a training.
        entry: ``"module:function"`` with the signature
            ``run(request: RunRequest, ctx: RunContext) -> Mapping[str, array | OutputArray]``; of a method
            that learns scenes, the job target that renders them.
        train_entry: ``"module:function"`` with the signature
            ``train(request: TrainRequest, ctx: RunContext) -> Mapping[str, float]`` (final scores);
            it writes a model folder to ``request.out``. Empty where the model cannot be trained. A method
            that learns scenes takes a `FieldRequest` and writes a field folder.
        weights: The folder under ``models/`` that a run needs (at most one: a file can hold several
            networks, told apart by the prefix of their tensors); empty for methods without training.
        estimate: Straight lines, or ``"module:function"`` that takes a `RunRequest` and returns a
            `Forecast` without importing torch.
        licence: Of the method's code and weights.
        citation: The paper.
        note: A fixed sentence shown with every result.

    Raises:
        ValueError: Names clash or are malformed: a defect of the spec.
    """

    id: str
    version: str
    title: str
    task: Task
    summary: str
    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    entry: str
    params: tuple[Param, ...] = ()
    train_params: tuple[Param, ...] = ()
    train_entry: str = ""
    weights: tuple[WeightSpec, ...] = ()
    estimate: Estimate | str = Estimate()
    licence: str = ""
    citation: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"model id {self.id!r} must be lower case letters, digits, - and _")
        for entry in filter(None, (self.entry, self.train_entry, _entry_of(self.estimate))):
            if not _ENTRY.fullmatch(entry):
                raise ValueError(f"{self.id}: {entry!r} is not of the form module:function")
        if len(self.weights) > 1:
            raise ValueError(f"{self.id}: one file holds all the weights of a model")
        _demand_distinct(self.id, "role", (spec.role for spec in self.inputs))
        _demand_distinct(self.id, "output", (spec.name for spec in self.outputs))
        _demand_distinct(self.id, "parameter", (param.name for param in self.params))
        _demand_distinct(self.id, "training parameter", (param.name for param in self.train_params))
        for output in self.outputs:
            if output.kind == "labels" and not output.labels:
                raise ValueError(f"{self.id}: label output {output.name} names no labels")

    @property
    def learns_scenes(self) -> bool:
        """Whether it learns one scene at a time from posed views, and is never run on a scan."""
        return self.task is Task.FIELD and not self.inputs

    def output(self, name: str) -> OutputSpec:
        """Return the output of that name; KeyError where there is none."""
        return {spec.name: spec for spec in self.outputs}[name]


def _entry_of(estimate: Estimate | str) -> str:
    return estimate if isinstance(estimate, str) else ""


def _demand_distinct(model_id: str, what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{model_id}: {what} {name!r} is named twice")
        seen.add(name)
