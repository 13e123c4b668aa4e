"""The table of clicks, on pictures and tools made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import medview.bench.clicks as clicks
from medview.bench.click_tools import Growing, Tool
from medview.cli.main import main
from medview.core.errors import InputRefused
from medview.measure.clicks import Click


def truth() -> np.ndarray:
    mask = np.zeros((40, 40), bool)
    mask[5:15, 5:15] = mask[25:35, 20:38] = True
    return mask


def write_case(folder: Path, name: str = "a") -> None:
    image = np.where(truth(), 0.8, 0.1).astype(np.float16)
    np.savez(folder / f"{name}.npz", img=image, seg=truth().astype(np.uint8))


class Piecewise:
    """A tool that gets one square right with each click."""

    def __init__(self, image: np.ndarray) -> None:
        self._mask = np.zeros(image.shape, bool)

    def __call__(self, click: Click) -> np.ndarray:
        half = slice(0, 20) if click.place[0] < 20 else slice(20, 40)
        self._mask[half] = truth()[half]
        return self._mask.copy()


def test_a_tool_that_needs_two_clicks_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_case(tmp_path)
    monkeypatch.setattr(clicks, "TOOLS", (Tool("Piecewise", Piecewise),))
    report = clicks.measure_clicks(tmp_path, lambda _: None, seeds=2)
    row = report["tools"][0]
    first = 2 * 100 / (100 + 280)
    assert (report["cases"], report["seeds"]) == (1, 2)
    assert row["noc85"] == row["noc90"] == 2
    assert row["dice_1"] == pytest.approx(first)
    assert row["dice_3"] == row["dice_10"] == 1
    assert row["dice_1_spread"] == 0
    assert len(row["sessions"]) == 2
    assert "2.00 ± 0.00" in clicks.table(report)[2]


def test_spreads_are_between_the_means_of_seeds() -> None:
    sessions = [
        clicks.Session("a", seed, (dice,) * 10, (1.0,)) for seed, dice in ((0, 0.5), (0, 0.7), (1, 0.9))
    ]
    found = clicks.figures(sessions)
    assert found["dice_5"] == pytest.approx(0.7)
    assert found["dice_5_spread"] == pytest.approx(0.3)
    assert found["noc85"] == pytest.approx((10 + 10 + 1) / 3)


def test_region_growing_adds_and_takes_away_what_is_connected_and_alike() -> None:
    image = np.where(truth(), 0.8, 0.1).astype(np.float32)
    tool = Growing(image)
    assert (tool(Click((10, 10), True)) == (truth() & (np.arange(40)[:, None] < 20))).all()
    assert (tool(Click((30, 30), True)) == truth()).all()
    assert (tool(Click((30, 30), False)) == (truth() & (np.arange(40)[:, None] < 20))).all()


def test_a_tool_that_is_not_there_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_case(tmp_path)
    absent = Tool("Absent", Piecewise, lambda: False, "it is not here")
    monkeypatch.setattr(clicks, "TOOLS", (absent,))
    told: list[str] = []
    assert clicks.measure_clicks(tmp_path, told.append)["tools"] == []
    assert told == ["leaving out Absent: it is not here"]


def test_folders_without_cases_and_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="it holds no"):
        clicks.read_cases(tmp_path)
    np.savez(tmp_path / "b.npz", img=np.zeros((4, 4)), seg=np.zeros((4, 4)))
    with pytest.raises(InputRefused, match="no picture"):
        clicks.read_cases(tmp_path)
    (tmp_path / "b.npz").write_bytes(b"nothing")
    with pytest.raises(InputRefused, match=r"b\.npz"):
        clicks.read_cases(tmp_path)


def test_the_command_wants_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "clicks"]) != 0
    assert "one folder" in capsys.readouterr().err
