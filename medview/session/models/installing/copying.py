"""Copies a stranger's folder or zip into a folder of ours, with limits on everything."""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from medview.core.errors import InputRefused

MOST_FILES = 2000
MOST_BYTES = 20_000_000_000
MOST_RATIO = 200.0
_SMALL_BYTES = 4_000_000
"""Below this a file may be packed as tightly as it likes."""
_MOST_DEPTH, _MOST_NAME = 8, 200
_PIECE = 1 << 20
#: What trainings leave behind and no run needs, and what Python would run instead of a source file.
_LEFT_OUT = re.compile(
    r"(^|/)(\.[^/]*|__pycache__|__MACOSX|validation|predicted_next_stage)(/|$)"
    r"|\.(pyc|pyo|png|pkl)$|(?<!self_test)\.npz$|(^|/)(training_log[^/]*|debug\.json|checkpoint_latest\.pth)$"
)

Check = Callable[[float], None]
"""Told the part that is done; raises `Cancelled`."""


@dataclass(frozen=True)
class _Entry:
    name: str
    size: int


def copy_model(source: Path, target: Path, check: Check) -> None:
    """Copy what a model needs from a folder or a zip.

    Args:
        source: The folder or zip; never written to.
        target: An empty folder.
        check: Told the part that is done; may raise `Cancelled`.

    Raises:
        InputRefused: It holds links, leaves its folder, is too large, or is packed to burst.
    """
    if source.is_dir():
        _copy_folder(source, target, check)
    elif zipfile.is_zipfile(source):
        _unpack(source, target, check)
    else:
        hint = "Choose a model folder, or a zip of one."
        raise InputRefused(f"Cannot install {source.name}", "it is neither a folder nor a zip", hint)


def _copy_folder(source: Path, target: Path, check: Check) -> None:
    entries = list(_files_of(source))
    total = _demand_modest(source, entries, target)
    done = 0
    for entry in entries:
        check(done / max(total, 1))
        place = target / entry.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / entry.name, place, follow_symlinks=False)
        done += entry.size


def _files_of(source: Path) -> Iterator[_Entry]:
    count = 0
    for path in sorted(source.rglob("*")):
        count += 1
        if count > 50 * MOST_FILES:
            raise _refused(source, "it holds too many files to be a model")
        name = path.relative_to(source).as_posix()
        if _LEFT_OUT.search(name):
            continue
        if path.is_symlink():
            raise _refused(source, f"{name} is a link, which may lead anywhere")
        if path.is_file():
            _demand_plain_name(source, name)
            yield _Entry(name, path.stat().st_size)


def _unpack(source: Path, target: Path, check: Check) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            wanted = _wanted(source, archive)
            total = _demand_modest(source, [_Entry(item.filename, item.file_size) for item in wanted], target)
            done = 0
            for item in wanted:
                check(done / max(total, 1))
                done += _unpack_one(source, archive, item, target, check, done / max(total, 1))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as reason:
        detail = f"it is damaged or encrypted ({str(reason).splitlines()[0] if str(reason) else 'no words'})"
        raise _refused(source, detail) from None


def _wanted(source: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    items = archive.infolist()
    if len(items) > 50 * MOST_FILES:
        raise _refused(source, "it holds too many files to be a model")
    seen: set[str] = set()
    wanted = []
    for item in items:
        _demand_plain_name(source, item.filename.rstrip("/") or "/")
        kind = stat.S_IFMT(item.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refused(source, f"{item.filename} is a link or a device, which may lead anywhere")
        if item.is_dir() or _LEFT_OUT.search(item.filename):
            continue
        if item.filename.lower() in seen:
            raise _refused(source, f"it holds {item.filename} twice")
        seen.add(item.filename.lower())
        _demand_modest_ratio(source, item)
        wanted.append(item)
    return wanted


def _demand_plain_name(source: Path, name: str) -> None:
    """Refuse names that would be written anywhere but inside the folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    is_absolute = name.startswith(("/", "\\")) or PureWindowsPath(name).anchor != ""
    if ".." in parts or is_absolute:
        raise _refused(source, f"the name {name!r} in it leads out of the model's folder")
    is_long = len(parts) > _MOST_DEPTH or any(len(part) > _MOST_NAME for part in parts)
    if not parts or is_long or any(ord(letter) < 32 for letter in name) or "\\" in name or ":" in name:
        raise _refused(source, f"the name {name[:80]!r} in it cannot be used")


def _demand_modest_ratio(source: Path, item: zipfile.ZipInfo) -> None:
    if item.file_size > _SMALL_BYTES and item.file_size > MOST_RATIO * max(item.compress_size, 1):
        raise _refused(source, f"{item.filename} would grow {MOST_RATIO:.0f} times and more when unpacked")


def _demand_modest(source: Path, entries: list[_Entry], target: Path) -> int:
    """Refuse too many files or bytes; return the sum of the bytes."""
    total = sum(entry.size for entry in entries)
    if not entries:
        raise _refused(source, "it holds no files")
    if len(entries) > MOST_FILES or total > MOST_BYTES:
        detail = f"it holds {len(entries)} files of {total / 1e9:.1f} GB, too much for a model"
        raise _refused(source, detail)
    free = shutil.disk_usage(target).free
    if total * 1.05 > free:
        detail = f"it needs {total / 1e9:.1f} GB of disk, and {free / 1e9:.1f} GB are free"
        raise _refused(source, detail, "Free some space.")
    return total


def _unpack_one(
    source: Path,
    archive: zipfile.ZipFile,
    item: zipfile.ZipInfo,
    target: Path,
    check: Check,
    part: float,
) -> int:
    """Write one file; what it really holds is counted, whatever the zip says of it."""
    place = target / item.filename
    place.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(item) as packed, place.open("xb") as plain:
        while piece := packed.read(_PIECE):
            written += len(piece)
            if written > item.file_size:
                raise _refused(source, f"{item.filename} holds more than the zip says")
            plain.write(piece)
            check(part)
    return written


def _refused(source: Path, detail: str, hint: str = "Nothing was installed.") -> InputRefused:
    return InputRefused(f"Cannot install {source.name}", detail.rstrip("."), hint)
