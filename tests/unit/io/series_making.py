"""Small DICOM series of every lie: axial, top to bottom, oblique, tilted, with gaps, and of many frames."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedMRImageStorage, ExplicitVRLittleEndian, generate_uid

from medview.core.codes import Code, Terminology
from medview.core.labels import LabelEntry
from medview.core.origin import BY_HAND, HAND, Maker, MakerKind, Origin
from medview.core.volume import Volume
from medview.io.dicom import reader as dicom

ROWS, COLUMNS, SLICES = 20, 24, 9
PIXEL_MM = [0.5, 0.75]
STUDY, SERIES, FRAME = "1.2.3.1", "1.2.3.2", "1.2.3.3"
AXIAL = ([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], np.array([0.0, 0.0, 2.5]))
_TURN = np.array([[0.8, -0.6, 0.0], [0.48, 0.64, -0.6], [0.36, 0.48, 0.8]])
LIES: dict[str, tuple[list[float], np.ndarray]] = {
    "axial": AXIAL,
    "from top to bottom": (AXIAL[0], np.array([0.0, 0.0, -2.5])),
    "coronal": ([1.0, 0.0, 0.0, 0.0, 0.0, -1.0], np.array([0.0, 3.0, 0.0])),
    "oblique": ([*_TURN[:, 0], *_TURN[:, 1]], 2.5 * _TURN[:, 2]),
    "tilted": (AXIAL[0], np.array([0.0, 0.8, 2.5])),
}
MODEL = Maker(
    kind=MakerKind.MODEL, name="vessels", version="2.1", weights_sha256="ab" * 32, params=(("limit", 0.5),)
)
KIDNEY = Terminology(
    category=Code("91723000", "SCT", "Anatomical Structure"),
    type=Code("64033007", "SCT", "Kidney"),
    type_modifier=Code("7771000", "SCT", "Left"),
    region=Code("818983003", "SCT", "Abdomen"),
)
ENTRIES = (
    LabelEntry(
        value=3, name="Niere Ä", colour=(230, 40, 40), terms=KIDNEY, origin=Origin((MODEL, HAND)),
        is_reviewed=True,
    ),
    LabelEntry(value=7, name="by hand", colour=(0, 158, 115), origin=BY_HAND),
    LabelEntry(value=2, name="by model", colour=(64, 132, 244), origin=Origin((MODEL,))),
    LabelEntry(value=9, name="nothing", colour=(1, 2, 3)),
)  # fmt: skip


def _image(sop_class: str, uid: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, uid
    image = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    usual: dict[str, Any] = {
        "SOPClassUID": sop_class, "SOPInstanceUID": uid, "PatientName": "Secret^Name", "PatientID": "12345",
        "PatientSex": "X", "PatientBirthDate": "19700101", "StudyInstanceUID": STUDY, "StudyID": "7",
        "StudyDate": "20200102", "StudyTime": "101112", "SeriesInstanceUID": SERIES, "SeriesNumber": 4,
        "FrameOfReferenceUID": FRAME, "Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "Rows": ROWS, "Columns": COLUMNS, "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16, "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 1,
        "RescaleSlope": 1, "RescaleIntercept": 0, "AccessionNumber": "", "Manufacturer": "test",
    }  # fmt: skip
    for keyword, value in usual.items():
        setattr(image, keyword, value)
    return image


def series(folder: Path, lie: str = "axial", places: tuple[float, ...] = tuple(range(SLICES)), **more: Any):
    """Write a series of single images and read it; `places` are in steps of the lie."""
    axes, step = LIES[lie]
    for number, place in enumerate(places):
        image = _image(CTImageStorage, f"1.2.3.4.{number + 1}")
        image.ImageOrientationPatient = [round(part, 9) for part in axes]
        image.ImagePositionPatient = [round(p, 6) for p in np.array([-10.0, -20.0, 30.0]) + place * step]
        image.PixelSpacing, image.SliceThickness, image.InstanceNumber = PIXEL_MM, 2.5, number + 1
        image.PixelData = np.full((ROWS, COLUMNS), number, np.int16).tobytes()
        for keyword, value in more.items():
            if value is None:
                delattr(image, keyword)
            else:
                setattr(image, keyword, value)
        image.save_as(folder / f"{len(places) - number:03}.dcm", enforce_file_format=True)
    return only(folder)


def many_frames(folder: Path, times: int = 1) -> Volume:
    """Write an Enhanced MR object, its slices in a mixed order and each so many times, and read it."""
    image = _image(EnhancedMRImageStorage, generate_uid())
    image.Modality, image.NumberOfFrames = "MR", SLICES * times
    axes, step = LIES["oblique"]
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [round(part, 9) for part in axes]
    measures.PixelSpacing, measures.SliceThickness, measures.SpacingBetweenSlices = PIXEL_MM, 2.0, 2.5
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
    image.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for time in range(times):
        for number in (4, 0, 1, 8, 2, 3, 7, 5, 6):
            frame, position, content = Dataset(), Dataset(), Dataset()
            position.ImagePositionPatient = [round(p, 6) for p in np.array([5.0, -7.0, 9.0]) + number * step]
            content.TemporalPositionIndex, content.StackID = time + 1, "1"
            content.InStackPositionNumber = number + 1
            content.DimensionIndexValues = [time + 1, number + 1]
            frame.PlanePositionSequence, frame.FrameContentSequence = [position], [content]
            frames.append(frame)
    image.PerFrameFunctionalGroupsSequence = frames
    image.PixelData = np.zeros((SLICES * times, ROWS, COLUMNS), np.int16).tobytes()
    image.save_as(folder / "all.dcm", enforce_file_format=True)
    return only(folder)


def only(folder: Path) -> Volume:
    (volume,) = dicom.read(folder)
    return volume


def mask_on(volume: Volume) -> np.ndarray:
    """Labels 3, 7 and 2 with holes, a corner that touches by its corner only, single voxels, and gaps."""
    labels = np.zeros(volume.geometry.shape, np.uint8, order="F")
    i, j, k = np.indices(labels.shape)
    middle = np.array(labels.shape) / 2
    away = np.sqrt(sum(((axis - m) / m) ** 2 for axis, m in zip((i, j, k), middle, strict=True)))
    labels[away < 0.8] = 3
    labels[(away < 0.35) & ((i + j) % max(5, labels.shape[0] // 5) != 0)] = 0
    labels[:3, :3] = 2
    labels[1, 1] = 0
    labels[3, 3, :] = 2
    labels[-1, -1, 0] = labels[-1, -1, -1] = labels[-4, -2, labels.shape[2] // 2] = 7
    return labels


def dciodvfy_errors(path: Path) -> list[str]:
    """What dicom3tools' validator calls errors; the test skips where the program is not installed."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    lines = (told.stdout + told.stderr).splitlines()
    assert lines
    return [line for line in lines if line.startswith("Error")]
