from __future__ import annotations

import pytest

from medview.core.undo import UndoStack


class Append:
    """Adds a letter to a list; merges with a following one of the same kind where asked to."""

    def __init__(self, letter, nbytes=0, merges=False, fails=False) -> None:
        self.title, self.letter, self.nbytes = f"Add {letter}", letter, nbytes
        self.merges, self.fails = merges, fails

    def apply(self, target) -> None:
        if self.fails:
            raise ZeroDivisionError
        target.extend(self.letter)

    def revert(self, target) -> None:
        del target[-len(self.letter) :]

    def merged(self, following):
        return (
            Append(self.letter + following.letter, merges=True) if self.merges and following.merges else None
        )


@pytest.fixture
def word() -> list[str]:
    return []


@pytest.fixture
def stack(word) -> UndoStack:
    return UndoStack(word, budget_bytes=100)


def test_steps_are_undone_and_redone_by_name_in_order(stack, word) -> None:
    stack.push(Append("a"))
    stack.push(Append("b"))
    assert stack.undo_title == "Add b" and stack.redo_title is None
    assert stack.undo() == "Add b" and word == ["a"] and stack.redo_title == "Add b"
    assert stack.undo() == "Add a" and word == [] and stack.undo() is None
    assert stack.redo() == "Add a" and stack.redo() == "Add b" and word == ["a", "b"] and stack.redo() is None


def test_a_new_step_forgets_what_was_undone(stack, word) -> None:
    stack.push(Append("a"))
    stack.undo()
    stack.push(Append("b"))
    assert stack.redo() is None and word == ["b"] and stack.titles == ("Add b",)


def test_steps_that_merge_are_undone_together(stack, word) -> None:
    for letter in "abc":
        stack.push(Append(letter, merges=True))
    assert stack.titles == ("Add abc",)
    stack.undo()
    assert word == []
    stack.redo()
    assert word == list("abc")


def test_a_step_that_is_applied_already_is_not_applied_again(stack, word) -> None:
    word.append("a")
    stack.push(Append("a"), is_applied=True)
    assert word == ["a"]
    stack.undo()
    assert word == []


def test_a_macro_is_one_step_reverted_backwards(stack, word) -> None:
    with stack.macro("Both"):
        stack.push(Append("a", nbytes=3))
        stack.push(Append("bc", nbytes=4))
    assert stack.titles == ("Both",) and stack.nbytes == 7
    stack.undo()
    assert word == []
    stack.redo()
    assert word == list("abc")


def test_a_macro_that_fails_takes_back_what_was_done_and_leaves_no_step(stack, word) -> None:
    stack.push(Append("x"))
    with pytest.raises(ZeroDivisionError), stack.macro("Both"):
        stack.push(Append("a"))
        stack.push(Append("b", fails=True))
    assert word == ["x"] and stack.titles == ("Add x",)
    stack.push(Append("y"))
    assert stack.titles == ("Add x", "Add y")


def test_an_empty_macro_is_no_step_and_keeps_redo(stack) -> None:
    stack.push(Append("a"))
    stack.undo()
    with stack.macro("Nothing"):
        pass
    assert stack.redo_title == "Add a"


def test_a_step_that_fails_is_not_remembered(stack, word) -> None:
    with pytest.raises(ZeroDivisionError):
        stack.push(Append("a", fails=True))
    assert stack.titles == () and word == []


def test_the_oldest_steps_go_beyond_the_budget_but_never_the_newest(stack, word) -> None:
    for letter in "abc":
        stack.push(Append(letter, nbytes=40))
    assert stack.titles == ("Add b", "Add c") and stack.nbytes == 80
    stack.push(Append("d", nbytes=500))
    assert stack.titles == ("Add d",)
    stack.undo()
    assert word == list("abc")


def test_listeners_hear_of_every_change(stack) -> None:
    heard = []
    stack.changed.connect(lambda: heard.append((stack.undo_title, stack.redo_title)))
    stack.push(Append("a"))
    stack.undo()
    stack.redo()
    assert heard == [("Add a", None), (None, "Add a"), ("Add a", None)]


def told(stack) -> list:
    heard = []
    stack.changed.connect(lambda: heard.append(stack.position))
    return heard


def test_going_to_a_step_is_told_once_and_names_the_last_step_moved(stack, word) -> None:
    for letter in "abcd":
        stack.push(Append(letter))
    heard = told(stack)
    assert stack.go_to(1) == "Add b" and word == ["a"] and stack.position == 1
    assert stack.go_to(3) == "Add c" and word == list("abc")
    assert stack.go_to(3) is None and stack.go_to(-5) == "Add a" and stack.go_to(99) == "Add d"
    assert heard == [1, 3, 0, 4] and word == list("abcd")


def test_the_history_lists_done_and_undone_steps_with_their_costs(stack) -> None:
    for letter, nbytes in zip("abc", (10, 20, 30), strict=True):
        stack.push(Append(letter, nbytes=nbytes))
    stack.undo()
    assert [(step.title, step.nbytes) for step in stack.history] == [
        ("Add a", 10),
        ("Add b", 20),
        ("Add c", 30),
    ]
    assert (stack.position, stack.count, stack.nbytes, stack.dropped) == (2, 3, 60, 0)
    stack.push(Append("d", nbytes=5))
    assert [step.title for step in stack.history] == ["Add a", "Add b", "Add d"] and stack.nbytes == 35


class Swelling(Append):
    """Costs more while it is taken back, and counts how often it is weighed."""

    weighings = 0

    def __init__(self, letter) -> None:
        super().__init__(letter)
        self.is_done = False

    @property
    def nbytes(self):
        Swelling.weighings += 1
        return 1 if self.is_done else 7

    @nbytes.setter
    def nbytes(self, _value) -> None:
        pass

    def apply(self, target) -> None:
        self.is_done = True
        super().apply(target)

    def revert(self, target) -> None:
        self.is_done = False
        super().revert(target)


def test_a_step_whose_cost_changes_is_weighed_when_it_is_made_or_taken_back_and_no_other_is(stack) -> None:
    for letter in "abcdefgh":
        stack.push(Swelling(letter))
    Swelling.weighings = 0
    assert stack.nbytes == 8 and Swelling.weighings == 0
    stack.undo()
    assert stack.nbytes == 14 and Swelling.weighings == 1
    stack.push(Swelling("x"))
    assert stack.nbytes == 8 and Swelling.weighings == 2


def test_steps_let_go_for_the_budget_are_counted(stack) -> None:
    for letter in "abcd":
        stack.push(Append(letter, nbytes=40))
    assert (stack.dropped, stack.position, stack.count) == (2, 2, 2)
    assert stack.go_to(0) == "Add c"


def test_another_stack_s_steps_are_taken_over_with_their_place(stack, word) -> None:
    other = UndoStack(word)
    for letter in "abc":
        other.push(Append(letter, nbytes=3))
    other.undo()
    heard = told(stack)
    stack.adopt(other)
    assert heard == [2] and stack.titles == ("Add a", "Add b") and stack.nbytes == 9 and other.count == 0
    assert stack.redo() == "Add c" and stack.go_to(0) == "Add a" and word == []
