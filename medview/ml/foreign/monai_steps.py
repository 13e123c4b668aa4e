"""From a MONAI bundle's transforms, inferer and post-processing to a recipe."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from medview.ml.foreign.card_settings import orientation_of
from medview.ml.foreign.limits import Fields
from medview.ml.foreign.monai_config import Configuration, target_of
from medview.ml.foreign.recipe import (
    Answer,
    CropNonzero,
    Normalise,
    Rescale,
    Respace,
    Step,
    Window,
    Within,
)
from medview.ml.spec import LabelSpec

_ORDERS = {"bilinear": 1, "trilinear": 1, "nearest": 0}
_IDLE = frozenset(
    [
        "LoadImaged",
        "EnsureChannelFirstd",
        "EnsureTyped",
        "ToTensord",
        "CastToTyped",
        "ToDeviced",
        "SpatialPadd",
        "Invertd",
        "SaveImaged",
    ]
)


@dataclass
class Preparation:
    """What the preprocessing asks for."""

    steps: list[Step] = field(default_factory=list)
    roles: tuple[str, ...] = ("image",)
    multiple: int = 1


def preparation_of(configuration: Configuration, channels: int) -> Preparation:
    """Read the preprocessing.

    Raises:
        InputRefused: A transform is used in a way that has no equivalent here.
    """
    found = Preparation()
    for fields in configuration.steps("preprocessing"):
        name = target_of(fields)
        if name == "ConcatItemsd":
            found.roles = _words(fields, "keys")
        elif name == "DivisiblePadd":
            found.multiple = fields.whole("k", 1, 1, 1024)
        elif name not in _IDLE and _touches_image(fields):
            found.steps.append(_step(name, fields, channels))
    if len(found.roles) != channels:
        found.roles = ("image",) if channels == 1 else tuple(f"channel{n}" for n in range(channels))
    return found


def _touches_image(fields: Fields) -> bool:
    return _words(fields, "keys") != ("label",)


def _words(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.table.get(name, ())
    rows = [value] if isinstance(value, str) else value
    if not isinstance(rows, list | tuple) or not all(isinstance(row, str) for row in rows):
        raise fields.fail(f"{name} is no list of words")
    return tuple(rows)


def _step(name: str, fields: Fields, channels: int) -> Step:
    match name:
        case "Orientationd":
            return orientation_of(
                Fields({"orientation": fields.text("axcodes", "RAS")}, fields.where, fields.folder)
            )
        case "Spacingd":
            return _respace(fields)
        case "CropForegroundd":
            if "select_fn" in fields.table:
                raise fields.fail("select_fn is a function")
            return CropNonzero(margin=_one(fields, "margin", 0), above=0.0)
        case "NormalizeIntensityd":
            return Normalise((_zscore(fields, channels),))
        case "ScaleIntensityd" | "ScaleIntensityRanged" | "ScaleIntensityRangePercentilesd":
            return Normalise((_scale(name, fields),))
    raise fields.fail(f"{name} has no place before the network")


def _one(fields: Fields, name: str, default: int) -> int:
    value = fields.table.get(name, default)
    same = value[0] if isinstance(value, list) and value and len(set(value)) == 1 else value
    return Fields({name: same}, fields.where, fields.folder).whole(name, default, 0, 1000)


def _respace(fields: Fields) -> Respace:
    x, y, z = fields.numbers("pixdim", 3)
    if not all(0.01 <= size <= 50 for size in (x, y, z)):
        raise fields.fail("pixdim is out of range")
    modes = _words(fields, "mode") or ("bilinear",)
    if modes[0] not in _ORDERS:
        raise fields.fail(f"the mode {modes[0]} is unknown")
    return Respace(spacing_mm=(x, y, z), order=_ORDERS[modes[0]], keeps="centres")


def _zscore(fields: Fields, channels: int) -> Rescale:
    if "subtrahend" in fields.table or "divisor" in fields.table:
        mean, std = fields.number("subtrahend", 0.0), fields.number("divisor", 1.0)
        if std == 0:
            raise fields.fail("divisor is 0")
        return Rescale(kind="given", mean=mean, std=std, within=_within(fields))
    if channels > 1 and not fields.flag("channel_wise", False):
        raise fields.fail("NormalizeIntensityd over several channels at once is not supported")
    return Rescale(kind="zscore", within=_within(fields))


def _within(fields: Fields) -> Within:
    return "nonzero" if fields.flag("nonzero", False) else "all"


def _scale(name: str, fields: Fields) -> Rescale:
    is_clipped = fields.flag("clip", False)
    if name == "ScaleIntensityd":
        if fields.table.get("factor") is not None:
            raise fields.fail("factor is not supported")
        return Rescale(kind="minmax", new_low=fields.number("minv", 0), new_high=fields.number("maxv", 1))
    new_low, new_high = fields.number("b_min", 0.0), fields.number("b_max", 1.0)
    kind, names = ("range", ("a_min", "a_max")) if name == "ScaleIntensityRanged" else (
        "percentiles", ("lower", "upper"))  # fmt: skip
    low, high = (fields.number(word) for word in names)
    if high <= low or fields.flag("relative", False):
        raise fields.fail(f"{names[0]} and {names[1]} are out of range, or relative")
    return Rescale(
        kind=kind,  # type: ignore[arg-type]
        low=low, high=high, new_low=new_low, new_high=new_high, is_clipped=is_clipped,
    )  # fmt: skip


def window_of(configuration: Configuration, spatial_dims: int, multiple: int) -> Window:
    """What the inferer shows the network at a time."""
    fields = configuration.section("inferer")
    axis = 2 if spatial_dims == 2 else None
    if fields is None or target_of(fields) == "SimpleInferer":
        return Window(slice_axis=axis, multiple=multiple)
    if target_of(fields) == "SliceInferer":
        axis = fields.whole("spatial_dim", 0, 0, 2)
    patch = list(fields.wholes("roi_size", spatial_dims))
    if not all(1 <= size <= 4096 for size in patch):
        raise fields.fail("roi_size is out of range")
    if axis is not None:
        patch.insert(axis, 1)
    overlap, mode = fields.number("overlap", 0.25), fields.text("mode", "constant")
    if not 0 <= overlap <= 0.9 or mode not in ("constant", "gaussian"):
        raise fields.fail("overlap or mode is out of range")
    return Window(patch=tuple(patch), slice_axis=axis, overlap=overlap, blend=mode)  # type: ignore[arg-type]


def answer_of(configuration: Configuration, channels: int, names: tuple[LabelSpec, ...]) -> Answer:
    """What the output channels mean, from the post-processing.

    Args:
        configuration: The bundle's.
        channels: That the network makes.
        names: A label for every channel, numbered from 1 where channels overlap, and from 0 (left out)
            where one wins.
    """
    found = Answer(channels=channels, values=(), kind="image", activation="none")
    for fields in configuration.steps("postprocessing"):
        match target_of(fields):
            case "Activationsd":
                found = replace(found, activation=_activation(fields))  # type: ignore[arg-type]
            case "AsDiscreted":
                found = _discrete(fields, found)
            case "KeepLargestConnectedComponentd":
                found = replace(found, keep_largest=_kept(fields, channels))
            case name if name not in _IDLE:
                raise fields.fail(f"{name} has no place after the network")
    if found.kind == "image":
        if channels != 1:
            where = Fields({}, configuration.where, configuration.folder)
            raise where.fail("no AsDiscreted in postprocessing says how the classes are told apart")
        return replace(found, is_synthesized=True)
    by_threshold = found.decide == "threshold"
    values = tuple(range(1, channels + 1)) if by_threshold else tuple(range(channels))
    labels = tuple(item for item in names if item.value in values)
    return replace(
        found, values=values, labels=labels, keep_largest=tuple(v for v in found.keep_largest if v)
    )


def _activation(fields: Fields) -> str:
    if fields.flag("softmax", False):
        return "softmax"
    return "sigmoid" if fields.flag("sigmoid", False) else "none"


def _discrete(fields: Fields, found: Answer) -> Answer:
    if fields.flag("argmax", False):
        return replace(found, kind="labels", decide="argmax", values=tuple(range(found.channels)))
    threshold = fields.number("threshold", 0.5)
    return replace(
        found, kind="labels", decide="threshold", threshold=threshold, values=tuple(range(found.channels))
    )


def _kept(fields: Fields, channels: int) -> tuple[int, ...]:
    if fields.table.get("applied_labels") is None:
        return tuple(range(1, channels + 1))
    value = fields.table["applied_labels"]
    rows = [value] if isinstance(value, int) else value
    return Fields({"applied_labels": rows}, fields.where, fields.folder).wholes("applied_labels")
