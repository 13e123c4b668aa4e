"""The clock of working time, the pace of a list, and the order of its cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from medview.session.worklist.cases import Case
from medview.session.worklist.open_list import OpenList, is_finished, next_open, step
from medview.session.worklist.place import ListPlace
from medview.session.worklist.progress import progress_of
from medview.session.worklist.record import CaseState, ListRecord, WorkRecord
from medview.session.worklist.work_clock import WorkClock

PLACE = ListPlace(root=Path("/data"), is_bids=False, masks=Path("/data/masks"), is_apart=False)


def looked(*looks) -> WorkClock:
    clock = WorkClock()
    for now_s, is_active, has_worked in looks:
        clock.look(now_s, is_active=is_active, has_worked=has_worked)
    return clock


def test_time_between_signs_of_work_counts() -> None:
    assert looked((0, True, True), (10, True, True), (25, True, False), (30, True, True)).seconds == 30


def test_a_pause_of_more_than_a_minute_counts_not_at_all() -> None:
    assert looked((0, True, True), (60, True, True)).seconds == 60
    assert looked((0, True, True), (5, True, True), (66, True, True), (70, True, True)).seconds == 9


def test_nothing_counts_while_another_window_has_the_keyboard() -> None:
    assert looked((0, True, True), (5, True, True), (6, False, True), (20, True, True)).seconds == 5


def test_seconds_are_taken_once_and_given_back_where_they_could_not_be_noted() -> None:
    clock = looked((0, True, True), (10, True, True))
    assert clock.take() == 10 and clock.take() == 0
    clock.give_back(10)
    assert clock.seconds == 10
    clock.rest()
    clock.look(12, is_active=True, has_worked=True)
    assert clock.seconds == 0


def case(name, *annotators) -> Case:
    return Case(
        id=name,
        scans=(Path(f"/data/{name}.nii"),),
        masks={who: PLACE.mask(name, who) for who in annotators},
    )


def work(cases, records, **facts) -> OpenList:
    by_case = {name: {"AB": record} for name, record in records.items()}
    return OpenList(
        place=PLACE, cases=tuple(cases), record=ListRecord(work=by_case),
        **{"annotator": "AB", "whose": "AB", **facts},
    )  # fmt: skip


def done(seconds) -> WorkRecord:
    return WorkRecord(state=CaseState.DONE, seconds=seconds)


def test_what_lies_on_disk_decides_how_far_a_case_is() -> None:
    both = {"a": done(1), "b": done(1)}
    found = work([case("a", "AB"), case("b"), case("c", "AB"), case("d")], both)
    assert [found.state_of(item) for item in found.cases] == [
        CaseState.DONE,
        CaseState.IN_WORK,
        CaseState.IN_WORK,
        CaseState.TO_DO,
    ]


def test_a_mask_that_came_with_the_data_is_done_until_it_is_checked() -> None:
    given = Case(id="a", scans=(), masks={"given": Path("/data/a/a_seg.nii")})
    assert work([given], {}).state_of(given, "given") is CaseState.DONE


def test_the_mean_is_of_finished_cases_that_were_timed_and_the_rest_goes_at_that_pace() -> None:
    cases = [case("a", "AB"), case("b", "AB"), case("c", "AB"), case("d", "AB"), case("e")]
    records = {"a": done(100), "b": done(200), "c": done(0), "d": WorkRecord(seconds=40)}
    found = progress_of(work(cases, records))
    assert (found.done, found.checked, found.total) == (3, 0, 5)
    assert found.mean_s == pytest.approx(150) and found.left_s == pytest.approx(110 + 150)


def test_without_a_timed_case_no_time_is_promised() -> None:
    found = progress_of(work([case("a", "AB"), case("b")], {"a": done(0)}))
    assert found.mean_s is None and found.left_s is None


def test_the_next_open_case_lies_behind_the_present_one_and_then_from_the_beginning() -> None:
    cases = [case("a"), case("b", "AB"), case("c"), case("d")]
    found = work(cases, {"b": done(1)}, current="c")
    order = [item.id for item in cases]
    assert next_open(found, order) == "d"
    assert next_open(work(cases, {"b": done(1)}, current="d"), order) == "a"
    assert next_open(work(cases[1:2], {"b": done(1)}, current=None), ["b"]) is None
    assert next_open(found, ["c"]) is None


def test_a_step_ends_at_the_ends() -> None:
    found = work([case("a"), case("b")], {}, current="a")
    assert step(found, ["a", "b"], 1) == "b" and step(found, ["a", "b"], -1) is None
    assert step(found, [], 1) is None
    other = work([case("a"), case("b")], {}, current=None)
    assert step(other, ["a", "b"], 1) == "a" and step(other, ["a", "b"], -1) == "b"


def test_a_checker_has_only_what_is_done_to_do() -> None:
    cases = [case("a", "AB"), case("b", "AB"), case("c")]
    found = work(cases, {"a": done(1)}, annotator="CD")
    assert [is_finished(found, item) for item in cases] == [False, True, True]
    assert not found.is_own and found.annotators == ("CD", "AB")
