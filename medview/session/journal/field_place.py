"""A radiance field in a journal: noted by its folder and the hash of its description, and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from medview.core.errors import MedviewError
from medview.core.radiance import RadianceField
from medview.io.hashing import content_sha256
from medview.ml.field_folder import FACTS_NAME
from medview.session.fields.opening import read_field


def field_facts(folder: Path) -> dict[str, Any]:
    """Where a field lies and what its description was; it is small, so it is hashed at once."""
    try:
        return {"folder": str(folder.absolute()), "sha256": content_sha256(folder / FACTS_NAME)}
    except OSError:
        return {"folder": str(folder.absolute()), "sha256": ""}


def field_again(facts: dict[str, Any]) -> RadianceField | None:
    """Read a field again; None where its folder is gone or holds another training by now."""
    folder = Path(facts["folder"])
    if field_facts(folder)["sha256"] != facts["sha256"]:
        return None
    try:
        field = read_field(folder).data
    except MedviewError:
        return None
    return field if isinstance(field, RadianceField) else None
