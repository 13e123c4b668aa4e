from __future__ import annotations

import pytest
from psygnal import Signal

from medview.core.errors import Cancelled, InputRefused, root_of
from medview.present.actions import ActionTable


class Bell:
    rung = Signal()


def ringing(error):
    """A deed whose failure comes out of a listener of a listener."""
    first, second = Bell(), Bell()
    first.rung.connect(second.rung.emit)

    def fail():
        raise error

    second.rung.connect(fail)
    return first.rung.emit


@pytest.fixture
def told():
    return []


@pytest.fixture
def actions(told):
    return ActionTable([], lambda *words: told.append(words), lambda _: None)


def test_a_refusal_inside_a_signal_is_told_in_its_own_words(actions, told):
    actions.guarded("Open", ringing(InputRefused("Cannot open it", "it is gone", "Look again.")))
    assert told == [("Cannot open it", "it is gone", "Look again.")]


def test_a_cancel_inside_a_signal_is_no_failure(actions, told):
    actions.guarded("Open", ringing(Cancelled()))
    assert told == []


@pytest.mark.logs_warnings
def test_a_slip_inside_a_signal_is_told_by_its_own_name(actions, told):
    actions.guarded("Open", ringing(KeyError("x")))
    ((title, detail, _hint),) = told
    assert title == "Open failed"
    assert detail == "the program made a mistake (KeyError)"


def test_an_error_without_wrapping_is_its_own_root():
    error = ValueError("x")
    assert root_of(error) is error
