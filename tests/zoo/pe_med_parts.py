"""A small PE-MED model folder with fresh weights, and questions to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from medview.ml.card import ModelCard
from medview.zoo.interactive.pe_med.clicking import answer
from medview.zoo.interactive.pe_med.model_folder import KINDS, write_folder
from medview.zoo.interactive.pe_med.network import PeMed
from medview.zoo.interactive.pe_med.settings import NetworkSettings

SMALL = NetworkSettings(
    widths=(16, 32, 64, 128), blocks=(1, 1, 1, 1), heads=(1, 2, 4, 8), reductions=(4, 2, 1, 1), grid=64
)


@dataclass
class FakeLink:
    """A job's link that may be cancelled."""

    scratch: Path
    threads: int = 1
    cancelled: bool = False

    def is_cancelled(self) -> bool:
        return self.cancelled

    def progress(self, fraction: float, message: str) -> None: ...

    def preview(self, name: str, offset_ijk: Any, array: Any) -> None: ...

    def report(self, step: int, values: Any) -> None: ...


def model_folder(folder: Path, settings: NetworkSettings = SMALL) -> Path:
    """Fresh weights whose answers depend on what is asked."""
    torch.manual_seed(0)
    net = PeMed(settings)
    with torch.no_grad():
        for part in net.parameters():
            part.add_(0.05 * torch.randn_like(part))
    card = ModelCard(model_id="pe-med", version="1.0", title="Test", sha256="0" * 64)
    write_folder(folder, {KINDS[settings.dims]: (settings, net.state_dict())}, card)
    return folder


def ask(
    folder: Path, image: np.ndarray, arrays: dict[str, np.ndarray] | None = None, **payload: Any
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """One question, with defaults for what is not given."""
    sent = {"image": image, "mask": np.zeros(image.shape, np.uint8), **(arrays or {})}
    defaults = {
        "weights": str(folder),
        "include": [],
        "exclude": [],
        "box": None,
        "range": None,
        "spacing_mm": [1.0] * image.ndim,
        "is_first": True,
        "threshold": 0.5,
        "self_loop": 1,
        "memory": True,
    }
    return answer({**defaults, **payload}, sent, FakeLink(folder))
