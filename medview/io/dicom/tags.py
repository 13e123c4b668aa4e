"""The elements that are read from files; all others, names of people included, are skipped unread."""

from __future__ import annotations

#: Siemens: images in a mosaic, and the image header that tells their normal. The last three: b-value of
#: Siemens, Philips, GE.
MOSAIC_COUNT = 0x0019100A
CSA_IMAGE = 0x00291010
B_VALUES = (0x0019100C, 0x20011003, 0x00431039)
#: Philips three-dimensional ultrasound: slices of a volume, their distance.
ECHO_SLICES = 0x30011001
ECHO_DISTANCE = 0x30011003

_PIXEL_KEYS: tuple[str, ...] = (
    "SOPClassUID",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
)
_SERIES_KEYS: tuple[str, ...] = (
    "ImageType",
    "SOPInstanceUID",
    "Modality",
    "Manufacturer",
    "SeriesDescription",
    "SeriesInstanceUID",
    "SeriesNumber",
    "InstanceNumber",
    "AcquisitionNumber",
    "AcquisitionDateTime",
    "AcquisitionTime",
    "ContentTime",
    "AcquisitionDate",
    "FrameReferenceTime",
    "TemporalPositionIdentifier",
    "TemporalResolution",
    "TriggerTime",
    "NominalCardiacTriggerDelayTime",
    "EchoTime",
    "EchoNumbers",
    "DiffusionBValue",
    "ComplexImageComponent",
    "ConvolutionKernel",
    "InversionTime",
)
_SPACE_KEYS: tuple[str, ...] = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "FrameOfReferenceUID",
    "SliceThickness",
    "SpacingBetweenSlices",
    "GantryDetectorTilt",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "PixelAspectRatio",
    "SequenceOfUltrasoundRegions",
    "GridFrameOffsetVector",
    "FrameIncrementPointer",
    "FrameTime",
    "CineRate",
    "RecommendedDisplayFrameRate",
    "SliceVector",
    "DetectorInformationSequence",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "DimensionOrganizationType",
    "TotalPixelMatrixOriginSequence",
    "PhysicalDeltaX",
    "PhysicalDeltaY",
)
_VALUE_KEYS: tuple[str, ...] = (
    "RescaleIntercept",
    "RescaleSlope",
    "RescaleType",
    "Units",
    "DoseUnits",
    "DoseGridScaling",
    "WindowCenter",
    "WindowWidth",
)
HEADER_KEYS: tuple[str | int, ...] = (
    *_PIXEL_KEYS,
    *_SERIES_KEYS,
    *_SPACE_KEYS,
    *_VALUE_KEYS,
    MOSAIC_COUNT,
    CSA_IMAGE,
    *B_VALUES,
    ECHO_SLICES,
    ECHO_DISTANCE,
    0x00190010,
    0x00290010,
    0x20010010,
    0x00430010,
    0x30010010,
)
DECODE_KEYS: tuple[str | int, ...] = (
    *_PIXEL_KEYS,
    "ModalityLUTSequence",
    "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData",
    "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
    "ICCProfile",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "FloatPixelData",
    "DoubleFloatPixelData",
    "PixelData",
)
SEGMENT_KEYS: tuple[str | int, ...] = (
    *HEADER_KEYS,
    "SegmentSequence",
    "SegmentationType",
    "SegmentationFractionalType",
    "MaximumFractionalValue",
    "SegmentsOverlap",
)
#: Who, when, which study and series: repeated in objects that refer to an image, and nowhere shown.
PATIENT_STUDY_KEYS: tuple[str, ...] = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
)
SOURCE_KEYS: tuple[str | int, ...] = (
    *_PIXEL_KEYS,
    *_SERIES_KEYS,
    *_SPACE_KEYS,
    *PATIENT_STUDY_KEYS,
    "SpecificCharacterSet",
    "PositionReferenceIndicator",
    "LossyImageCompression",
    "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
)
#: Of radiotherapy structure sets.
STRUCTURE_KEYS: tuple[str | int, ...] = (
    "SOPClassUID",
    "SpecificCharacterSet",
    "StructureSetROISequence",
    "ROIContourSequence",
    "RTROIObservationsSequence",
)
