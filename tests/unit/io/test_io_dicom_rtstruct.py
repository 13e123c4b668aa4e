"""Structure sets: labels become contours and labels again, voxel by voxel; those of others are filled."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from series_making import (
    ENTRIES,
    FRAME,
    LIES,
    SERIES,
    SLICES,
    STUDY,
    dciodvfy_errors,
    many_frames,
    mask_on,
    series,
)
from test_io_dicom_real import TILTED, unpacked

from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.core.geometry import Geometry
from medview.core.volume import Source
from medview.io.dicom import reader as dicom
from medview.io.dicom import rtstruct_writing
from medview.io.dicom.rtstruct import is_structure_set, read_structures
from medview.io.dicom.rtstruct_writing import write_structures
from medview.io.watch import Watch


@pytest.fixture
def scan(tmp_path):
    (tmp_path / "scan").mkdir()
    return series(tmp_path / "scan")


def write(volume, path: Path):
    labels = mask_on(volume)
    return labels, write_structures(labels, volume.source, path, ENTRIES)


@pytest.mark.parametrize("lie", LIES)
def test_contours_bring_every_voxel_back(tmp_path, lie) -> None:
    (tmp_path / "scan").mkdir()
    volume = series(tmp_path / "scan", lie)
    labels, written = write(volume, tmp_path / "rt.dcm")
    assert written.segments == ("Niere Ä", "by hand", "by model") and written.empty == ("nothing",)
    assert written.uncoded == ("by hand", "by model")
    found = read_structures(tmp_path / "rt.dcm", volume.source)
    assert np.array_equal(found.array, labels) and found.warnings == ()
    assert not dciodvfy_errors(tmp_path / "rt.dcm")


def test_contours_on_slices_between_images_and_on_frames(tmp_path) -> None:
    (tmp_path / "gaps").mkdir()
    (tmp_path / "frames").mkdir()
    uneven = series(tmp_path / "gaps", places=(0, 1, 2.2, 3, 4.2, 5, 6, 7.2, 8))
    for name, volume in (("a.dcm", uneven), ("b.dcm", many_frames(tmp_path / "frames", 2))):
        labels, _ = write(volume, tmp_path / name)
        assert np.array_equal(read_structures(tmp_path / name, volume.source).array, labels)
        assert not dciodvfy_errors(tmp_path / name)
    referred = [
        contour.ContourImageSequence[0].ReferencedFrameNumber
        for structure in pydicom.dcmread(tmp_path / "b.dcm").ROIContourSequence
        for contour in structure.ContourSequence
    ]
    assert set(referred) == set(range(1, SLICES + 1))


def test_names_codes_colours_makers_and_references_are_stated_and_read(tmp_path, scan) -> None:
    write(scan, tmp_path / "rt.dcm")
    found = read_structures(tmp_path / "rt.dcm", scan.source).entries
    # a structure set has no place for the region that a structure lies in
    kidney = replace(ENTRIES[0], terms=replace(ENTRIES[0].terms, region=None))
    assert found == (kidney, ENTRIES[1], ENTRIES[2])
    rt = pydicom.dcmread(tmp_path / "rt.dcm")
    assert (rt.Modality, rt.StudyInstanceUID, rt.FrameOfReferenceUID) == ("RTSTRUCT", STUDY, FRAME)
    assert rt.PatientName == "Secret^Name" and rt.SeriesInstanceUID != SERIES
    rois = rt.StructureSetROISequence
    assert [roi.ROIGenerationAlgorithm for roi in rois] == ["SEMIAUTOMATIC", "MANUAL", "AUTOMATIC"]
    assert [int(roi.ROINumber) for roi in rois] == [3, 7, 2]
    (frame,) = rt.ReferencedFrameOfReferenceSequence
    (images,) = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence
    assert images.SeriesInstanceUID == SERIES and len(images.ContourImageSequence) == SLICES
    for contour in rt.ROIContourSequence[0].ContourSequence:
        number = int(contour.ContourImageSequence[0].ReferencedSOPInstanceUID.rsplit(".", 1)[1])
        assert {float(z) for z in contour.ContourData[2::3]} == {30 + 2.5 * (number - 1)}
        assert contour.NumberOfContourPoints * 3 == len(contour.ContourData)


def strangers(path: Path, contours: list[tuple[str, np.ndarray | str]], frame: str = FRAME) -> Path:
    """A structure set as another program writes it, with structures of a contour each."""
    rt = Dataset()
    rt.file_meta = pydicom.dataset.FileMetaDataset()
    rt.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    rt.SOPClassUID, rt.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.481.3", "1.2.3.9"
    rt.file_meta.MediaStorageSOPClassUID, rt.file_meta.MediaStorageSOPInstanceUID = rt.SOPClassUID, "1.2.3.9"
    rt.StructureSetROISequence, rt.ROIContourSequence = [], []
    for number, (kind, points) in enumerate(contours):
        roi, structure, contour = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, f"s{number}", frame
        structure.ReferencedROINumber, structure.ContourSequence = number, [contour]
        contour.ContourGeometricType = kind
        contour.ContourData = [f"{part:.3f}" for part in np.ravel(points)]
        rt.StructureSetROISequence.append(roi)
        rt.ROIContourSequence.append(structure)
    rt.save_as(path, enforce_file_format=True)
    return path


def box(x0: float, x1: float, y0: float, y1: float, z: float = 30.0) -> np.ndarray:
    return np.array([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)])


def count(found, value: int) -> int:
    return int(np.count_nonzero(found.array == value))


def test_contours_of_others_take_the_voxels_whose_centres_they_hold(tmp_path, scan) -> None:
    # columns 0.75 mm and rows 0.5 mm apart, the first centre at -10, -20
    path = strangers(
        tmp_path / "a.dcm",
        [
            ("CLOSED_PLANAR", box(-9.3, -7.7, -19.6, -18.4)),
            ("CLOSED_PLANAR", box(-9.3, -7.7, -19.6, -18.4, z=31.2)),
            ("POINT", np.array([(0.0, 0.0, 30.0)])),
            ("CLOSED_PLANAR", box(-9.3, -7.7, -19.6, -18.4, z=90.0)),
            ("CLOSED_PLANAR", np.array([(0.0, -20.0, 30.0), (0.0, -12.0, 30.0), (0.0, -12.0, 50.0)])),
        ],
    )
    found = read_structures(path, scan.source)
    # numbered from 0 by the file, so from 1 here; the second one lies nearest to the same slice
    assert [entry.value for entry in found.entries] == [1, 2, 3, 4, 5] and found.entries[1].name == "s1"
    assert count(found, 1) == 0 and count(found, 2) == 3 * 3
    assert found.warnings == (
        "1 contour is points or lines, which hold no voxels.",
        "1 contour is above or below the scan.",
        "1 contour is across the slices of the scan, which cannot be filled.",
        "Structures overlap in 9 voxels: the later one is shown there.",
    )


def test_a_contour_within_another_is_a_hole(tmp_path, scan) -> None:
    path = strangers(tmp_path / "a.dcm", [("CLOSEDPLANAR_XOR", box(-9.3, -2.0, -19.6, -12.0))])
    rt = pydicom.dcmread(path)
    inner = Dataset()
    inner.ContourGeometricType = "CLOSEDPLANAR_XOR"
    inner.ContourData = [f"{part:.3f}" for part in box(-8.0, -5.0, -16.9, -15.1).ravel()]
    rt.ROIContourSequence[0].ContourSequence.append(inner)
    whole = count(read_structures(path, scan.source), 1)
    rt.save_as(path)
    assert count(read_structures(path, scan.source), 1) == whole - 4 * 3


def test_contours_of_another_frame_or_far_away_are_refused_in_words(tmp_path, scan) -> None:
    there = [("CLOSED_PLANAR", box(-9.3, -7.7, -19.6, -18.4))]
    with pytest.raises(InputRefused, match="another frame of reference than that of the scan"):
        read_structures(strangers(tmp_path / "a.dcm", there, frame="9.9"), scan.source)
    far = [("CLOSED_PLANAR", box(-9.3, -7.7, -19.6, -18.4, z=900.0))]
    with pytest.raises(InputRefused, match="its contours are above or below the scan"):
        read_structures(strangers(tmp_path / "b.dcm", far), scan.source)
    with pytest.raises(InputRefused, match="it holds no structures"):
        read_structures(strangers(tmp_path / "c.dcm", []), scan.source)
    with pytest.raises(InputRefused, match="no radiotherapy structure set"):
        read_structures(scan.source.files[0], scan.source)
    assert is_structure_set(tmp_path / "a.dcm") and not is_structure_set(scan.source.files[0])
    nifti = Source(path=None, format="NIfTI-1", stored=scan.source.stored)
    told = read_structures(strangers(tmp_path / "d.dcm", there), nifti).warnings
    assert told[0].startswith("Whether the contours belong to this scan cannot be told:")


@pytest.mark.parametrize("words", [b"1\\2\\x ", b"1\\2\\3\\4 ", b"1\\2\\nan ", b"1e999\\2\\3 ", b""])
def test_broken_numbers_are_no_contour(tmp_path, scan, words) -> None:
    good = box(-9.3, -7.7, -19.6, -18.4)
    path = strangers(tmp_path / "a.dcm", [("CLOSED_PLANAR", good), ("CLOSED_PLANAR", good)])
    whole = path.read_bytes()
    # the first number of the second contour: each has its left edge twice
    start = [match.start() for match in re.finditer(rb"-9\.300\\", whole)][2]
    size = int.from_bytes(whole[start - 2 : start], "little")
    path.write_bytes(whole[:start] + words.ljust(size, b" ") + whole[start + size :])
    found = read_structures(path, scan.source)
    assert count(found, 1) > 0 and count(found, 2) == 0
    assert found.warnings == ("1 contour is points or lines, which hold no voxels.",)


def test_a_difference_and_a_cancel_leave_the_old_file(tmp_path, scan, monkeypatch) -> None:
    path = tmp_path / "rt.dcm"
    path.write_text("old")

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_structures(mask_on(scan), scan.source, path, ENTRIES, Watch(check_cancelled=stop))
    monkeypatch.setattr(rtstruct_writing, "outlines", lambda mask: [box(0, 3, 0, 3)[:, :2]])
    with pytest.raises(RunFailed, match="not what was written"):
        write(scan, path)
    assert path.read_text() == "old" and {p.name for p in tmp_path.iterdir()} == {"scan", "rt.dcm"}


@pytest.mark.parametrize("archive", [TILTED, "mr_t1c_Siemens_Avanto_VS-SEG-001_24slices.tar.xz"])
def test_real_series(shared_data, tmp_path, archive) -> None:
    volumes = dicom.read(unpacked(shared_data / "dicom" / archive, tmp_path / "scan"))
    for number, volume in enumerate(volumes):
        path = tmp_path / f"{number}.dcm"
        labels, _ = write(volume, path)
        assert np.array_equal(read_structures(path, volume.source).array, labels)
        assert not dciodvfy_errors(path)


def test_a_real_structure_set_is_filled(shared_data) -> None:
    """Made by another program: a box-like patient in three slices, and two points."""
    path = shared_data / "dicom" / "pydicom_test_files" / "rtstruct.dcm"
    ras_from_ijk = np.diag([-10.0, -10.0, 10.0, 1.0])
    ras_from_ijk[:3, 3] = 245.0, 245.0, -210.0
    grid = Geometry((50, 50, 5), ras_from_ijk)
    found = read_structures(path, Source(path=None, format="NIfTI-1", stored=grid))
    assert found.entries[0].name == "patient"
    assert "2 contours are points or lines, which hold no voxels." in found.warnings
    stated = pydicom.dcmread(path, force=True)
    for contour in stated.ROIContourSequence[0].ContourSequence:
        points = np.array(contour.ContourData, float).reshape(-1, 3)
        x, y = points[:, 0], points[:, 1]
        area = abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
        k = round((points[0, 2] + 210) / 10)
        assert np.count_nonzero(found.array[:, :, k]) * 100 == pytest.approx(area, rel=0.02)


def test_contours_in_every_second_slice_are_told(tmp_path, scan) -> None:
    there = [("CLOSED_PLANAR", box(-9.3, -7.7, -19.6, -18.4, z=30.0 + 5 * n)) for n in range(4)]
    found = read_structures(strangers(tmp_path / "a.dcm", there), scan.source)
    assert found.warnings[-1] == (
        "Contours lie in every second slice or fewer: interpolation fills the others."
    )
