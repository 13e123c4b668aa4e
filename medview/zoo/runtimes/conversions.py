"""Converted networks on this machine: one folder each, named by a hash of all that they depend on.

A conversion is the compiled network as OpenVINO exports it (`BLOB`), which is loaded by compiled code that
trusts it. Only what this person's program has written is loaded: the folder is the person's alone, and the
blob must have the hash that was noted when it was made. Any other is left alone or made anew. The oldest go
when all together outgrow `BUDGET_BYTES`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from medview.ml.code_print import code_fingerprint
from medview.zoo.runtimes.openvino_program import version
from medview.zoo.runtimes.prepared import signature

BLOB = "network.blob"
CHECK = "check.json"
BUDGET_BYTES = 500 * 10**6
_DRAFT = ".draft-"
_ABANDONED_S = 3600.0
"""A draft of a conversion that is older was left by a process that was killed."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """How a converted network compares with torch on one batch of a scan.

    Args:
        equal_share: Part of the pixels, 0 to 1, where both give the same label: the side of 0.5 for maps of
            one channel, the likeliest class for others; of the map that does worst.
        largest_difference: Of any value of any map.
        torch_s: Seconds that torch took.
        runtime_s: Seconds that the converted network took.
        blob_sha256: Of the compiled network.
    """

    equal_share: float
    largest_difference: float
    torch_s: float
    runtime_s: float
    blob_sha256: str = ""


def conversions_folder() -> Path:
    """Where they lie: in the platform's cache folder; may not exist yet."""
    import platformdirs

    return platformdirs.user_cache_path("medview", appauthor=False) / "openvino"


def network_key(network: nn.Module, shape: tuple[int, ...]) -> str:
    """Hash of weights, structure, batch shape, this program's code, OpenVINO's version and processor."""
    facts = (
        signature(network),
        shape,
        version(),
        code_fingerprint(),
        sorted(torch.cpu.get_capabilities().items()),
    )
    digest = hashlib.sha256(repr(facts).encode())
    for name, tensor in network.state_dict().items():
        digest.update(f"{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy())
    return digest.hexdigest()[:32]


def stored_check(key: str) -> Check | None:
    """What is known of a conversion; None where there is none, or it is damaged or somebody else's."""
    folder = conversions_folder() / key
    try:
        if not (_is_own(folder.parent) and _is_own(folder)):
            return None
        return Check(**json.loads((folder / CHECK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def stored_blob(key: str, check: Check) -> bytes | None:
    """The compiled network of a conversion; None where it is not, bit for bit, what was stored."""
    folder = conversions_folder() / key
    try:
        blob = (folder / BLOB).read_bytes()
        os.utime(folder)
    except OSError:
        return None
    return blob if hashlib.sha256(blob).hexdigest() == check.blob_sha256 else None


def keep(key: str, blob: bytes, check: Check) -> None:
    """Store a conversion in one step, and let the oldest go; where that cannot be done, nothing is stored."""
    whole = conversions_folder()
    with contextlib.suppress(OSError):
        whole.mkdir(parents=True, exist_ok=True)
        whole.chmod(0o700)
        if not _is_own(whole):
            return
        _make_room(whole, len(blob))
        with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=whole) as draft:
            inner = Path(draft) / key
            inner.mkdir(mode=0o700)
            (inner / BLOB).write_bytes(blob)
            noted = replace(check, blob_sha256=hashlib.sha256(blob).hexdigest())
            (inner / CHECK).write_text(json.dumps(asdict(noted)), encoding="utf-8")
            shutil.rmtree(whole / key, ignore_errors=True)
            inner.rename(whole / key)


def discard(key: str) -> None:
    """Remove a conversion."""
    shutil.rmtree(conversions_folder() / key, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Whether a folder is one of this person's, and nobody else may write into it."""
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        return False
    return not hasattr(os, "getuid") or (facts.st_uid == os.getuid() and not facts.st_mode & 0o022)


def _make_room(whole: Path, size: int) -> None:
    """Remove abandoned drafts, what is no conversion of today's kind, and the oldest beyond the budget."""
    left = BUDGET_BYTES - size
    for _, place in sorted(_by_age(whole), reverse=True):
        left -= sum(path.stat().st_size for path in place.iterdir() if path.is_file())
        if left < 0 or not (place / BLOB).is_file():
            shutil.rmtree(place, ignore_errors=True)


def _by_age(whole: Path) -> Iterator[tuple[float, Path]]:
    """Time of the last use and place of every conversion, and of drafts that nobody works on any more."""
    for place in whole.iterdir():
        used_s = place.lstat().st_mtime
        if place.is_dir() and (not place.name.startswith(_DRAFT) or time.time() - used_s > _ABANDONED_S):
            yield used_s, place


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
