"""Words, exit codes, streams: what scripts rely on, whatever the command."""

from __future__ import annotations

import json

import pytest

from medview.cli import terminal

COMMANDS = (
    "open",
    "info",
    "convert",
    "sample",
    "models",
    "run",
    "train",
    "evaluate",
    "shot",
    "bench",
    "doctor",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_on_standard_output(here, command):
    said = here(command, "--help")
    assert said.code == 0
    assert said.out.startswith(f"usage: medview {command}")
    assert said.err == ""


def test_help_and_version_name_the_program(medview):
    helped, version = medview("--help"), medview("--version")
    assert (helped.code, version.code) == (0, 0)
    assert all(command in helped.out for command in COMMANDS)
    assert version.out.startswith("medview ")


@pytest.mark.parametrize(
    "words",
    [
        ("info",),
        ("info", "--jsn", "x"),
        ("convert", "one.nii"),
        ("run", "t2-vessels"),
        ("run", "t2-vessels", "t2=x.nii"),
        ("run", "t2-vessels", "t2=x.nii", "-o", "out", "--device", "abacus"),
        ("run", "t2-vessels", "t2=x.nii", "-o", "out", "--seed", "many"),
        ("run", "t2-vessels", "x.nii", "-o", "out"),
        ("run", "t2-vessels", "t2=x.nii", "-o", "out", "--set", "threshold"),
        ("train", "t2-vessels"),
        ("shot", "x.nii"),
        ("shot", "x.nii", "-o", "x.png", "--layout", "spiral"),
        ("shot", "x.nii", "-o", "x.png", "--size", "large"),
        ("shot", "x.nii", "-o", "x.png", "--at", "here"),
        ("evaluate", "one.nii"),
        ("sample", "head-mr"),
        ("--layout", "spiral"),
    ],
)
def test_wrong_words_are_2_and_told_on_standard_error(here, words):
    said = here(*words)
    assert said.code == 2, said.err
    assert said.out == ""
    assert said.err
    assert "Traceback" not in said.err


def test_a_missing_file_is_3_in_one_line(medview, tmp_path):
    said = medview("info", tmp_path / "not here.nii.gz")
    assert "not here.nii.gz" in said.demand_refusal()


def test_debug_shows_the_traceback_before_the_line(medview, tmp_path):
    plain = medview("convert", tmp_path / "a.nii", tmp_path / "b.nii")
    plain.demand_refusal()
    for words in (("--debug", "convert"), ("convert", "--debug")):
        said = medview(*words, tmp_path / "a.nii", tmp_path / "b.nii")
        assert said.code == 3
        assert "Traceback" in said.err
        assert said.refusals == plain.refusals


def test_a_failure_that_nobody_foresaw_is_4_in_one_line(here, monkeypatch, scan, tmp_path):
    from medview.cli import files

    def break_down(*_words):
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(files, "convert", break_down)
    words = "convert", scan, tmp_path / "out.nii"
    said = here(*words)
    assert said.code == 4
    assert "Traceback" not in said.err
    assert said.refusals and "ZeroDivisionError" in said.refusals[0]
    assert "Traceback" in here("--debug", *words).err


def test_a_reader_that_stops_listening_is_no_failure(start, scan):
    child = start("info", *[scan] * 300, "--json")
    child.stdout.read(10)
    child.stdout.close()
    words = child.stderr.read()
    assert child.wait(60) == 0
    assert words == ""


def test_without_words_the_window_is_meant_and_needs_a_display(medview):
    for words in ((), ("open",), ("--sample", "head-mr")):
        assert "display" in medview(*words).demand_refusal()


def test_a_file_that_is_called_like_a_command_can_be_opened_by_its_path(medview, tmp_path):
    (tmp_path / "info").write_bytes(b"nothing")
    assert "display" in medview("./info", cwd=tmp_path).demand_refusal()


def test_models_are_listed_with_all_that_a_script_needs(here):
    rows = here("models", "--json").json
    assert [row["id"] for row in rows][:1] == ["t2-vessels"]
    one = here("models", "t2-vessels", "--json").json
    for name in ("id", "version", "title", "task", "summary", "inputs", "outputs", "params", "weights",
                 "licence", "citation"):  # fmt: skip
        assert name in one
    assert {item["role"] for item in one["inputs"]} == {"t2", "t1"}
    assert {item["name"] for item in one["outputs"]} >= {"vessels"}
    text = here("models", "t2-vessels")
    assert "threshold" in text.out
    assert "t2-vessels" in here("models").out


def test_an_unknown_model_is_refused_with_the_known_ones(here):
    assert "t2-vessels" in here("models", "t3-vessels").demand_refusal()


def test_doctor_looks_at_everything_and_says_what_is_missing(medview):
    said = medview("doctor", "--json")
    assert said.code == 0
    findings = said.json
    for name in ("display", "opengl", "gpu", "scenes", "fonts", "versions", "problems"):
        assert name in findings
    assert "torch" in findings["versions"]
    assert findings["display"] == "none"
    assert any("display" in problem for problem in findings["problems"])
    assert json.dumps(findings)


def test_bench_refuses_unknown_figures_and_windows_without_a_display(here, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert "load_seconds" in here("bench", "speed").demand_refusal()
    here("bench", "scroll_p95_ms").demand_refusal()


@pytest.mark.parametrize("is_terminal", [False, True])
def test_the_time_left_is_told_once(monkeypatch, capsys, is_terminal):
    monkeypatch.setattr(terminal, "_PLAIN_INTERVAL_S", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal, raising=False)
    bar = terminal.Bar()
    bar._started_s -= 30
    bar.progress(0.5, "Slice 5 of 10")
    own = capsys.readouterr().err
    bar.progress(0.5, "Slice 5 of 10, 525 MB of memory, about 12 s left")
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.count("left") == 1 and "<" not in told
    assert ("<" in own) if is_terminal else own.rstrip().endswith("about 30 s left")
    bar.close()
