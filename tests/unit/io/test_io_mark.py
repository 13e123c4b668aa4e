"""What no scanner measured says so in every file, and a file that says so is known for it."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.core.layers import LayerId, LayerKind
from medview.core.volume import Source, Volume, value_range
from medview.io.mark import is_mark, marked
from medview.io.readers import read
from medview.io.sidecar import provenance_path_of, read_provenance, write_provenance
from medview.io.writers import convert, write_labels, write_volume
from medview.session.files.layers_from import content_of, layer_of

ENDINGS = ("nii.gz", "nii", "hdr", "nrrd", "mha")


def volume(*, is_synthesized=True, kind="made here"):
    data = np.arange(60, dtype=np.float32).reshape(3, 4, 5) / 7
    grid = Geometry.from_spacing((3, 4, 5), (1.0, 2.0, 3.0))
    plain = Volume(name="flair", data=data, geometry=grid, source=Source(path=None, format=kind, stored=grid),
                   values=value_range(data))  # fmt: skip
    return marked(plain) if is_synthesized else plain


def layer_from(path):
    return layer_of(content_of(read(path)[0]), LayerId(1), "flair")


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_mark_comes_back_from_every_format_without_a_side_file(tmp_path, ending):
    path = tmp_path / f"flair.{ending}"
    write_volume(volume(), path)
    assert not provenance_path_of(path).exists()
    assert read(path)[0].is_synthesized
    assert layer_from(path).kind is LayerKind.SYNTHESIZED


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_measured_scan_gets_no_mark(tmp_path, ending):
    path = tmp_path / f"flair.{ending}"
    write_volume(volume(is_synthesized=False), path)
    assert not read(path)[0].is_synthesized
    assert layer_from(path).kind is LayerKind.IMAGE


def test_the_mark_stands_in_the_description_and_in_the_intent_where_other_programs_show_it(tmp_path):
    path = tmp_path / "flair.nii.gz"
    write_volume(volume(), path)
    header = nibabel.load(path).header
    assert bytes(header["descrip"].tobytes()).startswith(b"SYNTHESIZED, not measured")
    assert bytes(header["intent_name"].tobytes()).startswith(b"SYNTHESIZED")


@pytest.mark.parametrize("erased", ["descrip", "intent_name"])
def test_the_mark_survives_a_program_that_rewrites_one_of_the_two(tmp_path, erased):
    path = tmp_path / "flair.nii"
    write_volume(volume(), path)
    image = nibabel.load(path)
    image.header[erased] = b""
    nibabel.save(image, tmp_path / "edited.nii")
    assert layer_from(tmp_path / "edited.nii").kind is LayerKind.SYNTHESIZED


@pytest.mark.parametrize("target", ["copy.nii.gz", "copy.nrrd", "copy.mha"])
def test_convert_keeps_mark_and_provenance(tmp_path, target):
    path = tmp_path / "flair.nii.gz"
    write_volume(volume(), path)
    write_provenance(path, {"model": "flair-wmh", "synthesized": True})
    convert(path, tmp_path / target)
    facts = read_provenance(tmp_path / target)
    assert facts == {"model": "flair-wmh", "synthesized": True, "converted_from": "flair.nii.gz"}
    provenance_path_of(tmp_path / target).unlink()
    assert layer_from(tmp_path / target).kind is LayerKind.SYNTHESIZED


def test_convert_writes_a_mark_that_only_the_side_file_knew_of(tmp_path):
    path = tmp_path / "flair.nii.gz"
    write_volume(volume(is_synthesized=False), path)
    write_provenance(path, {"synthesized": True})
    convert(path, tmp_path / "copy.nii")
    assert read(tmp_path / "copy.nii")[0].is_synthesized


def test_convert_of_a_measured_scan_says_nothing(tmp_path):
    path = tmp_path / "flair.nii.gz"
    write_volume(volume(is_synthesized=False), path)
    convert(path, tmp_path / "copy.nii")
    assert not read(tmp_path / "copy.nii")[0].is_synthesized
    assert read_provenance(tmp_path / "copy.nii") is None


def test_a_layer_read_without_its_side_file_knows_what_to_write_next_time(tmp_path):
    path = tmp_path / "flair.nii.gz"
    write_volume(volume(), path)
    layer = layer_from(path)
    assert layer.provenance == {"synthesized": True}
    assert not layer.is_unsaved


def test_inferred_labels_carry_the_mark_too_and_stay_labels(tmp_path):
    path = tmp_path / "vessels.nii.gz"
    array = np.zeros((3, 4, 5), np.uint8)
    array[1, 1, 1] = 1
    write_labels(array, volume().geometry, None, path, is_synthesized=True)
    layer = layer_from(path)
    assert isinstance(layer.data, LabelMap) and layer.kind is LayerKind.LABELS
    assert layer.provenance["synthesized"] is True
    assert int(nibabel.load(path).header["intent_code"]) == 1002


def test_scans_of_a_phantom_are_marked_whoever_writes_them(tmp_path):
    write_volume(volume(is_synthesized=False, kind="synthetic"), tmp_path / "t2.nii.gz")
    assert read(tmp_path / "t2.nii.gz")[0].is_synthesized


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("SYNTHESIZED", True), ("synthesised by SynthSR", True), ("synthetic", False), ("", False)],
)
def test_words_of_other_programs_are_understood(text, is_one):
    assert is_mark([text]) is is_one
