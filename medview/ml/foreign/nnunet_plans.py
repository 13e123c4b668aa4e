"""nnU-Net's plans.json and dataset.json, in the shapes of versions 2.0 to 2.8, as plain data.

Isensee F et al. nnU-Net: a self-configuring method for deep learning-based biomedical image
segmentation. Nature Methods 2021;18:203-211. What is read here was taken from nnunetv2's plans_handler
(both ``UNet_class_name`` and ``architecture`` styles, ``inherits_from``) and its label manager.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medview.ml.foreign.limits import Fields
from medview.ml.foreign.model import MOST_LABELS, label
from medview.ml.foreign.recipe import Answer, Channel, Rescale
from medview.ml.spec import LabelSpec

NETWORKS = ("PlainConvUNet", "ResidualEncoderUNet")
_RESAMPLERS = ("resample_data_or_seg_to_shape", "resample_torch_fornnunet", "resample_torch_simple")
_ACTIVATIONS = {"torch.nn.LeakyReLU": "LeakyReLU", "torch.nn.ReLU": "ReLU"}
_MODALITY_WORDS = {"ct": ("CT",), "t1": ("T1",), "t1w": ("T1",), "t2": ("T2",), "t2w": ("T2",),
                   "flair": ("FLAIR",), "mri": ()}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What builds the network.

    Args:
        name: One of `NETWORKS`.
        features: Channels of every stage, finest first.
        kernels: Kernel size of every stage.
        strides: Stride of every stage.
        convolutions: Convolutions (or residual blocks) of every stage of the encoder.
        decoder: Convolutions of every stage of the decoder.
        has_bias: Of the convolutions.
        norm_eps: Of the instance normalisation.
        norm_affine: It has weights.
        activation: ``"LeakyReLU"`` or ``"ReLU"``.
    """

    name: str
    features: tuple[int, ...]
    kernels: tuple[tuple[int, ...], ...]
    strides: tuple[tuple[int, ...], ...]
    convolutions: tuple[int, ...]
    decoder: tuple[int, ...]
    has_bias: bool = True
    norm_eps: float = 1e-5
    norm_affine: bool = True
    activation: str = "LeakyReLU"


def configuration_of(plans: Fields, name: str) -> Fields:
    """One configuration with what it inherits.

    Raises:
        InputRefused: There is none of that name, it needs another one's result, or it inherits in a circle.
    """
    tables = plans.inner("configurations").table
    chain: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    wanted: Any = name
    while wanted:
        if wanted in seen or not isinstance(tables.get(wanted), Mapping):
            known = ", ".join(str(key) for key in list(tables)[:8])
            raise plans.fail(f"it has no configuration {wanted}; it has {known}")
        seen.add(wanted)
        chain.append(tables[wanted])
        wanted = tables[wanted].get("inherits_from")
    merged = {key: value for table in reversed(chain) for key, value in table.items()}
    if merged.get("previous_stage") or merged.get("previous_stage_name"):
        raise plans.fail(
            f"{name} is a cascade and needs the result of another network, which is not supported"
        )
    return Fields(merged, f"{plans.where}, {name}", plans.folder)


def architecture_of(configuration: Fields) -> Architecture:
    """What builds the network, from either style of plans."""
    if "architecture" in configuration.table:
        return _from_architecture(configuration.inner("architecture"))
    return _from_old_style(configuration)


def _from_architecture(table: Fields) -> Architecture:
    keys = table.inner("arch_kwargs")
    name = _known_network(table, table.text("network_class_name"))
    stages = keys.whole("n_stages", least=1, most=16)
    blocks = "n_blocks_per_stage" if name == "ResidualEncoderUNet" else "n_conv_per_stage"
    norm = keys.inner("norm_op_kwargs")
    if "InstanceNorm" not in keys.text("norm_op", "torch.nn.InstanceNorm3d"):
        raise keys.fail(f"the normalisation {keys.text('norm_op')} is not supported")
    if keys.table.get("dropout_op") or keys.table.get("nonlin_first"):
        raise keys.fail("dropout_op and nonlin_first are not supported")
    return Architecture(
        name=name,
        features=_per_stage(keys, "features_per_stage", stages),
        kernels=_sizes(keys, "kernel_sizes", stages),
        strides=_sizes(keys, "strides", stages),
        convolutions=_per_stage(keys, blocks, stages),
        decoder=_per_stage(keys, "n_conv_per_stage_decoder", stages - 1),
        has_bias=keys.flag("conv_bias", False),
        norm_eps=norm.number("eps", 1e-5),
        norm_affine=norm.flag("affine", False),
        activation=_known_activation(keys),
    )


def _from_old_style(table: Fields) -> Architecture:
    name = _known_network(table, table.text("UNet_class_name"))
    strides = _sizes(table, "pool_op_kernel_sizes", None)
    stages = len(strides)
    base = table.whole("UNet_base_num_features", least=1, most=1024)
    most = table.whole("unet_max_num_features", 320, 1, 4096)
    return Architecture(
        name=name,
        features=tuple(min(most, base * 2**stage) for stage in range(stages)),
        kernels=_sizes(table, "conv_kernel_sizes", stages),
        strides=strides,
        convolutions=_per_stage(table, "n_conv_per_stage_encoder", stages),
        decoder=_per_stage(table, "n_conv_per_stage_decoder", stages - 1),
    )


def _known_network(table: Fields, path: str) -> str:
    name = path.rsplit(".", 1)[-1]
    if name not in NETWORKS:
        raise table.fail(f"the network {path or '(none)'} is unknown; known are {' and '.join(NETWORKS)}")
    return name


def _known_activation(keys: Fields) -> str:
    path = keys.text("nonlin", "torch.nn.LeakyReLU")
    name = path.rsplit(".", 1)[-1]
    if name not in _ACTIVATIONS.values():
        raise keys.fail(f"the activation {path} is not supported")
    return name


def _per_stage(keys: Fields, name: str, count: int) -> tuple[int, ...]:
    value = keys.table.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return (keys.whole(name, least=1, most=4096),) * count
    found = keys.wholes(name, count)
    if any(not 1 <= number <= 4096 for number in found):
        raise keys.fail(f"{name} is out of range")
    return found


def _sizes(keys: Fields, name: str, count: int | None) -> tuple[tuple[int, ...], ...]:
    rows = keys.table.get(name)
    if not isinstance(rows, list) or not 1 <= len(rows) <= 16 or (count is not None and len(rows) != count):
        raise keys.fail(f"{name} does not name a size for every stage")
    sizes = tuple(Fields({name: row}, keys.where, keys.folder).wholes(name) for row in rows)
    if any(len(size) not in (2, 3) or not all(1 <= n <= 31 for n in size) for size in sizes):
        raise keys.fail(f"{name} is out of range")
    return sizes


def channels_of(dataset: Fields) -> tuple[Channel, ...]:
    """Inputs in the network's order; one is called ``image``."""
    names = dataset.table.get("channel_names", dataset.table.get("modality"))
    if not isinstance(names, Mapping) or not 1 <= len(names) <= 16:
        raise dataset.fail("channel_names names no inputs")
    words = [str(names.get(str(place), names.get(place, ""))) for place in range(len(names))]
    roles = ["image"] if len(words) == 1 else [_role(word, place) for place, word in enumerate(words)]
    if len(set(roles)) < len(roles):
        roles = [f"channel{place}" for place in range(len(words))]
    return tuple(
        Channel(role=role, title=word[:80] or role, modalities=_MODALITY_WORDS.get(word.lower(), ()))
        for role, word in zip(roles, words, strict=True)
    )


def _role(word: str, place: int) -> str:
    cleaned = "".join(letter for letter in word.lower() if letter.isascii() and letter.isalnum())
    return cleaned if cleaned and cleaned[0].isalpha() else f"channel{place}"


def rules_of(configuration: Fields, plans: Fields, channels: int) -> tuple[Rescale, ...]:
    """How the values of every channel are normalised."""
    schemes = configuration.table.get("normalization_schemes")
    masks = configuration.table.get("use_mask_for_norm", [False] * channels)
    if (
        not isinstance(schemes, list)
        or not isinstance(masks, list)
        or {len(schemes), len(masks)} != {channels}
    ):
        raise configuration.fail("normalization_schemes does not fit the inputs")
    intensities = plans.inner("foreground_intensity_properties_per_channel")
    return tuple(
        _rule(configuration, str(scheme), bool(mask), intensities.inner(str(place)))
        for place, (scheme, mask) in enumerate(zip(schemes, masks, strict=True))
    )


def _rule(configuration: Fields, scheme: str, is_masked: bool, measured: Fields) -> Rescale:
    match scheme:
        case "ZScoreNormalization":
            return Rescale(kind="zscore", within="mask" if is_masked else "all")
        case "CTNormalization":
            return Rescale(
                kind="ct",
                low=measured.number("percentile_00_5"),
                high=measured.number("percentile_99_5"),
                mean=measured.number("mean"),
                std=max(measured.number("std"), 1e-8),
            )
        case "NoNormalization":
            return Rescale()
        case "RescaleTo01Normalization":
            return Rescale(kind="minmax", is_clipped=True)
        case "RGBTo01Normalization":
            return Rescale(kind="range", low=0, high=255)
    raise configuration.fail(f"the normalisation {scheme} is unknown")


def answer_of(dataset: Fields) -> Answer:
    """Labels, or regions with the value that each paints, from dataset.json."""
    table = dataset.table.get("labels")
    if not isinstance(table, Mapping) or not 2 <= len(table) <= MOST_LABELS:
        raise dataset.fail("labels names no structures")
    entries = {str(name): value for name, value in table.items() if name not in ("background", "ignore")}
    if any(isinstance(value, list | tuple) for value in entries.values()):
        return _regions(dataset, entries)
    fields = Fields(entries, f"{dataset.where}, labels", dataset.folder)
    numbers = {name: fields.whole(name, least=1, most=65535) for name in entries}
    ordered = sorted(numbers, key=lambda name: numbers[name])
    if [numbers[name] for name in ordered] != list(range(1, len(ordered) + 1)):
        raise dataset.fail("the labels are not numbered 1, 2, 3 …")
    labels = tuple(label(numbers[name], name) for name in ordered)
    values = (0, *(item.value for item in labels))
    return Answer(channels=len(values), values=values, labels=labels, mixes="logits")


def _regions(dataset: Fields, entries: Mapping[str, Any]) -> Answer:
    """Overlapping regions: each has a channel of its own and paints its value in ``regions_class_order``."""
    order = dataset.wholes("regions_class_order", len(entries))
    if any(value < 1 for value in order):
        raise dataset.fail("regions_class_order is out of range")
    labels: dict[int, LabelSpec] = {}
    for name, value in zip(entries, order, strict=True):
        labels[value] = label(value, name)
    return Answer(
        decide="threshold",
        activation="sigmoid",
        channels=len(entries),
        values=order,
        labels=tuple(labels[value] for value in sorted(labels)),
        mixes="logits",
    )


def resampling_order(configuration: Fields) -> tuple[int, int, bool | None]:
    """Spline orders within and across slices for the scan, and whether slices are resampled apart."""
    name = configuration.text("resampling_fn_data", _RESAMPLERS[0])
    if name not in _RESAMPLERS:
        raise configuration.fail(f"the resampling {name} is unknown")
    if name != _RESAMPLERS[0]:
        return 1, 0, False
    keys = configuration.inner("resampling_fn_data_kwargs")
    apart = keys.table.get("force_separate_z")
    return (
        keys.whole("order", 3, 0, 3),
        keys.whole("order_z", 0, 0, 3),
        None if apart is None else bool(apart),
    )
