"""Installing a model: which file, what it is, whether a person wants it."""

from __future__ import annotations

from pathlib import Path

from medview.present.actions import Action, ActionTable
from medview.present.desk import Desk
from medview.present.ports.install_question import InstallFact, InstallQuestion
from medview.session.models.installing.offer import ModelOffer
from medview.session.models.installs import SelfTest, looks_like_model

_MISSING_LICENCE = "MISSING: nobody has said under which terms it may be used"
_HASH_LETTERS = 16


class InstallPresenter:
    """Shows what a model is before it is installed, and asks.

    Args:
        desk: What the actions work with.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(self, desk: Desk, actions: ActionTable) -> None:
        self._window = desk.window
        self._installs = desk.workflows.installs
        self._actions = actions
        self._installs.offered.connect(self._on_offered)

    def _on_offered(self, offer: ModelOffer, tested: SelfTest) -> None:
        wanted = self._window.ask_install(question_of(offer, tested))
        if wanted:
            self._actions.guarded(f"Install {offer.title}", lambda: self._installs.accept(offer))
        else:
            self._installs.decline(offer)


def question_of(offer: ModelOffer, tested: SelfTest) -> InstallQuestion:
    """What a person is shown: the facts in one table, what alarms in red."""
    facts = [
        InstallFact(name="Kind", text=offer.format, is_alarm=offer.is_program),
        InstallFact(name="Licence", text=offer.licence or _MISSING_LICENCE, is_alarm=not offer.licence),
        InstallFact(name="Reads", text="\n".join(offer.reads)),
        InstallFact(name="Makes", text="\n".join(offer.makes)),
        InstallFact(name="Self-test", text=tested.sentence, is_alarm=tested.passed is False),
        InstallFact(name="Size", text=size_words(offer.size_bytes)),
        InstallFact(name="SHA-256", text=_grouped(offer.sha256)),
        InstallFact(name="From", text=str(offer.source)),
    ]
    facts += [InstallFact(name="Note", text=note) for note in offer.notes if not offer.is_program]
    if offer.replaces:
        facts.append(InstallFact(name="Replaces", text=f"{offer.replaces}, which is installed now"))
    return InstallQuestion(
        title=offer.title, facts=tuple(facts), warning=offer.question, needs_trust=offer.is_program
    )


def size_words(size_bytes: int) -> str:
    """Such as ``"3.4 MB"``, or ``"12 kB"`` where that is less than a tenth of one."""
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e5 else f"{max(1, round(size_bytes / 1e3))} kB"


def _grouped(sha256: str) -> str:
    return " ".join(sha256[at : at + _HASH_LETTERS] for at in range(0, len(sha256), _HASH_LETTERS))


def install_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions that install a model, in the order of the File menu."""
    return (
        Action(
            action_id="file.install_model",
            title="Install a model…",
            run=lambda: look_at(desk, desk.window.ask_model_file()),
            tip="Install a zip of an ONNX network, an nnU-Net result, a MONAI bundle or medview weights. "
            "You see what it is before anything is installed.",
            group="models",
        ),
        Action(
            action_id="file.install_model_folder",
            title="Install a model folder…",
            run=lambda: look_at(desk, desk.window.ask_model_folder()),
            tip="The same for a folder. Dropping a zip or a folder on the window does it too.",
            group="models",
        ),
    )


def look_at(desk: Desk, path: Path | None) -> None:
    """Find out what a file or folder is, and ask then; nothing happens where none was chosen."""
    if path is not None:
        desk.workflows.installs.look_at(path)


def split_models(paths: tuple[Path, ...]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The models among paths that a person dropped, and the rest."""
    models = tuple(path for path in paths if looks_like_model(path))
    return models, tuple(path for path in paths if path not in models)
