"""Segmentations as 3D Slicer keeps them: names, colours and codes in the header of a NRRD."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from medview.core.codes import Code, Terminology
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry
from medview.io import readers, writers
from medview.io.label_names import header_label_entries
from medview.io.seg_nrrd import entries_of, segment_fields

GRID = Geometry.from_spacing((12, 10, 8), (0.7, 0.7, 3.0))
KIDNEY = LabelEntry(
    value=2,
    name="Left kidney",
    colour=(185, 102, 83),
    terms=Terminology(
        category=Code("123037004", meaning="Anatomical Structure"),
        type=Code("64033007", meaning="Kidney"),
        type_modifier=Code("7771000", meaning="Left"),
    ),
)
PLAIN = LabelEntry(value=7, name="Something; else ~ here", colour=(1, 2, 3))


@pytest.fixture
def saved(tmp_path):
    array = np.zeros(GRID.shape, np.uint8)
    array[2:5, 3:6, 1:4] = 2
    array[8, 8, 7] = 7
    path = tmp_path / "organs.seg.nrrd"
    writers.write_labels(array, GRID, None, path, (KIDNEY, PLAIN))
    (tmp_path / "organs.seg.labels.json").unlink()  # the header alone must do
    return path, array


def test_labels_come_back_from_the_header_alone(saved) -> None:
    path, array = saved
    (volume,) = readers.read(path)
    assert np.array_equal(volume.data, array) and volume.geometry.matches(GRID)
    assert header_label_entries(volume.source.header) == (KIDNEY, PLAIN)
    assert volume.source.header["kind"] == "labels" and not volume.warnings


def test_another_reader_sees_the_fields_of_slicer(saved) -> None:
    image = sitk.ReadImage(str(saved[0]))
    assert image.GetMetaData("Segment0_Name") == "Left kidney"
    assert image.GetMetaData("Segment0_LabelValue") == "2"
    assert image.GetMetaData("Segment1_ID") == "Segment_7"
    assert image.GetMetaData("Segmentation_MasterRepresentation") == "Binary labelmap"
    tags = image.GetMetaData("Segment0_Tags")
    assert "~SCT^123037004^Anatomical Structure~SCT^64033007^Kidney~SCT^7771000^Left~" in tags


def test_the_extent_of_a_segment_is_its_box() -> None:
    array = np.zeros((6, 5, 4), np.uint8)
    array[1:3, 2:5, 3] = 2
    fields = segment_fields((KIDNEY, PLAIN), array)
    assert fields["Segment0_Extent"] == "1 2 2 4 3 3"
    assert fields["Segment1_Extent"] == "0 -1 0 -1 0 -1"


def test_overlapping_segments_are_told_of_and_shown_as_frames(tmp_path) -> None:
    image = sitk.GetImageFromArray(np.zeros((4, 5, 6, 2), np.uint8), isVector=True)
    for number in range(2):
        image.SetMetaData(f"Segment{number}_LabelValue", "1")
        image.SetMetaData(f"Segment{number}_Layer", str(number))
    path = tmp_path / "overlap.seg.nrrd"
    sitk.WriteImage(image, str(path))
    (volume,) = readers.read(path)
    assert any("its segments overlap" in words for words in volume.warnings)
    assert volume.frame_count == 2 and "kind" not in volume.source.header


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({}, 0),
        ({"Segment0_Name": "no number"}, 0),
        ({"Segment0_LabelValue": "-3"}, 0),
        ({"Segment0_LabelValue": "3", "Segment0_Color": "a b c"}, 1),
        (
            {"Segment0_LabelValue": "3", "Segment0_Color": "nan 0 0", "Segment0_Tags": "TerminologyEntry:x|"},
            1,
        ),
        ({"Segment99999999_LabelValue": "3"}, 0),
    ],
)
def test_fields_that_make_no_sense_are_left_out(fields, count) -> None:
    assert len(entries_of(fields)) == count


def test_a_plain_nrrd_keeps_no_segments(tmp_path) -> None:
    path = tmp_path / "plain.nrrd"
    writers.write_labels(
        np.ones((3, 3, 3), np.uint8), Geometry.from_spacing((3, 3, 3), 1), None, path, (KIDNEY,)
    )
    assert not any(key.startswith("Segment0") for key in sitk.ReadImage(str(path)).GetMetaDataKeys())
