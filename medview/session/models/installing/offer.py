"""What a person is shown before a model is installed, and where it waits meanwhile."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from medview.core.errors import InputRefused
from medview.ml import self_test
from medview.ml.card import ModelCard, read_card, verified_sha256, write_card
from medview.ml.foreign.card_settings import UNKNOWN_SHA256
from medview.ml.foreign.folders import format_of, read_model
from medview.ml.foreign.model import FORMAT_WORDS, ForeignModel, weights_sha256
from medview.ml.foreign.specs import spec_of
from medview.ml.foreign.trust import QUESTION
from medview.ml.registry import Registry
from medview.ml.spec import ModelSpec
from medview.session.models.installing.copying import Check, copy_model

WAITING = ".incoming-"
_DEEPEST = 4
_STALE_S = 86_400.0
_MOST_INNER = 60


@dataclass(frozen=True, kw_only=True)
class ModelOffer:
    """A model that waits for a person's yes.

    Args:
        staged: Its folder, copied, beside the installed ones.
        waiting: The folder to remove when nothing comes of it.
        source: Where it came from.
        model_id: Under which it will be listed; for native weights, the method that they belong to.
        title: What people call it.
        format: In words.
        sha256: Of its weights.
        licence: Empty where none was found: to be shown as missing, in red.
        reads: What it needs, a line each.
        makes: What it gives, a line each.
        size_bytes: On disk.
        notes: Sentences to read first.
        question: The warning before a program; empty for what is only numbers.
        has_test: A stored answer lies beside it.
        test_target: The job target that repeats it.
        replaces: Title of what is installed in its place now; empty where nothing is.
        folder_name: Of the folder that it gets.
        card: To be written into the folder; None: the one that is there stays.
    """

    staged: Path
    waiting: Path
    source: Path
    model_id: str
    title: str
    format: str
    sha256: str
    licence: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    size_bytes: int
    notes: tuple[str, ...] = ()
    question: str = ""
    has_test: bool = False
    test_target: str = "medview.zoo.foreign.selftest:run_job"
    replaces: str = ""
    folder_name: str
    card: ModelCard | None = None

    @property
    def is_program(self) -> bool:
        """Whether it is to be trusted, not only installed."""
        return bool(self.question)


def make_offer(source: Path, root: Path, registry: Registry, check: Check) -> ModelOffer:
    """Copy a model beside the installed ones and say what it is; nothing of it is executed.

    Args:
        source: A model folder or a zip of one.
        root: The person's model folder.
        registry: What is installed already.
        check: Told the part that is done; may raise `Cancelled`.

    Raises:
        InputRefused: It cannot be used, and nothing is left of the copy.
    """
    with _waiting_folder(root) as waiting:
        content = waiting / _plain_name(source)
        content.mkdir()
        copy_model(source, content, lambda part: check(0.8 * part))
        staged = model_root(content)
        check(0.85)
        if format_of(staged) == "native":
            return _native_offer(staged, waiting, source, root, registry)
        return _foreign_offer(staged, waiting, source, root, registry)


@contextlib.contextmanager
def _waiting_folder(root: Path) -> Iterator[Path]:
    """A hidden folder beside the installed models, removed where making the offer fails."""
    root.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(root)
    waiting = Path(tempfile.mkdtemp(prefix=WAITING, dir=root))
    try:
        yield waiting
    except BaseException:
        shutil.rmtree(waiting, ignore_errors=True)
        raise


def _remove_leftovers(root: Path) -> None:
    """Remove copies that a program left waiting when it was ended, a day and more ago."""
    for path in root.glob(f"{WAITING}*"):
        if time.time() - path.stat().st_mtime > _STALE_S:
            shutil.rmtree(path, ignore_errors=True)


def _plain_name(source: Path) -> str:
    name = source.stem if source.suffix.lower() == ".zip" else source.name
    return name.lstrip(".")[:120] or "model"


def model_root(folder: Path) -> Path:
    """The model in a folder: itself, or the only one some levels down, as zips often have it.

    Raises:
        InputRefused: There is none, or there are several.
    """
    found = [path for path in _levels(folder) if _holds_model(path)]
    if not found:
        read_model(folder)  # says why
    depth = min(len(path.parts) for path in found)
    top = [path for path in found if len(path.parts) == depth]
    if len(top) > 1:
        names = ", ".join(path.name for path in top[:4])
        raise InputRefused(
            f"Cannot install {folder.name}", f"it holds several models ({names})", "Choose one."
        )
    return top[0]


def _holds_model(folder: Path) -> bool:
    return format_of(folder) != ""


def _levels(folder: Path, depth: int = 0) -> Iterator[Path]:
    yield folder
    if depth < _DEEPEST:
        for inner in sorted(path for path in folder.iterdir() if path.is_dir())[:_MOST_INNER]:
            yield from _levels(inner, depth + 1)


def _native_offer(staged: Path, waiting: Path, source: Path, root: Path, registry: Registry) -> ModelOffer:
    card = read_card(staged)
    known = {spec.id: spec for spec in registry.specs() if spec.weights and not spec.weights[0].verifier}
    if card.model_id not in known:
        detail = f"it holds weights of {card.model_id}, a method that this program does not have"
        raise InputRefused(f"Cannot install {source.name}", detail, f"Known: {', '.join(known)}.")
    spec = known[card.model_id]
    name = staged.name if staged.name != spec.weights[0].folder else f"{staged.name}-own"
    return ModelOffer(
        staged=staged,
        waiting=waiting,
        source=source,
        model_id=spec.id,
        title=card.title,
        format=FORMAT_WORDS["native"],
        sha256=verified_sha256(staged, card),
        licence=card.licence,
        reads=_reads(spec),
        makes=_makes(spec),
        size_bytes=_size(staged),
        notes=(f"Weights for {spec.title}.",),
        has_test=bool(card.self_test),
        test_target=self_test.TARGET,
        replaces=_title_there(root / name),
        folder_name=name,
    )


def _foreign_offer(staged: Path, waiting: Path, source: Path, root: Path, registry: Registry) -> ModelOffer:
    model = read_model(staged)
    _demand_free_id(model, registry)
    found = weights_sha256(staged, model.weights)
    told = model.card.sha256 if model.card is not None else UNKNOWN_SHA256
    if told not in (found, UNKNOWN_SHA256):
        detail = "its weights are not those that its card describes"
        raise InputRefused(f"Cannot install {source.name}", detail, "Copy it again from its source.")
    spec = spec_of(model)
    return ModelOffer(
        staged=staged,
        waiting=waiting,
        source=source,
        model_id=model.id,
        title=model.title,
        format=FORMAT_WORDS[model.format],
        sha256=found,
        licence=model.licence,
        reads=_reads(spec),
        makes=_makes(spec),
        size_bytes=_size(staged),
        notes=model.notes,
        question=QUESTION if model.is_program else "",
        has_test=model.has_test,
        replaces=_title_there(root / model.id),
        folder_name=model.id,
        card=_card_of(model, found),
    )


def _card_of(model: ForeignModel, sha256: str) -> ModelCard:
    """The card that the installed folder gets: what its maker wrote, completed by what was read."""
    plain = ModelCard(model_id=model.id, version=model.version, title=model.title, sha256=sha256)
    old = model.card or plain
    settings = {**old.settings, "format": model.format}
    if model.format == "nnunet":
        settings["configuration"] = str(model.network["configuration"])
    return replace(
        old,
        model_id=model.id,
        sha256=sha256,
        licence=model.licence,
        intended_use=model.summary,
        settings=settings,
        citation=model.citation,
    )


def _demand_free_id(model: ForeignModel, registry: Registry) -> None:
    if any(spec.id == model.id and registry.foreign(spec.id) is None for spec in registry.specs()):
        detail = f"it calls itself {model.id}, as a method of this program does"
        raise InputRefused(f"Cannot install {model.title}", detail, "Change model_id in its card.toml.")


def _reads(spec: ModelSpec) -> tuple[str, ...]:
    return tuple(
        f"{item.role}: {item.title}"
        + (f" ({', '.join(item.modalities)})" if item.modalities else "")
        + ("" if item.required else ", if there is one")
        for item in spec.inputs
    )


def _makes(spec: ModelSpec) -> tuple[str, ...]:
    lines = []
    for item in spec.outputs:
        names = ", ".join(entry.name for entry in item.labels[:12])
        more = f" and {len(item.labels) - 12} more" if len(item.labels) > 12 else ""
        lines.append(f"{item.title}: {names}{more}" if names else item.title)
    return tuple(lines)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _title_there(folder: Path) -> str:
    if not folder.exists():
        return ""
    try:
        return read_card(folder).title
    except InputRefused:
        return folder.name


def discard(offer: ModelOffer) -> None:
    """Remove the copy of a model that nobody wants."""
    shutil.rmtree(offer.waiting, ignore_errors=True)


def put_in_place(offer: ModelOffer, root: Path) -> Path:
    """Move a model to where the registry looks; what was there goes in the same moment.

    Returns:
        The installed folder.
    """
    if offer.card is not None:
        write_card(offer.staged, offer.card)
    target, old = root / offer.folder_name, offer.waiting / "replaced"
    if target.exists():
        target.replace(old)
    try:
        offer.staged.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
    discard(offer)
    return target
