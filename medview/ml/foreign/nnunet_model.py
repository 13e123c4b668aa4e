"""A results folder of nnU-Net v2: dataset.json, plans.json, fold_N/checkpoint_final.pth."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from medview.ml.card import CARD_NAME, ModelCard
from medview.ml.foreign.card_settings import orientation_of, read_foreign_card, settings_of
from medview.ml.foreign.limits import Fields, read_json, refused
from medview.ml.foreign.model import ForeignModel, id_from
from medview.ml.foreign.nnunet_plans import (
    answer_of,
    architecture_of,
    channels_of,
    configuration_of,
    resampling_order,
    rules_of,
)
from medview.ml.foreign.recipe import (
    Channel,
    CropNonzero,
    Normalise,
    Permute,
    Recipe,
    Respace,
    Step,
    Window,
)
from medview.ml.foreign.torch_file import NUMPY_SCALARS, demand_tensors_only

CHECKPOINTS = ("checkpoint_final.pth", "checkpoint_best.pth")
CITATION = "Isensee F et al. nnU-Net. Nature Methods 2021;18:203-211."


def is_nnunet(folder: Path) -> bool:
    """Whether a folder has the files of a training of nnU-Net v2."""
    return (folder / "plans.json").is_file() and (folder / "dataset.json").is_file()


def checkpoints_of(folder: Path) -> tuple[str, ...]:
    """The weights of every fold, final ones before best ones."""
    found = []
    for fold in sorted(path for path in folder.glob("fold_*") if path.is_dir()):
        name = next((name for name in CHECKPOINTS if (fold / name).is_file()), None)
        if name is not None:
            found.append(f"{fold.name}/{name}")
    return tuple(found)


def read_nnunet_model(folder: Path) -> ForeignModel:
    """Read a results folder.

    Raises:
        InputRefused: Something is missing, unknown, or could run a program.
    """
    plans = Fields(read_json(folder / "plans.json"), "plans.json", folder)
    dataset = Fields(read_json(folder / "dataset.json"), "dataset.json", folder)
    card = read_foreign_card(folder) if (folder / CARD_NAME).is_file() else None
    weights = checkpoints_of(folder)
    if not weights:
        raise refused(folder, f"it holds no fold_N/{CHECKPOINTS[0]}", "Copy the whole results folder.")
    for name in weights:
        demand_tensors_only(folder / name, NUMPY_SCALARS)
    configuration = _configuration_name(plans, card)
    channels = channels_of(dataset)
    title = plans.text("dataset_name", dataset.text("name", folder.name))
    facts = _facts(plans, dataset, card, configuration, channels)
    return ForeignModel(
        id=id_from(card.model_id if card else f"{_plain_name(title)}-{configuration}"),
        version=card.version if card else "1",
        title=card.title if card else f"{_plain_name(title)} ({configuration}, nnU-Net)",
        format="nnunet",
        folder=folder,
        weights=weights,
        channels=channels,
        recipe=facts,
        network=_network(plans, configuration, len(channels), facts.answer.channels),
        summary=(card.intended_use if card else "") or dataset.text("description"),
        licence=(card.licence if card else "") or dataset.text("licence", dataset.text("license")),
        citation=(card.citation if card else "") or CITATION,
        card=card,
    )


def _network(plans: Fields, configuration: str, inputs: int, outputs: int) -> dict[str, object]:
    facts = asdict(architecture_of(configuration_of(plans, configuration)))
    return {**facts, "configuration": configuration, "inputs": inputs, "outputs": outputs}


def _configuration_name(plans: Fields, card: ModelCard | None) -> str:
    """From the card, else from the folder's name TRAINER__PLANS__CONFIGURATION, else the only one."""
    if card is not None and "configuration" in card.settings:
        return settings_of(card, plans.folder).text("configuration")
    names = [str(name) for name in plans.inner("configurations").table]
    told = plans.folder.name.rsplit("__", 1)[-1] if "__" in plans.folder.name else ""
    if told in names:
        return told
    if len(names) == 1:
        return names[0]
    raise plans.fail(
        f"it holds the configurations {', '.join(names[:8]) or 'none'}, and the folder's name does not say "
        "which one was trained; name the folder as nnU-Net does, TRAINER__PLANS__CONFIGURATION"
    )


def _facts(
    plans: Fields, dataset: Fields, card: ModelCard | None, name: str, channels: tuple[Channel, ...]
) -> Recipe:
    configuration = configuration_of(plans, name)
    a, b, c = plans.wholes("transpose_forward", 3) if "transpose_forward" in plans.table else (0, 1, 2)
    if {a, b, c} != {0, 1, 2}:
        raise plans.fail("transpose_forward is no order of three axes")
    settings = settings_of(card, plans.folder) if card else Fields({}, "", plans.folder)
    # nnU-Net reads arrays with the stored axes backwards: k, j, i
    order: list[Step] = [orientation_of(settings), Permute((2 - a, 2 - b, 2 - c)), CropNonzero()]
    order.append(Normalise(rules_of(configuration, plans, len(channels))))
    patch = configuration.wholes("patch_size")
    is_flat = len(patch) == 2
    order.append(_respace(configuration, is_flat))
    if len(patch) not in (2, 3) or not all(1 <= size <= 4096 for size in patch):
        raise configuration.fail("patch_size is out of range")
    window = Window(
        patch=(1, *patch) if is_flat else patch,
        slice_axis=0 if is_flat else None,
        mirror_axes=(1, 2) if is_flat else (0, 1, 2),
    )
    try:
        return Recipe(steps=tuple(order), window=window, answer=answer_of(dataset))
    except ValueError as reason:
        raise configuration.fail(str(reason)) from None


def _respace(configuration: Fields, is_flat: bool) -> Respace:
    spacing = configuration.numbers("spacing", 2 if is_flat else 3)
    if not all(0.01 <= size <= 50 for size in spacing):
        raise configuration.fail("spacing is out of range")
    order, across, apart = resampling_order(configuration)
    # a 2-D network keeps the slices as they are
    x, y, z = (0.0, *spacing) if is_flat else spacing
    return Respace(spacing_mm=(x, y, z), order=order, order_across=across, is_across_apart=apart)


def _plain_name(name: str) -> str:
    head, _, tail = name.partition("_")
    is_numbered = head.startswith("Dataset") and head.removeprefix("Dataset").isdigit() and tail
    return (tail if is_numbered else name)[:60]
