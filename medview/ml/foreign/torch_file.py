"""What a file written by torch.save asks for, listed without torch and without unpickling anything.

Such a file is a zip of a pickle and raw tensors. A pickle is a small program: it names classes and
functions to call. Here its operations are read as text, and anything but tensors is refused by name;
the loading itself (in zoo/foreign) uses torch's own restricted unpickler as a second wall.
"""

from __future__ import annotations

import pickletools
import zipfile
from pathlib import Path

from medview.ml.foreign.limits import refused

MOST_PICKLE_BYTES = 200_000_000
MOST_ENTRIES = 200_000
MOST_BYTES = 20_000_000_000

_STORAGES = frozenset(
    f"torch {kind}Storage"
    for kind in ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
)
PLAIN = _STORAGES | {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch Size",
    "torch device",
    "torch float32",
    "torch float16",
    "torch bfloat16",
    "torch.storage UntypedStorage",
}
#: nnU-Net keeps its learning curves as numpy scalars in the checkpoint.
NUMPY_SCALARS = frozenset(
    {
        "numpy dtype",
        "numpy.core.multiarray scalar",
        "numpy._core.multiarray scalar",
        "_codecs encode",
        "numpy.dtypes Float64DType",
        "numpy.dtypes Float32DType",
        "numpy.dtypes Int64DType",
    }
)


def demand_tensors_only(path: Path, allowed: frozenset[str] | set[str] = frozenset()) -> None:
    """Look through a file of weights.

    Args:
        path: The file.
        allowed: What its pickle may name beside tensors.

    Raises:
        InputRefused: It is no file of torch.save, is a program, is packed to burst, or names something
            that is no tensor.
    """
    folder = path.parent
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise refused(folder, f"{path.name} is missing, is a link or is too large")
    try:
        with zipfile.ZipFile(path) as archive:
            _demand_sound(archive, path)
            text = archive.read(_pickle_name(archive, path))
        foreign = foreign_names(text) - PLAIN - allowed
    except (zipfile.BadZipFile, OSError, ValueError, IndexError, KeyError, EOFError):
        detail = f"{path.name} is damaged or was not written by torch.save"
        raise refused(folder, detail, "Copy it again from its source.") from None
    if foreign:
        name = sorted(foreign)[0].replace(" ", ".")
        raise refused(
            folder,
            f"{path.name} asks for {name}, which is no tensor: loading it could run a program",
            "Nothing of it was executed. Ask its makers for the weights alone, as safetensors.",
        )


def is_program(path: Path) -> bool:
    """Whether a file is a TorchScript or torch.export program, told by the names inside it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False
    marks = ("/constants.pkl", "/code/", "archive_format", "serialized_exported_program.json")
    return any(mark in f"/{name}" for name in names for mark in marks)


def foreign_names(text: bytes) -> set[str]:
    """Every class or function that a pickle names, as ``"module name"``.

    Raises:
        ValueError: It is no pickle, or names them in a way that torch.save never does.
    """
    found = set()
    for operation, argument, _place in pickletools.genops(text):
        if operation.name in ("GLOBAL", "INST"):
            found.add(str(argument))
        elif operation.name in ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4"):
            found.add(f"pickle {operation.name.lower()}")
    return found


def _demand_sound(archive: zipfile.ZipFile, path: Path) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise refused(path.parent, f"{path.name} is packed in a way that torch.save does not use")
    if sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise refused(path.parent, f"{path.name} claims to hold more than it does")
    if any("/code/" in f"/{entry.filename}" for entry in entries):
        hint = "Install it with a card.toml of format program, and it runs apart, after a question."
        raise refused(path.parent, f"{path.name} is a program (TorchScript), not weights", hint)


def _pickle_name(archive: zipfile.ZipFile, path: Path) -> str:
    names = [name for name in archive.namelist() if name.count("/") <= 1 and name.endswith("data.pkl")]
    if len(names) != 1 or archive.getinfo(names[0]).file_size > MOST_PICKLE_BYTES:
        raise refused(path.parent, f"{path.name} is not a file of torch.save")
    return names[0]
