"""What a subject's results were made from, beside them: a batch that is begun again knows what is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medview.io.hashing import content_sha256

_NAME = "batch.json"


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """One finished subject.

    Args:
        made_from: Model, version, weights, parameters, seed and the hash of every scan.
        seconds: That the run took.
        volumes_ml: By label.
    """

    made_from: Mapping[str, Any]
    seconds: float
    volumes_ml: Mapping[str, float]

    @classmethod
    def of(
        cls,
        payload: Mapping[str, Any],
        hashes: Mapping[str, str],
        seconds: float,
        volumes_ml: Mapping[str, float],
    ) -> Stamp:
        """The stamp of a subject's work that is done."""
        return cls(made_from=_made_from(payload, hashes), seconds=seconds, volumes_ml=volumes_ml)

    @classmethod
    def read(cls, folder: Path, payload: Mapping[str, Any]) -> Stamp | None:
        """The stamp in a subject's folder; None where there is none, or something has changed since."""
        try:
            found = cls(**json.loads((folder / _NAME).read_text(encoding="utf-8")))
            hashes = {role: content_sha256(Path(path)) for role, path in payload["scans"].items()}
        except (OSError, ValueError, TypeError):
            return None
        return found if found.made_from == _made_from(payload, hashes) else None

    def write(self, folder: Path) -> None:
        """Keep it in a subject's folder."""
        (folder / _NAME).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @staticmethod
    def remove(folder: Path) -> None:
        """Forget that a subject is done, before its files change."""
        (folder / _NAME).unlink(missing_ok=True)

    @staticmethod
    def is_stamp(path: Path) -> bool:
        """Whether a file of a subject's folder is its stamp."""
        return path.name == _NAME


def _made_from(payload: Mapping[str, Any], hashes: Mapping[str, str]) -> dict[str, Any]:
    facts = {name: payload[name] for name in ("model", "version", "weights_sha256", "params", "seed")}
    plain: dict[str, Any] = json.loads(json.dumps({**facts, "scans": dict(hashes)}, default=str))
    return plain
