"""Where model folders lie on this machine."""

from __future__ import annotations

import sys
from pathlib import Path


def user_model_folder() -> Path:
    """The person's own models; may not exist yet."""
    import platformdirs

    return platformdirs.user_data_path("medview", appauthor=False) / "models"


def shipped_model_folder() -> Path | None:
    """The models that come with the program: beside the package in a checkout, or packed with it."""
    checkout = Path(__file__).resolve().parents[2]
    packed = getattr(sys, "_MEIPASS", None)
    places = [
        *([Path(packed) / "models"] if packed else []),
        checkout / "models",
        Path(sys.prefix) / "share" / "medview" / "models",
    ]
    return next((place for place in places if place.is_dir()), None)


def model_folders() -> tuple[Path, ...]:
    """All places to look, the person's own first."""
    shipped = shipped_model_folder()
    return (user_model_folder(), *((shipped,) if shipped else ()))
