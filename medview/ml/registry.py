"""Which models there are, and whether each can run here."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medview.core.errors import InputRefused, MedviewError
from medview.ml.card import CARD_NAME, ModelCard, read_card
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.shelf import UNTRUSTED, Shelf, is_known_trusted
from medview.ml.model_folders import model_folders
from medview.ml.spec import ModelSpec

BUILT_IN = (
    "medview.zoo.segment.t2_vessels.spec",
    "medview.zoo.synthesize.flair_wmh.spec",
    "medview.zoo.segment.cardiac_pathology.spec",
    "medview.zoo.segment.stroke_lesion.spec",
    "medview.zoo.interactive.pe_med.spec",
    "medview.zoo.fields.instant_ngp.spec",
    "medview.zoo.fields.k_planes.spec",
    "medview.zoo.fields.nerfacto.spec",
    "medview.zoo.fields.nerf.spec",
    "medview.zoo.fields.attenuation.spec",
)
ENTRY_POINT_GROUP = "medview.models"


@dataclass(frozen=True)
class Availability:
    """Whether a model can run here.

    Args:
        ready: It can.
        reason: Why not, as a sentence; empty where it can.
        card: The card of the weights that a run would use; None where there are none.
        folder: The folder of these weights; None for methods without training.
    """

    ready: bool
    reason: str = ""
    card: ModelCard | None = None
    folder: Path | None = None


class Registry:
    """The models of this installation.

    Args:
        spec_modules: Modules that hold a `ModelSpec` named ``SPEC``.
        folders: Where model folders lie, most wanted first; each is a model folder itself
            (it holds a card) or holds model folders.
        with_plugins: Also ask installed packages (entry points ``medview.models``).
    """

    def __init__(
        self, spec_modules: Sequence[str], folders: Sequence[Path] = (), with_plugins: bool = True
    ) -> None:
        self._folders = tuple(folders)
        self.problems: list[str] = []
        built_in = [importlib.import_module(module).SPEC for module in spec_modules]
        self._specs = _by_id([*built_in, *(self._plugin_specs() if with_plugins else ())])
        self._shelf = Shelf(self._folders, self._specs)

    def _plugin_specs(self) -> Iterable[ModelSpec]:
        for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
            try:
                spec = entry.load()
            except (ImportError, AttributeError, ValueError, TypeError) as reason:
                self.problems.append(f"The model {entry.name} cannot be loaded: {reason}.")
                continue
            if isinstance(spec, ModelSpec):
                yield spec
            else:
                self.problems.append(
                    f"The model {entry.name} cannot be loaded: {entry.value} is no ModelSpec."
                )

    def specs(self) -> tuple[ModelSpec, ...]:
        """Every model, whether it can run here or not: built-in ones, then those of the person's folders."""
        return (*self._specs.values(), *(spec for spec, _ in self._shelf.models().values()))

    def learning(self) -> tuple[ModelSpec, ...]:
        """The models that learn from subjects; none of a person's own can, so no folder is looked into."""
        return tuple(spec for spec in self._specs.values() if spec.train_entry and not spec.learns_scenes)

    def scene_methods(self) -> tuple[ModelSpec, ...]:
        """The methods that learn one scene at a time from posed views."""
        return tuple(spec for spec in self._specs.values() if spec.learns_scenes)

    def foreign(self, model_id: str) -> ForeignModel | None:
        """What was read from the folder of a model of the person's own; None for other models."""
        found = self._shelf.models().get(model_id) if model_id not in self._specs else None
        return found[1] if found is not None else None

    def refusals(self) -> tuple[str, ...]:
        """Why packages and folders that look like a model are not listed."""
        self._shelf.models()
        return (*self.problems, *self._shelf.problems)

    def find(self, model_id: str) -> ModelSpec:
        """Return the model of that id; InputRefused lists the known ones where there is none."""
        if model_id in self._specs:
            return self._specs[model_id]
        own = self._shelf.models()
        if model_id not in own:
            known = ", ".join((*self._specs, *own)) or "none"
            raise InputRefused(f"Cannot find the model {model_id}", "it is not installed", f"Known: {known}.")
        return own[model_id][0]

    def weight_folders(self, spec: ModelSpec) -> tuple[Path, ...]:
        """Folders with weights that fit the model, most wanted first: the user's own before the built-in."""
        return tuple(folder for folder in self._candidates(spec) if not _objection(spec, folder))

    def availability(self, spec: ModelSpec, roles: Collection[str] | None = None) -> Availability:
        """Say whether the model can run here, and if not, why; the weights' hash is checked by the run.

        Args:
            spec: The model.
            roles: The inputs of a run, which its weights must be able to read: a card's settings may name
                ``roles`` (all that its network reads) and ``needs`` (those that it does not run without;
                all of them where this is missing). None: any weights will do.
        """
        if not spec.weights:
            return Availability(True)
        own = self.foreign(spec.id)
        if own is not None:
            reason = "" if is_known_trusted(own) else UNTRUSTED
            return Availability(not reason, reason, own.card, own.folder)
        objections = []
        for folder in self._candidates(spec):
            objection = _objection(spec, folder) or _role_objection(folder, roles)
            if not objection:
                return Availability(True, "", read_card(folder), folder)
            objections.append(objection)
        wanted = spec.weights[0]
        missing = f"The weights {wanted.folder}/{wanted.file} are not installed."
        return Availability(False, objections[0] if objections else missing)

    def _candidates(self, spec: ModelSpec) -> list[Path]:
        found = []
        for folder in self._folders:
            inner = [folder] if (folder / CARD_NAME).is_file() else _children(folder)
            found += [path for path in inner if _is_meant_for(spec, path)]
        return found


def _children(folder: Path) -> list[Path]:
    """Model folders in a folder, what was put there last first."""
    cards = sorted(folder.glob(f"*/{CARD_NAME}"), key=lambda card: (-card.stat().st_mtime_ns, card))
    return [card.parent for card in cards]


def _is_meant_for(spec: ModelSpec, folder: Path) -> bool:
    try:
        return read_card(folder).model_id == spec.id
    except MedviewError:
        return folder.name == spec.weights[0].folder


def _objection(spec: ModelSpec, folder: Path) -> str:
    """Why the weights in a folder do not fit a model; empty where they do."""
    try:
        card = read_card(folder)
    except MedviewError as refusal:
        return str(refusal)
    if card.model_id != spec.id:
        return f"The weights in {folder} belong to {card.model_id}, not to {spec.id}."
    if card.version.split(".")[0] != spec.version.split(".")[0]:
        return f"The weights in {folder} are for version {card.version}; this is version {spec.version}."
    if not (folder / spec.weights[0].file).is_file():
        return f"The file {spec.weights[0].file} is missing in {folder}."
    return ""


def _role_objection(folder: Path, roles: Collection[str] | None) -> str:
    """Why the weights in a folder cannot read a run's inputs; empty where they can or do not say."""
    settings = read_card(folder).settings
    reads = settings.get("roles")
    if roles is None or not isinstance(reads, list):
        return ""
    needs = settings.get("needs", reads)
    strange = [role for role in roles if role not in reads]
    missing = [role for role in needs if role not in roles]
    if strange:
        return f"The weights in {folder} read {', '.join(reads)}, not {', '.join(strange)}."
    return f"The weights in {folder} need {', '.join(missing)} too." if missing else ""


def weights_in(spec: ModelSpec, folder: Path) -> Path:
    """Check a model folder named by a person (``--weights DIR``) and return it.

    Raises:
        InputRefused: It holds no weights that fit the model.
    """
    objection = _objection(spec, folder) if spec.weights else f"{spec.title} needs no weights."
    if objection:
        raise InputRefused(f"Cannot use the weights in {folder}", objection.rstrip("."))
    return folder


def _by_id(specs: Iterable[ModelSpec]) -> dict[str, ModelSpec]:
    found: dict[str, ModelSpec] = {}
    for spec in specs:
        if spec.id in found:
            hint = "Remove one of the packages that bring it."
            raise InputRefused("Cannot list the models", f"two are called {spec.id}", hint)
        found[spec.id] = spec
    return found


@functools.cache
def installed() -> Registry:
    """Return the registry of this installation, made at the first call."""
    return Registry(BUILT_IN, model_folders())
