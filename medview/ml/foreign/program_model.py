"""A model that is a program: TorchScript, torch.export, or Python code with a card.

Nothing here looks inside the program: what it would do cannot be known from its bytes.
"""

from __future__ import annotations

from pathlib import Path

from medview.ml.card import CARD_NAME
from medview.ml.foreign.card_settings import (
    channels_of,
    named_file,
    read_foreign_card,
    recipe_of,
    settings_of,
)
from medview.ml.foreign.limits import refused
from medview.ml.foreign.model import ForeignModel, id_from

KINDS = {".pt": "TorchScript", ".ts": "TorchScript", ".pt2": "torch.export", ".py": "Python code"}


def is_program_folder(folder: Path) -> bool:
    """Whether a folder without other marks holds a file that only makes sense as a program."""
    return any(path.suffix in KINDS for path in folder.iterdir() if path.is_file())


def read_program_model(folder: Path) -> ForeignModel:
    """Read the card of a program.

    Raises:
        InputRefused: The card is missing, or names no program.
    """
    if not (folder / CARD_NAME).is_file():
        detail = f"it holds a program, and no {CARD_NAME} says what it reads and makes"
        hint = 'Write one with model_id, title and [settings] format = "program", file, labels, patch.'
        raise refused(folder, detail, hint)
    card = read_foreign_card(folder)
    settings = settings_of(card, folder)
    file = named_file(settings)
    kind = KINDS.get(Path(file).suffix)
    if kind is None:
        raise settings.fail(f"file = {file!r} is no program; known are {', '.join(KINDS)}")
    channels = channels_of(settings)
    function = settings.text("function", "run")
    if not function.isidentifier():
        raise settings.fail(f"function = {function!r} is no name of a function")
    return ForeignModel(
        id=id_from(card.model_id),
        version=card.version,
        title=card.title,
        format="program",
        folder=folder,
        weights=(file,),
        channels=channels,
        recipe=recipe_of(settings, len(channels)),
        network={"kind": kind, "file": file, "function": function},
        summary=card.intended_use,
        licence=card.licence,
        citation=card.citation,
        card=card,
        test_tolerance=settings.number("test_tolerance", 1e-3),
        notes=(f"This model is a program ({kind}): when it runs it can do anything that you can do.",),
    )
