from __future__ import annotations

import contextlib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medview.core.codes import Code, Terminology
from medview.core.errors import InputRefused, MedviewError, RunFailed
from medview.core.labels import LabelEntry
from medview.io.label_tables import files
from medview.io.label_tables.files import ENDINGS, read_label_table, write_label_table

KIDNEY = Terminology(
    category=Code("91723000", "SCT", "Anatomical Structure"),
    type=Code("64033007", "SCT", "Kidney"),
    type_modifier=Code("7771000", "SCT", "Left"),
)
CYST = Terminology(
    type=Code("367643001", "SCT", "Cyst"),
    region=Code("64033007", "SCT", "Kidney"),
    region_modifier=Code("24028007", "SCT", "Right"),
)
ENTRIES = (
    LabelEntry(value=7, name="Left kidney", colour=(255, 0, 10), terms=KIDNEY, locked=True, note="rim, top"),
    LabelEntry(value=2, name='Zyste, "gross"', colour=(0, 200, 10), terms=CYST, visible=False),
    LabelEntry(value=65535, name="Artère_droite", colour=(1, 2, 3)),
)


def text_file(folder: Path, content: str | bytes, name: str = "table.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("ending", list(ENDINGS))
def test_what_a_format_keeps_comes_back_in_order_whatever_the_name(tmp_path, ending) -> None:
    path = tmp_path / f"labels{ending}"
    lost = write_label_table(ENTRIES, path)
    renamed = path.rename(tmp_path / "anything.dat")
    found = read_label_table(renamed)
    assert found == tuple(ENDINGS[ending].kept(entry) for entry in ENTRIES)
    assert [entry.value for entry in found] == [7, 2, 65535]
    assert (lost == "") == (found == ENTRIES) == (ending in (".json", ".csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["anything.dat"]


def test_what_itksnap_and_slicer_colours_lose_is_said_and_is_all_that_is_lost(tmp_path) -> None:
    assert write_label_table(ENTRIES, tmp_path / "a.txt") == "codes, locks and notes"
    snap = read_label_table(tmp_path / "a.txt")
    assert [(e.name, e.colour, e.visible) for e in snap] == [
        ("Left kidney", (255, 0, 10), True),
        ("Zyste, 'gross'", (0, 200, 10), False),
        ("Artère_droite", (1, 2, 3), True),
    ]
    assert "underscores" in write_label_table(ENTRIES, tmp_path / "a.ctbl")
    assert [entry.name for entry in read_label_table(tmp_path / "a.ctbl")] == [
        "Left kidney",
        'Zyste, "gross"',
        "Artère droite",
    ]
    plain = (LabelEntry(value=1, name="Liver", colour=(1, 2, 3)),)
    assert write_label_table(plain, tmp_path / "b.txt") == write_label_table(plain, tmp_path / "b.ctbl") == ""


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
codes = st.one_of(
    st.none(),
    st.builds(Code, st.from_regex(r"[0-9A-Z.\-]{1,16}", fullmatch=True), st.sampled_from(["SCT", "DCM"]),
              st.from_regex(r"[A-Za-z ,]{0,20}[A-Za-z]", fullmatch=True)),
)  # fmt: skip
entries = st.lists(
    st.builds(
        LabelEntry,
        value=st.integers(1, 65535),
        name=words,
        colour=st.tuples(*[st.integers(0, 255)] * 3),
        terms=st.builds(Terminology, category=codes, type=codes, type_modifier=codes, region=codes,
                        region_modifier=codes),
        locked=st.booleans(),
        visible=st.booleans(),
        note=words,
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda entry: entry.value,
)  # fmt: skip


@pytest.mark.parametrize("ending", list(ENDINGS))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_entries=entries)
def test_any_table_is_written_and_read_back_as_promised(tmp_path, ending, given_entries) -> None:
    path = tmp_path / f"any{ending}"
    write_label_table(given_entries, path)
    found = read_label_table(path)
    assert [entry.value for entry in found] == [entry.value for entry in given_entries]
    assert [entry.colour for entry in found] == [entry.colour for entry in given_entries]
    if ending in (".json", ".csv"):
        for entry, other in zip(found, given_entries, strict=True):
            for field in fields(Terminology):
                code, wanted = getattr(entry.terms, field.name), getattr(other.terms, field.name)
                assert (code is None) == (wanted is None)
                assert code is None or (code.value, code.scheme, code.meaning.split()) == (
                    wanted.value,
                    wanted.scheme,
                    wanted.meaning.split(),
                )
        assert [(e.locked, e.visible) for e in found] == [(e.locked, e.visible) for e in given_entries]


# files of other programs

SNAP = """################################################
# ITK-SnAP Label Description File
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
    0     0    0    0        0  0  0    "Clear Label"
    1   255    0    0        1  1  0    "label one (l1)"
   12     0   80  255     0.50  0  1    "Aorta"
"""
CTBL = """# Color table file C:/data/Segmentation-label_ColorTable.ctbl
# 4 values
0 Background 0 0 0 0
1 artery 216 101 79 255
3 connective_tissue 111 184 210 255
"""
FREESURFER = """#No. Label Name:                            R   G   B   A

0   Unknown                                 0   0   0   0
2   Left-Cerebral-White-Matter              245 245 245 0
1002 ctx_lh_caudal                          125 100 160 0
"""
SLICER = """LabelValue,Name,Color_R,Color_G,Color_B,Color_A,Category_CodingScheme,Category_CodeValue,Category_CodeMeaning,Type_CodingScheme,Type_CodeValue,Type_CodeMeaning,TypeModifier_CodingScheme,TypeModifier_CodeValue,TypeModifier_CodeMeaning,Region_CodingScheme,Region_CodeValue,Region_CodeMeaning,RegionModifier_CodingScheme,RegionModifier_CodeValue,RegionModifier_CodeMeaning
1,kidney_left,212,126,151,255,SCT,123037004,Anatomical Structure,SCT,64033007,Kidney,SCT,7771000,Left,,,,,,
2,"cyst, left",255,209,102,255,SCT,49755003,Morphologically Altered Structure,SCT,367643001,Cyst,,,,SCT,64033007,Kidney,SCT,7771000,Left
"""  # noqa: E501


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SNAP, [(1, "label one (l1)", (255, 0, 0), True), (12, "Aorta", (0, 80, 255), False)]),
        (CTBL, [(1, "artery", (216, 101, 79), True), (3, "connective tissue", (111, 184, 210), True)]),
        (
            FREESURFER,
            [
                (2, "Left-Cerebral-White-Matter", (245, 245, 245), True),
                (1002, "ctx_lh_caudal", (125, 100, 160), True),
            ],
        ),
        ("index\tname\tcolor\n1\tGM\t#ff0000\n2\tWM\t#00FF7f\n",
         [(1, "GM", (255, 0, 0), True), (2, "WM", (0, 255, 127), True)]),
        ("\ufeffLabel;Name;R;G;B\n3;Leber;10;20;30\n", [(3, "Leber", (10, 20, 30), True)]),
        ('{"labels": {"background": 0, "liver": 1}}', [(1, "liver", (230, 40, 40), True)]),
        ('{"labels": {"0": "background", "2": "spleen"}}', [(2, "spleen", (0, 158, 115), True)]),
        ("id,label\n1,one\n2,\n", [(1, "one", (230, 40, 40), True), (2, "Label 2", (0, 158, 115), True)]),
    ],
    ids=["ITK-SNAP", "Slicer", "FreeSurfer", "BIDS", "German spreadsheet", "nnU-Net", "nnU-Net v1", "plain"],
)  # fmt: skip
def test_tables_of_other_programs_are_understood_by_their_content(tmp_path, text, expected) -> None:
    found = read_label_table(text_file(tmp_path, text, "x.bin"))
    assert [(e.value, e.name, e.colour, e.visible) for e in found] == expected


def test_slicers_terminologies_come_with_all_five_codes(tmp_path) -> None:
    kidney, cyst = read_label_table(text_file(tmp_path, SLICER, "slicer.csv"))
    assert kidney.terms == replace(KIDNEY, category=Code("123037004", "SCT", "Anatomical Structure"))
    assert cyst.name == "cyst, left" and cyst.terms.region == Code("64033007", "SCT", "Kidney")
    assert cyst.terms.region_modifier == Code("7771000", "SCT", "Left") and cyst.terms.type_modifier is None
    assert str(kidney.terms) == "Kidney (SCT 64033007), Left (SCT 7771000)"


def test_text_of_old_spreadsheets_is_read_as_latin(tmp_path) -> None:
    found = read_label_table(text_file(tmp_path, "value,name\n1,Artère\n".encode("latin-1"), "a.csv"))
    assert found[0].name == "Artère"


# what is refused


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is no table of labels that is known here"),
        (b"hello world\n", "it is no table of labels that is known here"),
        (b"\x1f\x8b\0\0", "it is no text file"),
        (b"x" * (9 << 20), "it is larger than 8 MiB"),
        (b'{"labels": [', "it is no whole JSON text"),
        (b"[" * 100_000, "it is no whole JSON text"),
        (b'{"labels": 3}', "it has no list"),
        (b'{"labels": [{"value": 70000}]}', "a number up to 65535 is needed"),
        (b'{"labels": [{"value": true}]}', "a number up to 65535 is needed"),
        (b'{"labels": []}', "it names no label"),
        (b'1 0 0 0 1 1 1 "a"\n1 0 0 0 1 1 1 "b"\n', "label 1 is in line 1 and in line 2"),
        (b'1 0 0 0 1 1 1 "a"\n2 0 0 300 1 1 1 "b"\n', "line 2 has a colour that is not from 0 to 255"),
        (b'1 0 0 0 1 1 1 "a"\nnonsense\n', "line 2 is not seven numbers and a quoted name"),
        (b"# Color procedural file x\n0 0 0 0\n", "it is a continuous colour scale"),
        (b"# Color table file x\n1 a 1 2\n", "line 2 is not a number, a name and a colour"),
        (b"value,name\n-1,a\n", "line 2 has label -1"),
        (b"value,name\n1.5,a\n", "line 2 has \xe2\x80\x9c1.5\xe2\x80\x9d where a label's number is needed"),
        (b"value,name\nnan,a\n", "where a label's number is needed"),
        (b"value,colour\n1,#112233\n", "names no column"),
        (b"value,name,color\n1,a,red\n", "where a colour such as #e62828 is needed"),
        (b"value,name\n1," + b"a" * 300 + b"\n", "line 2 has a name of more than 200 letters"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_clear_sentence(tmp_path, content, said) -> None:
    said = said.encode("latin-1").decode() if "\xe2" in said else said
    with pytest.raises(InputRefused) as told:
        read_label_table(text_file(tmp_path, content, "bad.dat"))
    assert said in told.value.detail and told.value.title == "Cannot open bad.dat"
    assert "\n" not in str(told.value)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.one_of(st.binary(max_size=300), words.map(str.encode)))
def test_no_content_makes_more_than_a_refusal(tmp_path, content) -> None:
    path = text_file(tmp_path, content, "any.dat")
    with contextlib.suppress(InputRefused):
        assert read_label_table(path)


def test_a_name_that_says_no_format_and_a_folder_that_is_not_there_are_refused(tmp_path) -> None:
    with pytest.raises(InputRefused, match=r"must end with \.json, \.csv, \.txt, \.ctbl"):
        write_label_table(ENTRIES, tmp_path / "labels.doc")
    with pytest.raises(MedviewError, match="does not exist"):
        write_label_table(ENTRIES, tmp_path / "none" / "labels.csv")
    with pytest.raises(InputRefused, match="there is no such file"):
        read_label_table(tmp_path / "none.csv")


def test_a_table_that_reads_back_otherwise_leaves_the_old_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "labels.json"
    write_label_table(ENTRIES, path)
    before = path.read_bytes()
    monkeypatch.setattr(files, "read_label_table", lambda _path: ENTRIES[:1])
    with pytest.raises(RunFailed, match="what was read back differs"):
        write_label_table(ENTRIES[1:], path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["labels.json"]
