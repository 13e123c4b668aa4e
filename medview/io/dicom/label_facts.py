"""What DICOM objects say of a label: codes, who made it, whether it was reviewed. Written and read here."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medview.core.codes import SNOMED, Code, Terminology
from medview.core.labels import LabelEntry
from medview.core.origin import HAND, NOT_STATED, Maker, MakerKind, Origin
from medview.io.dicom.values import item, items, text, value
from medview.io.label_makers import makers_rows, origin_of

if TYPE_CHECKING:
    from pydicom import Dataset

#: Stated for labels that nobody has given a code: something in the body, no more.
TISSUE = Code("85756007", SNOMED, "Tissue")
#: Stated as the algorithm of labels whose makers nobody has noted.
NOT_NOTED = "not stated"
_LONGEST_SHORT, _LONGEST_LONG, _LONGEST_TEXT = 16, 64, 10240
_CREATOR, _GROUP, _MAKERS, _REVIEWED = "MEDVIEW LABEL", 0x0063, 0x01, 0x02
_MOST_PRIVATE = 65536


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """How a label was made, in DICOM's words.

    Args:
        type: ``MANUAL``, ``SEMIAUTOMATIC`` or ``AUTOMATIC``.
        name: Of the first model, or `NOT_NOTED`; empty where it was made by hand.
    """

    type: str
    name: str = ""


def algorithm_of(origin: Origin) -> Algorithm:
    """How a label was made; what nobody knows is neither a person's alone nor a machine's alone."""
    if origin.is_by_hand:
        return Algorithm(type="MANUAL")
    name = long_text(origin.models[0].name, NOT_NOTED) if origin.models else NOT_NOTED
    return Algorithm(type="AUTOMATIC" if origin.is_by_models else "SEMIAUTOMATIC", name=name)


def long_text(words: str, otherwise: str) -> str:
    """A text of DICOM's LO: one line, no backslash, at most 64 letters."""
    return " ".join(words.replace("\\", "/").split())[:_LONGEST_LONG].rstrip() or otherwise


def made_by_words(entry: LabelEntry) -> str:
    """A sentence or two for people who look at the object with another program."""
    said = [f"Made by {entry.origin}." if entry.origin else "Who made it is not stated."]
    said += [f"Parameters: {maker.params_text}." for maker in entry.origin.models if maker.params]
    return " ".join([*said, "Reviewed." if entry.is_reviewed else "Not reviewed."])[:_LONGEST_TEXT]


def with_codes(entry: LabelEntry) -> LabelEntry:
    """The label with a category and a type, stated as tissue where nobody has given them."""
    terms = entry.terms
    return replace(entry, terms=replace(terms, category=terms.category or TISSUE, type=terms.type or TISSUE))


def code_item(code: Code, otherwise: str) -> Dataset:
    """A code sequence's item; `otherwise` is its meaning in words where the code states none."""
    from pydicom import Dataset

    made = Dataset()
    keyword = "CodeValue" if len(code.value) <= _LONGEST_SHORT else "LongCodeValue"
    setattr(made, keyword, code.value)
    made.CodingSchemeDesignator = code.scheme[:_LONGEST_SHORT]
    made.CodeMeaning = long_text(code.meaning, long_text(otherwise, "Tissue"))
    return made


def note_origin(target: Dataset, entry: LabelEntry) -> None:
    """Note makers and review in a block of our own, since no standard element has weights and parameters."""
    block = target.private_block(_GROUP, _CREATOR, create=True)
    block.add_new(_MAKERS, "UT", json.dumps(makers_rows(entry.origin)))
    block.add_new(_REVIEWED, "CS", "YES" if entry.is_reviewed else "NO")


def noted_origin(segment: Dataset) -> tuple[Origin, bool]:
    """Makers and review: from our own block, or else from what every program states."""
    try:
        block = segment.private_block(_GROUP, _CREATOR)
    except KeyError:
        return _stated_origin(segment), False
    makers = text(segment, block.get_tag(_MAKERS))[:_MOST_PRIVATE]
    try:
        origin = origin_of(json.loads(makers))
    except (ValueError, RecursionError):
        origin = NOT_STATED
    return origin, text(segment, block.get_tag(_REVIEWED)) == "YES"


def _stated_origin(segment: Dataset) -> Origin:
    kind = text(segment, "SegmentAlgorithmType") or text(segment, "ROIGenerationAlgorithm")
    if kind == "MANUAL":
        return Origin((HAND,))
    facts = items(segment, "SegmentationAlgorithmIdentificationSequence")
    models = tuple(_model(text(fact, "AlgorithmName"), text(fact, "AlgorithmVersion")) for fact in facts)
    name = text(segment, "SegmentAlgorithmName")
    models = models or ((_model(name, ""),) if name and name != NOT_NOTED else ())
    if not models:
        return NOT_STATED
    return Origin(models if kind == "AUTOMATIC" else (*models, HAND))


def _model(name: str, version: str) -> Maker:
    return Maker(kind=MakerKind.MODEL, name=name[:_LONGEST_LONG], version=version[:_LONGEST_LONG])


def terms_of(data_set: Dataset, places: dict[str, tuple[str, str]]) -> Terminology:
    """The codes of a label.

    Args:
        data_set: A segment, or an observation of a contour.
        places: By field of `Terminology`: the sequence, and the one within it.
    """
    return Terminology(**{name: _code(data_set, place) for name, place in places.items()})


def _code(data_set: Dataset, place: tuple[str, str]) -> Code | None:
    """One code, or one that stands within it (Left, say, within Kidney)."""
    outer, inner = place
    code = item(data_set, outer)
    if code is not None and inner:
        code = item(code, inner)
    if code is None:
        return None
    number = text(code, "CodeValue") or text(code, "LongCodeValue") or text(code, "URNCodeValue")
    return Code(number, text(code, "CodingSchemeDesignator"), text(code, "CodeMeaning")) if number else None


def rgb_of(data_set: Dataset, keyword: str) -> tuple[int, int, int] | None:
    """Three whole numbers from 0 to 255, or None."""
    found = value(data_set, keyword)
    try:
        red, green, blue = (min(max(int(part), 0), 255) for part in found)
    except (TypeError, ValueError):
        return None
    return red, green, blue
