"""Small DICOM series made here: what reading must find in them is known exactly."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from medview.core.errors import Cancelled, InputRefused
from medview.core.volume import Volume
from medview.io.dicom import reader as dicom

ROWS, COLUMNS = 6, 5
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def pixels_of(number: int) -> np.ndarray:
    return (np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS) + 100 * number).astype(np.int16)


def save(path: Path, pixels: np.ndarray, **elements: Any) -> Path:
    """Write a classic one-frame CT or MR image; elements replace or (None) remove the usual ones."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MRImageStorage if elements.get("Modality") == "MR" else CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    image = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    usual: dict[str, Any] = {
        "SOPClassUID": meta.MediaStorageSOPClassUID,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "PatientName": "Secret^Name",
        "PatientID": "12345",
        "Modality": "CT",
        "SeriesInstanceUID": "1.2.3.4",
        "SeriesNumber": 3,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "ImageOrientationPatient": list(AXIAL),
        "ImagePositionPatient": [-10.0, -20.0, 0.0],
        "PixelSpacing": [0.5, 0.75],
        "SliceThickness": 2.0,
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "RescaleSlope": 1,
        "RescaleIntercept": 0,
        "PixelData": pixels.tobytes(),
    }
    for keyword, value in {**usual, **elements}.items():
        if value is not None:
            setattr(image, keyword, value)
    image.save_as(path, enforce_file_format=True)
    return path


def save_stack(folder: Path, places: list[tuple[float, float, float]], **elements: Any) -> None:
    """One file per position, written under names and instance numbers in reverse order."""
    for number, place in enumerate(places):
        name = folder / f"{elements.get('SeriesInstanceUID', 'x')}_{len(places) - number:03d}.dcm"
        last = len(places) - number
        save(name, pixels_of(number), ImagePositionPatient=list(place), InstanceNumber=last, **elements)


def along_z(*heights: float) -> list[tuple[float, float, float]]:
    return [(-10.0, -20.0, height) for height in heights]


def slice_at(volume: Volume, z_mm: float) -> np.ndarray:
    """Rows and columns of the stored axial slice at a height, whatever the inner axes are."""
    i, j, k = np.rint(volume.geometry.ijk_of([10.0, 20.0, z_mm])).astype(int)
    assert (i, j) == (volume.data.shape[0] - 1, volume.data.shape[1] - 1)
    return volume.data[::-1, ::-1, k].T


def test_slices_are_sorted_by_position_and_turned_to_ras(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 2, 4, 6))
    (volume,) = dicom.read(tmp_path)
    assert volume.data.shape == (COLUMNS, ROWS, 4)
    assert volume.geometry.axis_codes == "RAS"
    assert volume.geometry.spacing_mm == pytest.approx((0.75, 0.5, 2.0))
    for number in range(4):
        np.testing.assert_array_equal(slice_at(volume, 2.0 * number), pixels_of(number))
    assert volume.warnings == ()


def test_every_voxel_lies_where_its_header_says(tmp_path: Path) -> None:
    row = np.array([0.8, 0.6, 0.0])
    column = np.array([0.0, 0.0, -1.0])
    normal = np.cross(row, column)
    places = [tuple(np.array([5.0, -7.0, 30.0]) + 3 * n * normal) for n in range(3)]
    save_stack(tmp_path, places, ImageOrientationPatient=[*row, *column])
    (volume,) = dicom.read(tmp_path)
    for number, place in enumerate(places):
        for r, c in ((0, 0), (5, 0), (0, 4), (3, 2)):
            left, posterior, superior = np.array(place) + c * 0.75 * row + r * 0.5 * column
            at = volume.geometry.voxel_at([-left, -posterior, superior])
            assert at is not None
            assert volume.data[at] == pixels_of(number)[r, c]


def test_names_of_patients_are_nowhere(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 2, 4))
    (series,) = dicom.list_series(tmp_path)
    assert series.description == "CT series 3"
    assert "Secret" not in repr(series)
    assert "12345" not in repr(series)
    assert "Secret" not in repr(dicom.read_series(series))


def test_missing_slices_are_said_and_the_others_keep_their_places(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 2, 4, 6, 8, 14, 16, 18, 20, 22, 24))
    (volume,) = dicom.read(tmp_path)
    assert volume.data.shape[2] == 13
    assert any("2 slices are missing between" in said and "S 8.0" in said for said in volume.warnings)
    np.testing.assert_array_equal(slice_at(volume, 14.0), pixels_of(5))
    np.testing.assert_array_equal(slice_at(volume, 24.0), pixels_of(10))
    halfway = slice_at(volume, 10.0).astype(float)
    np.testing.assert_allclose(halfway, pixels_of(4) + 100 / 3, atol=0.5)


def test_a_change_of_slice_distance_splits_the_series_without_inventing_values(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 4, 8, 12, 13.1, 20.1, 27.1, 34.1))
    first, second = dicom.read(tmp_path)
    assert first.geometry.spacing_mm[2] == pytest.approx(4)
    assert second.geometry.spacing_mm[2] == pytest.approx(7)
    np.testing.assert_array_equal(slice_at(first, 12.0), pixels_of(3))
    np.testing.assert_array_equal(slice_at(second, 13.1), pixels_of(4))
    assert all("from 1.10 to 7.00 mm" in volume.warnings[0] for volume in (first, second))
    assert first.name != second.name


def test_uneven_slices_are_interpolated_with_a_warning(tmp_path: Path) -> None:
    heights = np.array([0, 1.3, 3.9, 4.6, 7.7, 9.0, 12.4, 13.5, 17.0])
    for height in heights:
        flat = np.full((ROWS, COLUMNS), round(100 * height), np.int16)
        save(tmp_path / f"{height}.dcm", flat, ImagePositionPatient=[-10, -20, height])
    (volume,) = dicom.read(tmp_path)
    z = volume.geometry.ras_of(np.stack([[0, 0, k] for k in range(volume.data.shape[2])]))[:, 2]
    np.testing.assert_allclose(volume.data[2, 2], 100 * z, atol=1)
    assert any("interpolated linearly" in said for said in volume.warnings)


def test_positions_rounded_to_a_tenth_are_even(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(*np.round(np.arange(20) * 0.625, 1)))
    (volume,) = dicom.read(tmp_path)
    assert volume.data.shape[2] == 20
    assert volume.warnings == ()


def test_copies_are_left_out_and_said(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 2, 4))
    (tmp_path / "copy.dcm").write_bytes(sorted(tmp_path.iterdir())[0].read_bytes())
    (volume,) = dicom.read(tmp_path)
    assert volume.data.shape[2] == 3
    assert any("1 file is a copy" in said for said in volume.warnings)


def test_a_second_image_at_one_place_is_said(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 2, 4, 6))
    save(tmp_path / "again.dcm", pixels_of(50), ImagePositionPatient=[-10, -20, 2.0], InstanceNumber=99)
    (volume,) = dicom.read(tmp_path)
    np.testing.assert_array_equal(slice_at(volume, 2.0), pixels_of(1))
    assert any("1 more image lies at the place of another" in said for said in volume.warnings)


def test_a_tilted_gantry_becomes_a_sheared_grid(tmp_path: Path) -> None:
    tilt = np.radians(-18.5)
    column = [0.0, float(np.cos(tilt)), float(np.sin(tilt))]
    places = along_z(0, 4, 8, 12)
    save_stack(tmp_path, places, ImageOrientationPatient=[1, 0, 0, *column], GantryDetectorTilt=-18.5)
    (volume,) = dicom.read(tmp_path)
    assert volume.geometry.shear == pytest.approx(np.sin(np.radians(18.5)), abs=1e-6)
    corner = volume.geometry.ras_of([volume.data.shape[0] - 1, volume.data.shape[1] - 1, 3])
    np.testing.assert_allclose(corner, [10, 20, 12], atol=1e-9)
    assert any("18.5°" in said and "gantry" in said for said in volume.warnings)


def test_two_series_in_one_folder_are_two_volumes(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 2, 4), SeriesDescription="bone")
    save_stack(tmp_path, along_z(0, 3, 6, 9), SeriesInstanceUID="1.2.9", SeriesNumber=1)
    listed = dicom.list_series(tmp_path)
    assert [series.description for series in listed] == ["CT series 1", "bone"]
    assert [series.shape for series in listed] == [(5, 6, 4, 1), (5, 6, 3, 1)]
    assert [series.count for series in listed] == [4, 3]


def test_localisers_are_split_by_direction(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 10))
    sagittal = [(0.0, -20.0, 10.0), (10.0, -20.0, 10.0), (20.0, -20.0, 10.0)]
    for number, place in enumerate(sagittal):
        pixels = pixels_of(number)
        where = {"ImagePositionPatient": list(place), "ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}
        save(tmp_path / f"s{number}.dcm", pixels, **where)
    assert sorted(volume.data.shape for volume in dicom.read(tmp_path)) == [(3, 5, 6), (5, 6, 2)]


def test_echoes_become_volumes_of_their_own(tmp_path: Path) -> None:
    for echo in (1, 2):
        for number, place in enumerate(along_z(0, 2, 4)):
            where = {"ImagePositionPatient": list(place), "Modality": "MR", "SeriesDescription": "gre"}
            name = tmp_path / f"{echo}_{number}.dcm"
            save(name, pixels_of(10 * echo + number), EchoTime=4.5 * echo, EchoNumbers=echo, **where)
    first, second = dicom.read(tmp_path)
    assert (first.name, second.name) == ("gre (echo time 4.5 ms)", "gre (echo time 9 ms)")
    np.testing.assert_array_equal(slice_at(second, 2.0), pixels_of(21))


def test_repeated_positions_become_frames_in_the_order_of_time(tmp_path: Path) -> None:
    for phase in range(4):
        for number, place in enumerate(along_z(0, 2, 4)):
            # Instance numbers run against time on purpose.
            when = {"TriggerTime": 30.0 * phase, "InstanceNumber": 100 - 10 * phase + number}
            where = {"ImagePositionPatient": list(place), "Modality": "MR"}
            save(tmp_path / f"{phase}_{number}.dcm", pixels_of(10 * phase + number), **where, **when)
    (volume,) = dicom.read(tmp_path)
    assert volume.data.shape == (COLUMNS, ROWS, 3, 4)
    assert volume.frame_step_s == pytest.approx(0.03)
    for phase in range(4):
        assert volume.frame(phase)[-1, -1, 1] == pixels_of(10 * phase + 1)[0, 0]


def test_interleaved_acquisitions_are_told_apart(tmp_path: Path) -> None:
    for acquisition, start in ((1, 0.0), (2, 1.2)):
        for number in range(5):
            where = {"ImagePositionPatient": [-10, -20, start + 5.0 * number]}
            name = tmp_path / f"{acquisition}_{number}.dcm"
            save(name, pixels_of(number), AcquisitionNumber=acquisition, **where)
    volumes = dicom.read(tmp_path)
    assert [volume.geometry.spacing_mm[2] for volume in volumes] == pytest.approx([5.0, 5.0])


def test_slopes_differ_by_slice_and_are_applied_slice_by_slice(tmp_path: Path) -> None:
    for number, slope in enumerate((0.5, 2.25, 1.0)):
        where = {"ImagePositionPatient": [-10, -20, 2.0 * number]}
        save(tmp_path / f"{number}.dcm", pixels_of(1), RescaleSlope=slope, RescaleIntercept=-3, **where)
    (volume,) = dicom.read(tmp_path)
    assert volume.data.dtype == np.float32
    np.testing.assert_allclose(slice_at(volume, 2.0), pixels_of(1) * 2.25 - 3)
    np.testing.assert_allclose(slice_at(volume, 4.0), pixels_of(1) - 3.0)


def test_whole_rescaling_keeps_integers_and_widens_where_needed(tmp_path: Path) -> None:
    save(tmp_path / "a.dcm", pixels_of(1), RescaleIntercept=-1024)
    (volume,) = dicom.read(tmp_path)
    assert (volume.data.dtype, volume.value_unit) == (np.int16, "HU")
    np.testing.assert_array_equal(slice_at(volume, 0.0), pixels_of(1) - 1024)
    high = np.full((ROWS, COLUMNS), 65000, np.uint16)
    save(tmp_path / "a.dcm", high, RescaleIntercept=-1024, PixelRepresentation=0)
    (volume,) = dicom.read(tmp_path)
    assert volume.data.dtype == np.int32
    assert volume.data.max() == 65000 - 1024


def test_overlay_bits_above_the_stored_ones_are_dropped(tmp_path: Path) -> None:
    stored = np.full((ROWS, COLUMNS), 0x0123, np.uint16)
    stored[2, 3] |= 0xF000
    small = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0}
    save(tmp_path / "a.dcm", stored, **small)
    assert set(np.unique(dicom.read(tmp_path)[0].data)) == {0x0123}


def test_inverted_images_keep_their_values_and_say_so(tmp_path: Path) -> None:
    save(tmp_path / "a.dcm", pixels_of(1), PhotometricInterpretation="MONOCHROME1")
    (volume,) = dicom.read(tmp_path)
    np.testing.assert_array_equal(slice_at(volume, 0.0), pixels_of(1))
    assert any("MONOCHROME1" in said for said in volume.warnings)


def test_an_image_without_a_place_says_what_is_assumed(tmp_path: Path) -> None:
    bare = {"ImagePositionPatient": None, "ImageOrientationPatient": None, "PixelSpacing": None}
    save(tmp_path / "a.dcm", pixels_of(1), **bare)
    (volume,) = dicom.read(tmp_path / "a.dcm")
    assert volume.geometry.spacing_mm[:2] == (1.0, 1.0)
    assert any("1 mm is assumed" in said for said in volume.warnings)
    assert any("does not say where" in said for said in volume.warnings)


def test_a_broken_file_of_a_folder_is_said_and_the_rest_opens(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(0, 2, 4))
    whole = sorted(tmp_path.iterdir())[0].read_bytes()
    (tmp_path / "zz_cut.dcm").write_bytes(whole[:400])
    (tmp_path / "zz_note.txt").write_text("not DICOM")
    (volume,) = dicom.read(tmp_path)
    assert volume.data.shape[2] == 3
    assert any("zz_cut.dcm was left out" in said for said in volume.warnings)
    assert not any("zz_note" in said for said in volume.warnings)


def test_a_declared_size_beyond_the_file_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    save(tmp_path / "a.dcm", pixels_of(1), Rows=60000, Columns=60000, NumberOfFrames=30000)
    with pytest.raises(InputRefused, match=r"declares .* of pixels but the file holds"):
        dicom.list_series(tmp_path / "a.dcm")


def test_deeply_nested_sequences_are_refused_in_words(tmp_path: Path) -> None:
    path = save(tmp_path / "a.dcm", pixels_of(1))
    before_pixels = path.read_bytes().split(b"\xe0\x7f\x10\x00")[0]
    opening = b"\x40\x00\x00\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    path.write_bytes(before_pixels + opening * 5000)
    with pytest.raises(InputRefused, match="nested too deeply"):
        dicom.read(path)


@pytest.mark.logs_warnings
def test_a_directory_file_does_not_lead_outside_its_folder(tmp_path: Path) -> None:
    medium = tmp_path / "medium"
    (medium / "IMAGES").mkdir(parents=True)
    save(tmp_path / "SECRET", pixels_of(1))
    save(medium / "IMAGES" / "IM1", pixels_of(2))
    records = []
    for names in (["IMAGES", "IM1"], ["..", "SECRET"], ["IMAGES", "GONE"]):
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record.ReferencedFileID = names
        records.append(record)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save(medium / "DICOMDIR", pixels_of(0), DirectoryRecordSequence=records)
    (volume,) = dicom.read(medium / "DICOMDIR")
    assert volume.data[-1, -1, 0] == 200
    assert sum("not in its folder" in said for said in volume.warnings) == 2


def test_cancelling_stops_and_progress_rises(tmp_path: Path) -> None:
    save_stack(tmp_path, along_z(*range(0, 20, 2)))
    seen: list[float] = []
    dicom.read(tmp_path, lambda fraction, _: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)

    def cancel() -> None:
        if len(seen) > 25:
            raise Cancelled

    with pytest.raises(Cancelled):
        dicom.read(tmp_path, lambda fraction, _: seen.append(fraction), cancel)


def test_files_and_folders_are_sniffed_by_content(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    note = tmp_path / "note.dcm"
    note.write_text("A text that only calls itself DICOM, long enough to hold a preamble. " * 4)
    assert not dicom.sniff(tmp_path)
    assert not dicom.sniff(note)
    with pytest.raises(InputRefused, match="not a DICOM file"):
        dicom.read(note)
    with pytest.raises(InputRefused, match="no DICOM images"):
        dicom.read(tmp_path / "empty")
    image = save(tmp_path / "image_without_extension", pixels_of(1))
    assert dicom.sniff(image)
    assert dicom.sniff(tmp_path)
