"""Commands on files: info, convert, sample, evaluate."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medview.cli.filling import filling
from medview.cli.scene_evaluation import add_scene_words, evaluate_scene
from medview.cli.scenes import describe_field, field_text
from medview.cli.terminal import Bar, WrongWords, progress_bar, say, say_json, tell, tell_error
from medview.core.errors import InputRefused, MedviewError
from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.volume import Volume
from medview.io import readers
from medview.io.captures.capture import holds_frames, is_posed_capture
from medview.io.captures.description import capture_text, describe_capture
from medview.io.label_values import as_label_array, guess_kind
from medview.io.video import is_video
from medview.io.watch import Watch
from medview.io.writers import convert, write_labels, write_volume
from medview.ml.field_folder import is_field_folder

if TYPE_CHECKING:
    from medview.phantoms.study import Study

Commands = Any  # argparse keeps the type of its sub-parsers to itself


def add_commands(commands: Commands) -> None:
    """Declare the words of these commands."""
    info = commands.add_parser("info", help="what the readers understood of each file")
    info.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    info.add_argument("--json", action="store_true")
    info.set_defaults(command=_info)

    change = commands.add_parser("convert", help="read a scan and write it in another format")
    change.add_argument("source", type=Path, metavar="IN")
    change.add_argument("target", type=Path, metavar="OUT")
    change.set_defaults(command=_convert)

    sample = commands.add_parser("sample", help="write a synthetic study")
    sample.add_argument("name", nargs="?", metavar="NAME")
    sample.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    sample.add_argument("--list", action="store_true", help="name the studies there are")
    sample.add_argument("--seed", type=int, default=1, help="another number is another subject")
    sample.add_argument("--spacing", type=float, metavar="MM", help="voxel edge; smaller is finer and slower")
    sample.add_argument("--frames", type=int, metavar="N", help="pictures of a film")
    sample.set_defaults(command=_sample)

    compare = commands.add_parser(
        "evaluate", help="agreement of two label maps, of two images, or of a trained scene with its capture"
    )
    compare.add_argument("reference", type=Path, metavar="REFERENCE")
    compare.add_argument("result", type=Path, metavar="RESULT")
    compare.add_argument("--json", action="store_true")
    add_scene_words(compare)
    compare.set_defaults(command=_evaluate)


def read_one(path: Path) -> Volume:
    """Read a file or folder that must hold exactly one volume."""
    with progress_bar() as bar:
        volumes = readers.read(path, bar.progress, bar.check_cancelled)
    if len(volumes) != 1:
        names = ", ".join(volume.name for volume in volumes[:6])
        raise InputRefused(f"Cannot use {path.name}", f"it holds {len(volumes)} series ({names})",
                           "Name the files of one of them.")  # fmt: skip
    for warning in volumes[0].warnings:
        tell(f"note: {path.name}: {warning}")
    return volumes[0]


def _info(arguments: argparse.Namespace) -> int:
    found: list[dict[str, Any]] = []
    refusals: list[MedviewError] = []
    for path in arguments.paths:
        try:
            found += _described(path)
        except MedviewError as refusal:
            refusals.append(refusal)
    if arguments.json:
        say_json(found)
    else:
        for row in found:
            say(_info_text(row))
    for refusal in refusals:
        if arguments.debug:
            traceback.print_exception(refusal, file=sys.stderr)
        tell_error(refusal)
    return max((refusal.exit_code for refusal in refusals), default=0)


def _described(path: Path) -> list[dict[str, Any]]:
    """Scans of a file or folder; where it holds none, the frames of one scene with their cameras."""
    if is_field_folder(path):
        return [describe_field(path)]
    if is_posed_capture(path) or is_video(path):
        return [describe_capture(path)]
    try:
        return readers.describe(path)
    except InputRefused:
        if not holds_frames(path):
            raise
        return [describe_capture(path)]


def _info_text(row: dict[str, Any]) -> str:
    if row["kind"] == "field":
        return field_text(row)
    if row["kind"] in ("capture", "video"):
        return capture_text(row)
    spacing = " × ".join(f"{value:g}" for value in row["spacing_mm"])
    form = f"{row['format']}, {row['kind']}, {'×'.join(map(str, row['shape']))} {row['dtype']}"
    extremes = "no finite values"
    if row["value_min"] is not None:
        extremes = f"values {row['value_min']:g} to {row['value_max']:g} {row['value_unit']}".rstrip()
    modality = f", modality {row['modality']}" if row["modality"] else ""
    lines = [row["path"], f"  {form}, {spacing} mm, axes {row['axis_codes']}", f"  {extremes}{modality}"]
    lines += [f"  note: {warning}" for warning in row["warnings"]]
    return "\n".join(lines)


def _convert(arguments: argparse.Namespace) -> int:
    with progress_bar() as bar:
        volume = convert(arguments.source, arguments.target, bar.progress, bar.check_cancelled)
    for warning in volume.warnings:
        tell(f"note: {warning}")
    say(str(arguments.target))
    return 0


def _sample(arguments: argparse.Namespace) -> int:
    from medview.phantoms.studies import SAMPLES, kind_of
    from medview.phantoms.study import StudyKind

    if arguments.list or arguments.name is None:
        for study in SAMPLES:
            say(f"{study.name}  {study.title}. {study.summary}")
        return 0
    if arguments.folder is None:
        raise WrongWords("Cannot write the sample", "no folder is named", "Use: medview sample NAME DIR.")
    is_film = kind_of(arguments.name) is StudyKind.CAPTURE
    _demand_fitting_words(arguments, is_film)
    with progress_bar() as bar:
        (_sample_film if is_film else _sample_scans)(arguments, bar)
    say(str(arguments.folder))
    return 0


def _demand_fitting_words(arguments: argparse.Namespace, is_film: bool) -> None:
    title = f"Cannot write the sample {arguments.name}"
    if is_film and arguments.spacing is not None:
        raise WrongWords(title, "a film has no voxels", "Leave --spacing out.")
    if not is_film and arguments.frames is not None:
        raise WrongWords(title, "it is no film", "Leave --frames out.")


def _sample_scans(arguments: argparse.Namespace, bar: Bar) -> None:
    from medview.phantoms.studies import make_study

    bar.progress(0.1, "making the study")
    made = make_study(arguments.name, arguments.seed, arguments.spacing)
    with filling(arguments.folder) as draft:
        _write_study(made, draft, bar)


def _sample_film(arguments: argparse.Namespace, bar: Bar) -> None:
    from medview.phantoms.studies import make_capture
    from medview.session.fields.synthetic import write_synthetic

    made = make_capture(
        arguments.name,
        arguments.seed,
        arguments.frames,
        lambda part, words: bar.progress(0.75 * part, words),
    )
    write_synthetic(made, arguments.folder, Watch(progress=bar.progress, first=0.75))


def _write_study(made: Study, folder: Path, bar: Bar) -> None:
    for place, (role, volume) in enumerate(made.volumes.items()):
        bar.progress(0.5 + 0.5 * place / len(made.volumes), f"writing {role}")
        write_volume(volume, folder / f"{role}.nii.gz")
    for name, (array, geometry, rows) in made.labels.items():
        entries = [LabelEntry(value=value, name=label, colour=colour) for value, label, colour in rows]
        write_labels(array, geometry, None, folder / f"{name}.nii.gz", entries)
    facts = json.dumps(made.facts, indent=2)
    (folder / "study.json").write_text(facts, encoding="utf-8")
    bar.check_cancelled()


def _evaluate(arguments: argparse.Namespace) -> int:
    from medview.measure.agreement import compare_labels
    from medview.measure.images import compare_images

    if is_field_folder(arguments.result):
        return evaluate_scene(arguments)
    reference, result = read_one(arguments.reference), read_one(arguments.result)
    if guess_kind(reference) == "labels" or guess_kind(result) == "labels":
        report = compare_labels(
            _label_map(reference, arguments.reference), _label_map(result, arguments.result)
        ).as_json()
    else:
        report = compare_images(reference, result).as_json()
    if arguments.json:
        say_json(report)
    else:
        say(_report_text(report))
    return 0


def _label_map(volume: Volume, path: Path) -> LabelMap:
    entries = readers.read_label_entries(path)
    table = LabelTable(tuple(entries)) if entries else None
    return LabelMap(as_label_array(volume), volume.geometry, table)


def _report_text(report: dict[str, Any]) -> str:
    if report["kind"] == "images":
        rows = [f"{name:8} {value:g}" for name, value in report.items() if isinstance(value, float)]
        return "\n".join(rows)
    lines = [f"{'label':24}{'Dice':>8}{'HD95 mm':>10}{'ASSD mm':>10}{'ref mL':>10}{'result mL':>11}"]
    lines += [
        f"{row['name']:24}{_number(row['dice'], 3):>8}{_number(row['hd95_mm'], 2):>10}"
        f"{_number(row['assd_mm'], 2):>10}{row['volume_ref_ml']:10.2f}{row['volume_res_ml']:11.2f}"
        for row in report["labels"]
    ]
    return "\n".join([*lines, f"{'mean':24}{_number(report['mean_dice'], 3):>8}{_left_out(report)}"])


def _left_out(report: dict[str, Any]) -> str:
    """What the mean leaves out: labels that the reference does not hold."""
    if "without" not in report:
        return ""
    volume = f", {report['false_finding_ml']:.2f} mL on average" if report["false_findings"] else ""
    return (
        f"  over {report['n']} in the reference; of {report['without']} that it lacks, "
        f"{report['false_findings']} found{volume}"
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
