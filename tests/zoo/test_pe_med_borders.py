"""Answers follow edges, and hold nothing that nobody asked for."""

from __future__ import annotations

import numpy as np

from medview.zoo.interactive.pe_med.borders import along_edges, connected

NONE = np.zeros((0, 2))


def square(low: int, high: int) -> np.ndarray:
    mask = np.zeros((60, 60), bool)
    mask[low:high, low:high] = True
    return mask


def test_unsure_pixels_go_to_the_side_of_the_edge_that_they_lie_on() -> None:
    truth = square(15, 45)
    image = np.where(truth, 0.7, 0.3).astype(np.float32)
    logits = np.full((60, 60), -3.0, np.float32)
    logits[square(10, 50)] = 0.2
    logits[square(25, 35)] = 3.0
    made = along_edges(logits, image, NONE, NONE)
    assert ((made > 0) != truth).sum() <= 4 * 31
    assert (logits > 0).sum() - truth.sum() == 700
    assert (made[square(25, 35)] == 3.0).all()


def test_clicked_pixels_are_sure() -> None:
    logits = np.full((60, 60), 3.0, np.float32)
    made = along_edges(logits, np.zeros((60, 60), np.float32), NONE, np.array([[20.0, 20.0]]))
    assert made[20, 20] < 0
    assert made[40, 40] == 3.0


def test_where_all_is_sure_nothing_changes() -> None:
    logits = np.where(square(15, 45), 3.0, -3.0).astype(np.float32)
    assert (along_edges(logits, np.zeros((60, 60), np.float32), NONE, NONE) == logits).all()


def test_pieces_without_a_click_go_unless_they_were_there_before() -> None:
    logits = np.where(square(5, 15) | square(20, 30) | square(40, 50), 2.0, -2.0).astype(np.float32)
    made = connected(logits, np.array([[10.0, 10.0]]), square(40, 45), 0.0)
    assert ((made > 0) == (square(5, 15) | square(40, 50))).all()
    assert (connected(logits, NONE, square(0, 0), 0.0) == logits).all()
    assert (connected(logits, np.array([[35.0, 35.0]]), square(0, 0), 0.0) == logits).all()
