"""field.json: the way out and back, and what a damaged or a stranger's one brings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from captures_making import lens, poses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medview.core.errors import InputRefused
from medview.ml.field_folder import FACTS_NAME, FieldFacts, is_field_folder, read_facts, write_facts


def facts(draws: np.random.Generator, count: int = 3) -> FieldFacts:
    return FieldFacts(
        model_id="instant-ngp",
        version="1.0",
        name="Abdomen ä",
        config={"levels": 8, "nested": {"table": [1, 2]}},
        box=np.array([[-1.1, -1, -1], [1, 1, 1.1]]),
        near=0.03,
        far=2.2,
        scene_from_capture=poses(draws, 1)[0] * 3,
        frame_names=tuple(f"{n:05d}" for n in range(count)),
        poses=poses(draws, count),
        lenses=tuple(lens(draws) for _ in range(count)),
        times=draws.random(count),
        held_out=(1,),
        is_metric=True,
        is_moving=True,
        is_synthetic=True,
        scores={"psnr_circle": 31.5},
        provenance={"seed": 3},
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip_loses_no_bit(tmp_path: Path, seed: int, count: int) -> None:
    written = facts(np.random.default_rng(seed), count)
    write_facts(tmp_path, written)
    found = read_facts(tmp_path)
    for name, value in vars(written).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(found, name), value)
        else:
            assert getattr(found, name) == value
    assert is_field_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [FACTS_NAME]


def without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda table: table.pop(name)


def changed(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda table: table.update({name: value})


@pytest.mark.parametrize(
    "damage",
    [
        without("poses"),
        without("format"),
        without("model_id"),
        changed("box", [[0, 0, 0]]),
        changed("poses", [[[1, 2], [3, 4]]]),
        changed("times", [0.1]),
        changed("times", [0, float("nan"), 1]),
        changed("lenses", []),
        changed("lenses", [{"width": 3}] * 3),
        changed("lenses", ["a", "b", "c"]),
        changed("held_out", ["x"]),
        changed("frame_names", 7),
        changed("unheard_of", 1),
    ],
)
def test_damage_is_one_sentence(tmp_path: Path, damage: Callable[[dict[str, Any]], None]) -> None:
    write_facts(tmp_path, facts(np.random.default_rng(0)))
    table = json.loads((tmp_path / FACTS_NAME).read_text())
    damage(table)
    (tmp_path / FACTS_NAME).write_text(json.dumps(table))
    with pytest.raises(InputRefused, match=r"field\.json is damaged"):
        read_facts(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00", b"null", b"7"])
def test_what_is_no_table_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FACTS_NAME).write_bytes(content)
    with pytest.raises(InputRefused, match=r"field\.json is damaged"):
        read_facts(tmp_path)


def test_newer_kinds_and_other_folders_are_refused(tmp_path: Path) -> None:
    assert not is_field_folder(tmp_path)
    with pytest.raises(InputRefused, match=r"it holds no field\.json"):
        read_facts(tmp_path)
    (tmp_path / FACTS_NAME).write_text('{"format": 2}')
    with pytest.raises(InputRefused, match="written by a newer medview"):
        read_facts(tmp_path)
