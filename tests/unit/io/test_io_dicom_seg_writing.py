"""DICOM segmentations that are written here: voxels, places, codes, makers and references come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from series_making import (
    ENTRIES,
    FRAME,
    LIES,
    SERIES,
    STUDY,
    dciodvfy_errors,
    many_frames,
    mask_on,
    only,
    series,
)
from test_io_dicom_real import TILTED, unpacked

from medview.core.codes import Code
from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.core.origin import BY_HAND, HAND, NOT_STATED, Maker, MakerKind, Origin
from medview.core.volume import Source
from medview.io.dicom import reader as dicom
from medview.io.dicom import seg_writing
from medview.io.dicom.seg_writing import write_segmentation
from medview.io.label_names import header_label_entries
from medview.io.watch import Watch


def write(volume, path: Path, labels=None, entries=ENTRIES):
    labels = mask_on(volume) if labels is None else labels
    return labels, write_segmentation(labels, volume.source, path, entries)


def on_grid_of(volume, found) -> np.ndarray:
    """What was read, laid on the grid of the scan by where its voxels lie in the patient."""
    whole = np.zeros(volume.geometry.shape, int)
    inside = np.argwhere(found.data)
    places = volume.geometry.ijk_of(found.geometry.ras_of(inside))
    assert np.abs(places - np.rint(places)).max() < 0.01
    whole[tuple(np.rint(places).astype(int).T)] = found.data[tuple(inside.T)]
    return whole


def expected(labels: np.ndarray) -> np.ndarray:
    return np.select([labels == 3, labels == 7, labels == 2], [1, 2, 3], 0)


@pytest.mark.parametrize("lie", LIES)
def test_every_voxel_comes_back_where_it_lay(tmp_path, lie) -> None:
    (tmp_path / "scan").mkdir()
    volume = series(tmp_path / "scan", lie)
    labels, written = write(volume, tmp_path / "seg.dcm")
    assert written.segments == ("Niere Ä", "by hand", "by model") and written.empty == ("nothing",)
    found = only(tmp_path / "seg.dcm")
    assert np.array_equal(on_grid_of(volume, found), expected(labels))
    assert not dciodvfy_errors(tmp_path / "seg.dcm")


@pytest.mark.parametrize("times", [1, 2])
def test_an_object_of_many_frames_is_referred_to_frame_by_frame(tmp_path, times) -> None:
    (tmp_path / "scan").mkdir()
    volume = many_frames(tmp_path / "scan", times)
    labels, _ = write(volume, tmp_path / "seg.dcm")
    assert np.array_equal(on_grid_of(volume, only(tmp_path / "seg.dcm")), expected(labels))
    seg, scan = pydicom.dcmread(tmp_path / "seg.dcm"), pydicom.dcmread(tmp_path / "scan" / "all.dcm")
    for frame in seg.PerFrameFunctionalGroupsSequence:
        (referred,) = frame.DerivationImageSequence[0].SourceImageSequence
        source = scan.PerFrameFunctionalGroupsSequence[int(referred.ReferencedFrameNumber) - 1]
        own = frame.PlanePositionSequence[0].ImagePositionPatient
        assert own == source.PlanePositionSequence[0].ImagePositionPatient
        assert source.FrameContentSequence[0].TemporalPositionIndex == 1
    assert not dciodvfy_errors(tmp_path / "seg.dcm")


def test_voxels_in_every_second_slice_stay_there(tmp_path) -> None:
    (tmp_path / "scan").mkdir()
    volume = series(tmp_path / "scan")
    labels = np.zeros(volume.geometry.shape, np.uint8)
    labels[4:9, 3:7, 1::2] = 3
    write(volume, tmp_path / "seg.dcm", labels)
    found = only(tmp_path / "seg.dcm")
    assert found.geometry.spacing_mm == pytest.approx((0.75, 0.5, 2.5))
    assert np.array_equal(on_grid_of(volume, found), expected(labels))


def test_slices_between_images_are_written_at_their_places(tmp_path) -> None:
    (tmp_path / "scan").mkdir()
    volume = series(tmp_path / "scan", places=(0, 1, 2.2, 3, 4.2, 5, 6, 7.2, 8))
    labels, _ = write(volume, tmp_path / "seg.dcm")
    assert np.array_equal(on_grid_of(volume, only(tmp_path / "seg.dcm")), expected(labels))
    assert not dciodvfy_errors(tmp_path / "seg.dcm")


def test_codes_algorithms_and_references_are_stated(tmp_path) -> None:
    (tmp_path / "scan").mkdir()
    write(series(tmp_path / "scan"), tmp_path / "seg.dcm")
    seg = highdicom.seg.segread(tmp_path / "seg.dcm")
    assert seg.SegmentationType == "BINARY" and seg.Modality == "SEG" and seg.Manufacturer == "medview"
    assert (seg.StudyInstanceUID, seg.FrameOfReferenceUID, seg.SeriesNumber) == (STUDY, FRAME, 1004)
    assert seg.SeriesInstanceUID != SERIES and seg.ReferencedSeriesSequence[0].SeriesInstanceUID == SERIES
    kidney, hand, model = seg.SegmentSequence
    assert kidney.SegmentLabel == "Niere Ä" and seg.PatientSex == "" and seg.PatientName == "Secret^Name"
    assert kidney.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "91723000"
    kind = kidney.SegmentedPropertyTypeCodeSequence[0]
    modifier = kind.SegmentedPropertyTypeModifierCodeSequence[0]
    assert (kind.CodeValue, kind.CodingSchemeDesignator, modifier.CodeMeaning) == ("64033007", "SCT", "Left")
    assert kidney.AnatomicRegionSequence[0].CodeMeaning == "Abdomen"
    assert [s.SegmentAlgorithmType for s in seg.SegmentSequence] == ["SEMIAUTOMATIC", "MANUAL", "AUTOMATIC"]
    told = model.SegmentationAlgorithmIdentificationSequence[0]
    assert (told.AlgorithmName, told.AlgorithmVersion) == ("vessels", "2.1")
    assert told.AlgorithmParameters == f"weights_sha256={'ab' * 32},limit=0.5"
    assert told.AlgorithmFamilyCodeSequence[0].CodeMeaning == "Artificial Intelligence"
    # what nobody has coded is tissue, and no more is claimed
    assert hand.SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Tissue"
    assert kidney.SegmentDescription.endswith("Parameters: limit=0.5. Reviewed.")
    for frame in seg.PerFrameFunctionalGroupsSequence:
        (referred,) = frame.DerivationImageSequence[0].SourceImageSequence
        number = int(referred.ReferencedSOPInstanceUID.rsplit(".", 1)[1])
        height = float(frame.PlanePositionSequence[0].ImagePositionPatient[2])
        assert height == pytest.approx(30 + 2.5 * (number - 1))


def test_names_colours_makers_and_reviews_come_back(tmp_path) -> None:
    (tmp_path / "scan").mkdir()
    write(series(tmp_path / "scan"), tmp_path / "seg.dcm")
    kidney, hand, model = header_label_entries(only(tmp_path / "seg.dcm").source.header)
    assert kidney == replace(ENTRIES[0], value=1)
    tissue = Code("85756007", "SCT", "Tissue")
    for number, found, wanted in ((2, hand, ENTRIES[1]), (3, model, ENTRIES[2])):
        terms = replace(wanted.terms, category=tissue, type=tissue)
        assert found == replace(wanted, value=number, terms=terms)


def test_the_same_label_is_the_same_finding_whenever_it_is_written(tmp_path) -> None:
    (tmp_path / "scan").mkdir()
    volume = series(tmp_path / "scan")
    for name in ("a.dcm", "b.dcm"):
        write(volume, tmp_path / name)
    first, second = (pydicom.dcmread(tmp_path / name) for name in ("a.dcm", "b.dcm"))
    assert first.SOPInstanceUID != second.SOPInstanceUID
    uids = [[segment.TrackingUID for segment in seg.SegmentSequence] for seg in (first, second)]
    assert uids[0] == uids[1] and len(set(uids[0])) == 3


def test_a_mask_without_a_series_is_refused_in_words(tmp_path) -> None:
    (tmp_path / "scan").mkdir()
    volume = series(tmp_path / "scan")
    labels = mask_on(volume)
    nifti = Source(path=tmp_path / "a.nii.gz", format="NIfTI-1", stored=volume.source.stored)
    for source in (None, nifti):
        with pytest.raises(InputRefused, match="DICOM series, and this mask lies on none") as told:
            write_segmentation(labels, source, tmp_path / "seg.dcm", ENTRIES)
        assert "Open the DICOM series" in told.value.hint and ".seg.nrrd" in told.value.hint
    with pytest.raises(InputRefused, match="the mask has no voxels"):
        write_segmentation(labels * 0, volume.source, tmp_path / "seg.dcm", ENTRIES)
    (tmp_path / "scan" / "003.dcm").unlink()
    with pytest.raises(InputRefused, match=r"003\.dcm of its DICOM series is no longer there"):
        write_segmentation(labels, volume.source, tmp_path / "seg.dcm", ENTRIES)
    assert not (tmp_path / "seg.dcm").exists()


def test_a_series_without_a_frame_of_reference_is_refused(tmp_path) -> None:
    (tmp_path / "scan").mkdir()
    volume = series(tmp_path / "scan", FrameOfReferenceUID=None)
    with pytest.raises(InputRefused, match="do not say where they lie in the patient"):
        write(volume, tmp_path / "seg.dcm")


def test_a_difference_and_a_cancel_leave_the_old_file(tmp_path, monkeypatch) -> None:
    (tmp_path / "scan").mkdir()
    volume = series(tmp_path / "scan")
    path = tmp_path / "seg.dcm"
    path.write_text("old")

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_segmentation(mask_on(volume), volume.source, path, ENTRIES, Watch(check_cancelled=stop))
    monkeypatch.setattr(seg_writing, "_stored_numbers", lambda found: found.data * 0)
    with pytest.raises(RunFailed, match="not what was written"):
        write(volume, path)
    assert path.read_text() == "old" and {p.name for p in tmp_path.iterdir()} == {"scan", "seg.dcm"}


@pytest.mark.parametrize("archive", [TILTED, "mr_t1c_Siemens_Avanto_VS-SEG-001_24slices.tar.xz"])
def test_real_series(shared_data, tmp_path, archive) -> None:
    volumes = dicom.read(unpacked(shared_data / "dicom" / archive, tmp_path / "scan"))
    for number, volume in enumerate(volumes):
        path = tmp_path / f"{number}.dcm"
        labels, _ = write(volume, path)
        assert np.array_equal(on_grid_of(volume, only(path)), expected(labels))
        assert not dciodvfy_errors(path)


@pytest.mark.parametrize("words", ["", "{}", "no JSON", "[" * 60000, '[{"kind": "elf"}]', "9" * 70000])
def test_makers_that_make_no_sense_are_not_stated(tmp_path, words) -> None:
    (tmp_path / "scan").mkdir()
    write(series(tmp_path / "scan"), tmp_path / "seg.dcm")
    seg = pydicom.dcmread(tmp_path / "seg.dcm")
    seg.SegmentSequence[0].private_block(0x0063, "MEDVIEW LABEL")[0x01].value = words
    seg.save_as(tmp_path / "seg.dcm")
    first, second, _ = header_label_entries(only(tmp_path / "seg.dcm").source.header)
    assert first.origin == NOT_STATED and second.origin == BY_HAND


def test_other_programs_say_who_made_a_segment_by_its_algorithm(tmp_path) -> None:
    (tmp_path / "scan").mkdir()
    write(series(tmp_path / "scan"), tmp_path / "seg.dcm")
    seg = pydicom.dcmread(tmp_path / "seg.dcm")
    for segment in seg.SegmentSequence:
        segment.remove_private_tags()
    seg.save_as(tmp_path / "seg.dcm")
    mixed, hand, model = header_label_entries(only(tmp_path / "seg.dcm").source.header)
    stated = Maker(kind=MakerKind.MODEL, name="vessels", version="2.1")
    assert (mixed.origin, hand.origin, model.origin) == (Origin((stated, HAND)), BY_HAND, Origin((stated,)))
    assert not mixed.is_reviewed
