"""Converted networks on this machine: one folder each, named by a hash of all that they depend on."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor, nn

from medview.ml.code_print import code_fingerprint
from medview.zoo.runtimes.openvino_program import version

MODEL = "network.xml"
CHECK = "check.json"


@dataclass(frozen=True, kw_only=True)
class Check:
    """How a converted network compares with torch on one batch of a scan.

    Args:
        equal_share: Part of the pixels, 0 to 1, where both give the same label: the side of 0.5 for maps of
            one channel, the likeliest class for others; of the map that does worst.
        largest_difference: Of any value of any map.
        torch_s: Seconds that torch took.
        runtime_s: Seconds that the converted network took.
    """

    equal_share: float
    largest_difference: float
    torch_s: float
    runtime_s: float


def conversions_folder() -> Path:
    """Where they lie: in the platform's cache folder; may not exist yet."""
    import platformdirs

    return platformdirs.user_cache_path("medview", appauthor=False) / "openvino"


def network_key(network: nn.Module, shape: tuple[int, ...]) -> str:
    """Hash of weights, structure, this program's code, OpenVINO's version and the batch's shape."""
    digest = hashlib.sha256(f"{network!r}{shape}{version()}{code_fingerprint()}".encode())
    for name, tensor in network.state_dict().items():
        digest.update(f"{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


def stored_check(key: str) -> Check | None:
    """What is known of a conversion; None where there is none or it is damaged."""
    folder = conversions_folder() / key
    try:
        return Check(**json.loads((folder / CHECK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def keep(key: str, draft: Path, check: Check) -> Path:
    """Move a finished conversion to its place, and return the model's path."""
    (draft / CHECK).write_text(json.dumps(asdict(check)), encoding="utf-8")
    folder = conversions_folder() / key
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return folder / MODEL


def new_draft() -> Path:
    """A folder to convert into, beside the finished ones."""
    conversions_folder().mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".draft-", dir=conversions_folder()))


def compared(ours: tuple[Tensor, ...], theirs: tuple[Tensor, ...]) -> tuple[float, float]:
    """The share of equal labels in the map that does worst, and the largest difference."""
    shares, differences = [1.0], [0.0]
    for first, second in zip(ours, theirs, strict=True):
        if first.shape != second.shape or not bool(second.isfinite().all()):
            return 0.0, float("inf")
        is_single = first.shape[1] == 1
        labels = [(item >= 0.5) if is_single else item.argmax(1) for item in (first, second)]
        shares.append(float((labels[0] == labels[1]).float().mean()))
        differences.append(float((first - second).abs().max()))
    return min(shares), max(differences)
