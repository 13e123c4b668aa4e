from __future__ import annotations

import pytest

from medview.core.state import Convention, Planes, Tool
from medview.session.settings import SETTINGS, Settings


def test_the_dialog_shows_every_preference_with_its_value(desk):
    desk.settings.set("theme", "light")
    desk.run("edit.preferences")
    assert desk.window.preferences == desk.settings.values
    assert list(desk.window.preferences) == [param.name for param in SETTINGS]
    assert desk.window.preferences["theme"] == "light"


@pytest.mark.parametrize(
    ("name", "value", "field", "seen"),
    [
        ("convention", "neurological", "convention", Convention.NEUROLOGICAL),
        ("planes", "scan", "planes", Planes.SCAN),
        ("crosshair", False, "crosshair", False),
        ("overlays", False, "overlays", False),
        ("interpolate", False, "interpolate", False),
        ("brush_radius_mm", 7.5, "brush_radius_mm", 7.5),
        ("mouse", "window", "tool", Tool.WINDOW),
    ],
)
def test_a_changed_preference_is_seen_at_once_and_at_the_next_start(desk, remade, name, value, field, seen):
    desk.window.preference_changed.emit(name, value)
    assert getattr(desk.session.state.view, field) == seen
    assert getattr(remade().session.state.view, field) == seen
    assert desk.window.errors == []


def test_the_theme_and_the_hint_follow_at_once(desk, tmp_path):
    desk.window.preference_changed.emit("theme", "light")
    assert desk.window.themes[-1] == "light"
    assert Settings(tmp_path / "config").value("theme") == "light"


def test_fewer_recent_files_are_forgotten_at_once(desk, tmp_path):
    for number in range(4):
        path = tmp_path / f"{number}.nii"
        path.touch()
        desk.recent.add(path)
    desk.window.preference_changed.emit("recent_limit", 2)
    assert [row.name for row in desk.window.recent] == ["3.nii", "2.nii"]


def test_the_mouse_preference_leaves_a_brush_in_the_hand_alone(desk):
    desk.session.set_view(tool=Tool.BRUSH)
    desk.window.preference_changed.emit("mouse", "window")
    assert desk.session.state.view.tool is Tool.BRUSH
    desk.run("edit.cancel")
    assert desk.session.state.view.tool is Tool.WINDOW


def test_escape_puts_the_brush_down_for_the_crosshair_by_default(desk):
    desk.session.set_view(tool=Tool.BRUSH)
    desk.run("edit.cancel")
    assert desk.session.state.view.tool is Tool.NAVIGATE


def test_a_preference_that_makes_no_sense_is_told_and_kept_out(desk):
    desk.window.preference_changed.emit("recent_limit", 5000)
    assert desk.window.errors
    assert desk.settings.value("recent_limit") == 12
