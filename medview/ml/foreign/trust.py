"""Which programs a person has said may run: by the hash of every byte in their folders.

The list lies in the person's configuration, never in a model's folder, so that no model can bring it along.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from medview.core.errors import InputRefused
from medview.ml.foreign.model import ForeignModel, content_sha256

#: Told to a person before a program is trusted, word for word.
QUESTION = (
    "This model is a program, not only numbers. When it runs it can do anything that you can do on this "
    "computer: read, change, delete and send your files. medview runs it in a process of its own, which "
    "protects this window from its crashes, not you from its intentions. Run it only if you trust who "
    "made it."
)


def trust_file() -> Path:
    """Where the list is kept."""
    named = os.environ.get("MEDVIEW_CONFIG_DIR")
    if named:
        return Path(named) / "trusted_programs.json"
    import platformdirs

    return platformdirs.user_config_path("medview", appauthor=False) / "trusted_programs.json"


def is_trusted(model: ForeignModel) -> bool:
    """Whether exactly these bytes were trusted; whatever is no program always is."""
    return not model.is_program or is_trusted_hash(content_sha256(model.folder))


def is_trusted_hash(sha256: str) -> bool:
    """Whether a folder of this content was trusted."""
    return sha256 in _trusted()


def trust(model: ForeignModel) -> None:
    """Remember that a person trusts a program as it is now."""
    kept = {**_trusted(), content_sha256(model.folder): model.title}
    path = trust_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    draft.replace(path)


def demand_trust(model: ForeignModel) -> None:
    """Refuse a program that nobody has said yes to.

    Raises:
        InputRefused: It is a program, and not trusted, or changed since.
    """
    if not is_trusted(model):
        raise InputRefused(
            f"Cannot run {model.title}",
            "it is a program that can do anything you can do, and you have not said that you trust it",
            "Install it again and answer the question, or name --trust on the command line.",
        )


def _trusted() -> dict[str, str]:
    try:
        stored = json.loads(trust_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in stored.items()} if isinstance(stored, dict) else {}
