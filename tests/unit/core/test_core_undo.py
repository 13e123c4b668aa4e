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
