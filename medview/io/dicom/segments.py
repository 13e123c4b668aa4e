"""The segments of a DICOM segmentation, from labels: codes, algorithm, colour, identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medview.core.codes import Code
from medview.core.labels import Colour, LabelEntry
from medview.core.origin import Maker
from medview.io.dicom.label_facts import (
    NOT_NOTED,
    algorithm_of,
    code_item,
    long_text,
    made_by_words,
    note_origin,
    with_codes,
)

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from highdicom.sr import CodedConcept

_TYPE_MODIFIER = "SegmentedPropertyTypeModifierCodeSequence"
_REGION_MODIFIER = "AnatomicRegionModifierSequence"
_MOST_PARAMETER_LETTERS = 10240


def segment_of(number: int, entry: LabelEntry, space: tuple[str, ...]) -> SegmentDescription:
    """A label as a segment (PS3.3 C.8.20.4).

    Args:
        number: Of the segment, from 1 without gaps.
        entry: The label.
        space: Identifiers of study and frame of reference: the same label there is the same finding
            whenever it is written.
    """
    from highdicom.seg import SegmentDescription
    from pydicom.uid import generate_uid

    terms, made = with_codes(entry).terms, algorithm_of(entry.origin)
    assert terms.category is not None and terms.type is not None
    region = _concept(terms.region, entry.name, _REGION_MODIFIER, terms.region_modifier)
    segment = SegmentDescription(
        segment_number=number,
        segment_label=long_text(entry.name, f"Label {entry.value}"),
        segmented_property_category=_concept(terms.category, "Tissue"),
        segmented_property_type=_concept(terms.type, entry.name, _TYPE_MODIFIER, terms.type_modifier),
        algorithm_type=made.type,
        algorithm_identification=_identification(entry.origin.models) if made.name else None,
        tracking_uid=generate_uid(entropy_srcs=[*space, str(entry.value), entry.name]),
        tracking_id=long_text(f"{entry.value} {entry.name}", str(entry.value)),
        anatomic_regions=[region] if region is not None else None,
    )
    segment.RecommendedDisplayCIELabValue = lab_of(entry.colour)
    segment.SegmentDescription = made_by_words(entry)
    note_origin(segment, entry)
    return segment


def _concept(
    code: Code | None, name: str, keyword: str = "", modifier: Code | None = None
) -> CodedConcept | None:
    from highdicom.sr import CodedConcept

    if code is None:
        return None
    made = CodedConcept.from_dataset(code_item(code, name), copy=False)
    if modifier is not None:
        setattr(made, keyword, [code_item(modifier, name)])
    return made


def _identification(models: tuple[Maker, ...]) -> AlgorithmIdentificationSequence:
    """Every model with its version, weights and parameters (PS3.3 table 10-19)."""
    from highdicom import AlgorithmIdentificationSequence
    from pydicom.sr.codedict import codes

    family = codes.DCM.ArtificialIntelligence
    known = [(long_text(m.name, NOT_NOTED), long_text(m.version, NOT_NOTED), _parameters(m)) for m in models]
    first, *others = (
        AlgorithmIdentificationSequence(name=name, family=family, version=version, source="medview")
        for name, version, _ in known or [(NOT_NOTED, NOT_NOTED, "")]
    )
    for other in others:
        first.append(other[0])
    for fact, (_, _, words) in zip(first, known, strict=False):
        if words:
            fact.AlgorithmParameters = words
    return first


def _parameters(model: Maker) -> str:
    weights = (("weights_sha256", model.weights_sha256),) if model.weights_sha256 else ()
    return ",".join(f"{name}={value}" for name, value in (*weights, *model.params))[:_MOST_PARAMETER_LETTERS]


def lab_of(colour: Colour) -> list[int]:
    """SRGB as RecommendedDisplayCIELabValue (PS3.3 C.10.7.1.1)."""
    from skimage.color import rgb2lab

    lightness, a, b = rgb2lab(np.array(colour, float)[None, None] / 255)[0, 0]
    stated = np.rint([lightness * 655.35, (a + 128) * 257, (b + 128) * 257]).clip(0, 65535)
    return [int(part) for part in stated]
