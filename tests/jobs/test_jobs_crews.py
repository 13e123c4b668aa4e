"""Work spread over processes: as many pieces at once as there are, and one that dies takes only its own."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from medview.core.errors import RunFailed
from medview.jobs.crews import LocalCrew, perform_all

HERE = "tests.jobs.crew_work"


@pytest.fixture
def crew():
    with closing(LocalCrew(2, 1)) as made:
        yield made


def all_done(crew, function, payloads, is_stopped=lambda: False):
    values = {}
    perform_all(crew, f"{HERE}:{function}", payloads, values.__setitem__, is_stopped)
    return values


def test_every_piece_is_done_and_processes_stay_warm(crew):
    values = all_done(crew, "double", {str(n): {"number": n} for n in range(6)})
    assert {name: value["double"] for name, value in values.items()} == {str(n): 2 * n for n in range(6)}
    assert len({value["process"] for value in values.values()}) == 2
    assert {value["threads"] for value in values.values()} == {"1"}


def test_a_process_that_dies_takes_only_its_own_piece(crew):
    payloads = {name: {"number": 1, "dies": name == "b"} for name in "abcd"}
    values = all_done(crew, "double", payloads)
    assert isinstance(values["b"], RunFailed) and "process was ended" in str(values["b"])
    assert all(values[name]["double"] == 2 for name in "acd")


def test_once_stopped_nothing_new_begins(crew):
    begun_s = time.monotonic()
    asked = []

    def is_stopped():
        asked.append(1)
        return len(asked) > 3

    values = all_done(crew, "double", {str(n): {"number": n, "seconds": 0.5} for n in range(50)}, is_stopped)
    assert 0 < len(values) <= 4
    assert time.monotonic() - begun_s < 60
