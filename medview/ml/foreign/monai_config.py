"""A MONAI bundle's configuration as data: references are followed, expressions are refused.

MONAI itself evaluates every text that begins with ``$`` as Python, and calls whatever ``_target_`` names
(https://docs.monai.io/en/stable/config_syntax.html; advisories GHSA-6vm5-6jv9-rjpj and
GHSA-89gg-p5r5-q6r4 are about that). Here neither happens: both are looked for everywhere and named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medview.ml.foreign.limits import MOST_DEPTH, Fields, read_json, refused

NETWORKS = ("UNet", "BasicUNet", "SegResNet")
#: What says how scans are prepared and answers are read; each has an equivalent here, or nothing to do.
TRANSFORMS = frozenset(
    [
        "Compose",
        "LoadImaged",
        "EnsureChannelFirstd",
        "EnsureTyped",
        "ToTensord",
        "CastToTyped",
        "ToDeviced",
        "Orientationd",
        "Spacingd",
        "ScaleIntensityd",
        "ScaleIntensityRanged",
        "ScaleIntensityRangePercentilesd",
        "NormalizeIntensityd",
        "CropForegroundd",
        "DivisiblePadd",
        "SpatialPadd",
        "ConcatItemsd",
        "Activationsd",
        "AsDiscreted",
        "Invertd",
        "SaveImaged",
        "KeepLargestConnectedComponentd",
    ]
)
INFERERS = ("SlidingWindowInferer", "SimpleInferer", "SliceInferer")
#: Parts of MONAI's own loop, which is not used here.
UNUSED = frozenset(
    [
        "Dataset",
        "CacheDataset",
        "DataLoader",
        "ThreadDataLoader",
        "SupervisedEvaluator",
        "CheckpointLoader",
        "StatsHandler",
        "MeanDice",
        "ignite_metric",
    ]
)
INSTEAD = "configs/medview.json"
_HINT = (
    f"Nothing of it was executed. Write network_def, preprocessing, inferer and postprocessing as plain "
    f"values into {INSTEAD}: it is read instead."
)


def configuration_file(folder: Path, name: str) -> Path:
    """Where a file of the configuration lies: in ``configs`` or beside it."""
    inside = folder / "configs" / name
    return inside if inside.is_file() else folder / name


class Configuration:
    """The tables of one bundle.

    Args:
        folder: The bundle.

    Raises:
        InputRefused: A text is an expression, or a ``_target_`` is unknown.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        chosen = folder / INSTEAD
        path = chosen if chosen.is_file() else configuration_file(folder, "inference.json")
        self.where = path.name
        self.table = read_json(path)
        for name, text in _texts(self.table, ""):
            _demand_plain(folder, self.where, name, text)

    def section(self, *names: str) -> Fields | None:
        """The first of these sections that there is, references followed."""
        for name in names:
            value = self.resolved(self.table.get(name))
            if isinstance(value, Mapping):
                return Fields(value, f"{self.where}, {name}", self.folder)
        return None

    def resolved(self, value: Any, depth: int = 0) -> Any:
        """A value with references such as ``"@network_def"`` replaced by what they name."""
        if depth > MOST_DEPTH:
            raise refused(self.folder, f"{self.where}: its references go in a circle")
        if isinstance(value, str) and value.startswith("@"):
            return self.resolved(self._named(value), depth + 1)
        if isinstance(value, Mapping):
            return {key: self.resolved(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolved(item, depth + 1) for item in value]
        return value

    def steps(self, name: str) -> list[Fields]:
        """The transforms of a section, those that are switched off left out."""
        section = self.section(name)
        if section is None:
            return []
        rows = section.table.get("transforms", [section.table] if "_target_" in section.table else [])
        if not isinstance(rows, list) or len(rows) > 100:
            raise section.fail("transforms is no list")
        fields = [
            Fields(row, f"{self.where}, {name}", self.folder) for row in rows if isinstance(row, Mapping)
        ]
        if len(fields) < len(rows):
            raise section.fail("transforms holds something that is no transform")
        return [row for row in fields if not row.table.get("_disabled_")]

    def _named(self, reference: str) -> Any:
        value: Any = self.table
        for part in reference[1:].replace("::", "#").split("#"):
            if isinstance(value, Mapping) and part in value:
                value = value[part]
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                raise refused(self.folder, f"{self.where}: {reference} names nothing")
        return value


def target_of(fields: Fields) -> str:
    """The class that a table names, without its modules."""
    return fields.text("_target_").rsplit(".", 1)[-1]


def _demand_plain(folder: Path, where: str, name: str, text: str) -> None:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    if text.lstrip().startswith("$"):
        raise refused(folder, f"{where}: {name} is a Python expression ({shown})", _HINT)
    if text.startswith("%"):
        raise refused(folder, f"{where}: {name} is a macro ({shown})", _HINT)
    if name.rsplit(".", 1)[-1] == "_mode_" and text != "default":
        raise refused(folder, f"{where}: {name} is {shown}, which calls a function", _HINT)
    if name.rsplit(".", 1)[-1] == "_target_":
        known = TRANSFORMS | UNUSED | {*NETWORKS, *INFERERS}
        module, _, last = text.rpartition(".")
        is_monai = not module or module == "monai" or module.startswith(("monai.", "ignite."))
        if not is_monai or last not in known:
            raise refused(folder, f"{where}: {name} is {shown}, which is not known here", _HINT)


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every text of a table with the names that lead to it; names are texts too."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if str(key).startswith("$"):
                yield name or "the table", str(key)
            yield from _texts(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _texts(item, f"{name}.{place}")
