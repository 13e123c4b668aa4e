"""What DICOM calls things, in words for people."""

from __future__ import annotations

from medview.core.errors import InputRefused

_WITHOUT_IMAGES = {
    "1.2.840.10008.5.1.4.1.1.88": "a structured report",
    "1.2.840.10008.5.1.4.1.1.481.3": "a radiotherapy structure set (contours)",
    "1.2.840.10008.5.1.4.1.1.481.5": "a radiotherapy plan",
    "1.2.840.10008.5.1.4.1.1.481.8": "a radiotherapy ion plan",
    "1.2.840.10008.5.1.4.1.1.481": "a radiotherapy record",
    "1.2.840.10008.5.1.4.1.1.91": "a set of microscopy annotations",
    "1.2.840.10008.5.1.4.1.1.104": "a wrapped document (PDF or similar)",
    "1.2.840.10008.5.1.4.1.1.9": "a waveform recording",
    "1.2.840.10008.5.1.4.1.1.11": "a presentation state (how to show other images)",
    "1.2.840.10008.5.1.4.1.1.66.1": "a spatial registration",
    "1.2.840.10008.5.1.4.1.1.66.2": "a spatial fiducials object",
    "1.2.840.10008.5.1.4.1.1.66.3": "a deformable registration",
    "1.2.840.10008.5.1.4.1.1.66.5": "a surface segmentation",
    "1.2.840.10008.5.1.4.1.1.66.6": "a tractography result",
    "1.2.840.10008.5.1.4.1.1.66": "raw data without images",
    "1.2.840.10008.5.1.4.1.1.4.2": "an MR spectroscopy measurement",
    "1.2.840.10008.5.1.4.1.1.67": "a real world value mapping",
    "1.2.840.10008.5.1.4.38": "a hanging protocol",
    "1.2.840.10008.1.3.10": "a DICOMDIR, the list of contents of a medium",
}
_MODALITY_WITHOUT_IMAGES = {
    "SR": "a structured report",
    "RTSTRUCT": "a radiotherapy structure set (contours)",
    "RTPLAN": "a radiotherapy plan",
    "PR": "a presentation state (how to show other images)",
    "KO": "a list of key images",
    "ANN": "a set of microscopy annotations",
}
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
LABELMAP_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.7"
RT_STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"
RT_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_IMAGES = (SEGMENTATION, LABELMAP_SEGMENTATION, RT_DOSE, "1.2.840.10008.5.1.4.1.1.481.1")
#: Told in words where the pixels cannot be decoded.
_SYNTAXES = {
    "1.2.840.10008.1.2.4.100": "an MPEG-2 video",
    "1.2.840.10008.1.2.4.101": "an MPEG-2 video",
    "1.2.840.10008.1.2.4.102": "an MPEG-4 video",
    "1.2.840.10008.1.2.4.103": "an MPEG-4 video",
    "1.2.840.10008.1.2.4.104": "an MPEG-4 video",
    "1.2.840.10008.1.2.4.105": "an MPEG-4 video",
    "1.2.840.10008.1.2.4.106": "an MPEG-4 video",
    "1.2.840.10008.1.2.4.107": "an HEVC video",
    "1.2.840.10008.1.2.4.108": "an HEVC video",
}


def kind_without_images(sop_class: str, modality: str) -> str:
    """What an object without images is, such as ``"a radiotherapy plan"``; empty where it may hold images."""
    if sop_class in _IMAGES:
        return ""
    for prefix in sorted(_WITHOUT_IMAGES, key=len, reverse=True):
        if sop_class == prefix or sop_class.startswith(f"{prefix}."):
            return _WITHOUT_IMAGES[prefix]
    return "" if sop_class else _MODALITY_WITHOUT_IMAGES.get(modality, "")


def syntax_in_words(uid: str) -> str:
    """The name of a transfer syntax, such as ``"JPEG 2000 Image Compression"``."""
    from pydicom.uid import UID

    if uid in _SYNTAXES:
        return _SYNTAXES[uid]
    name = str(UID(uid).name) if uid else "no stated transfer syntax"
    return f"the unknown transfer syntax {uid}" if name == uid else name


def why(error: InputRefused) -> str:
    """A refusal as one sentence about one file of many."""
    return f"{error.title.removeprefix('Cannot open ')} was left out: {error.detail}."


def listed(sentences: list[str], limit: int = 8) -> tuple[str, ...]:
    """The first few sentences, and how many more there are."""
    if len(sentences) <= limit:
        return tuple(sentences)
    return (*sentences[:limit], f"{len(sentences) - limit} more files were left out.")
