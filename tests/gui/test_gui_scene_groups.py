"""The groups that place scenes and write them out, as real widgets."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QPushButton, QTableWidget

from medview.core.scale_words import ARBITRARY
from medview.gui.placing_view import PlacingView
from medview.gui.scene_out_view import SceneOutView
from medview.gui.theme import colours
from medview.present.ports.placing_port import PairRow, PlacingPlan
from medview.present.ports.scene_out_port import SceneOutPlan

PAIRS = tuple(
    PairRow(scene=f"0.{n}0, -1.52, 0.30", patient="R 117.6  P 135.3  S 12.1", residual=f"{n}.82 mm")
    for n in range(4)
)


def button(view, text) -> QPushButton:
    return next(found for found in view.widget.findChildren(QPushButton) if found.text() == text)


def heard(signal):
    told = []
    signal.connect(lambda *values: told.append(values))
    return told


def test_placing_shows_pairs_with_what_is_left_and_why_it_cannot_go_on(shown, theme):
    view = PlacingView(colours(theme))
    shown(view.widget)
    view.show(
        PlacingPlan(warning=ARBITRARY, why_not_pair="Mark first.", why_not_apply="Add 3 pairs or more.")
    )
    assert not button(view, "Add pair").isEnabled()
    assert button(view, "Place the scene").toolTip() == "Add 3 pairs or more."
    view.show(PlacingPlan(rows=PAIRS, residual="Residual 0.82 mm (root mean square)"))
    table = view.widget.findChild(QTableWidget)
    assert table.rowCount() == 4 and table.item(2, 2).text() == "2.82 mm"
    assert table.item(2, 1).text() == PAIRS[2].patient
    assert "0.20, -1.52" in table.item(2, 1).toolTip()


def test_placing_tells_what_was_pressed(shown, theme, qtbot):
    view = PlacingView(colours(theme))
    shown(view.widget)
    view.show(PlacingPlan(rows=PAIRS, scene_point="0, 0, 0", start="a", end="b"))
    marked, paired, applied = heard(view.mark_asked), heard(view.pair_asked), heard(view.apply_asked)
    scaled, removed, chosen = heard(view.scale_asked), heard(view.pair_removed), heard(view.pair_chosen)
    for text in ("Mark in scene", "Mark one end", "Mark other end", "Add pair", "Place the scene"):
        qtbot.mouseClick(button(view, text), Qt.MouseButton.LeftButton)
    view._length.setValue(12.5)
    qtbot.mouseClick(button(view, "Scale"), Qt.MouseButton.LeftButton)
    table = view.widget.findChild(QTableWidget)
    place = table.visualItemRect(table.item(1, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert view._remove.isEnabled()
    qtbot.mouseClick(view._remove, Qt.MouseButton.LeftButton)
    assert marked == [("scene",), ("start",), ("end",)]
    assert (paired, applied, scaled) == ([()], [()], [(12.5,)])
    assert chosen == [(1,)] and removed == [(1,)]


def test_without_a_scene_the_groups_are_off(shown, theme):
    placing, out = PlacingView(colours(theme)), SceneOutView(colours(theme))
    shown(placing.widget)
    shown(out.widget)
    off = "Open or train a scene first."
    placing.show(PlacingPlan(why_not_mark=off, why_not_pair=off, why_not_apply=off, why_not_scale=off))
    out.show(SceneOutPlan(why_not=off, why_not_film=off))
    for view in (placing, out):
        assert not any(found.isEnabled() for found in view.widget.findChildren(QPushButton))


def test_keys_are_listed_moved_and_removed(shown, theme, qtbot):
    view = SceneOutView(colours(theme))
    shown(view.widget, height=760)
    view.show(SceneOutPlan(keys=("1   at 0, 0, 0", "2   at 1, 0, 0", "3   at 2, 0, 0")))
    moved, removed, seen = heard(view.key_moved), heard(view.key_removed), heard(view.key_shown)
    keys = view.widget.findChild(QListWidget)
    assert not view._key_buttons["up"].isEnabled()
    keys.setCurrentRow(2)
    assert not view._key_buttons["down"].isEnabled()
    qtbot.mouseClick(view._key_buttons["up"], Qt.MouseButton.LeftButton)
    assert keys.currentRow() == 1
    qtbot.mouseClick(view._key_buttons["trash"], Qt.MouseButton.LeftButton)
    first = keys.visualItemRect(keys.item(0)).center()
    qtbot.mouseClick(keys.viewport(), Qt.MouseButton.LeftButton, pos=first)
    qtbot.mouseDClick(keys.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert (moved, removed, seen) == ([(2, -1)], [(1,)], [(0,)])


def test_each_file_has_a_button_and_sizes_are_told_as_whole_numbers(shown, theme, qtbot):
    view = SceneOutView(colours(theme))
    shown(view.widget, height=760)
    view.show(SceneOutPlan())
    asked, values = heard(view.export_asked), heard(view.value_changed)
    titles = ("Picture…", "Distances…", "Point cloud…", "Surface…", "Density…", "Scene folder…", "Film…")
    for title in titles:
        qtbot.mouseClick(button(view, title), Qt.MouseButton.LeftButton)
    kinds = [kind for (kind,) in asked]
    assert kinds == ["picture", "depth", "cloud", "mesh", "density", "folder", "film"]
    view._width.setValue(640)
    view._duration.setValue(2.5)
    view._frames_along.setChecked(False)
    assert values == [("width", 640), ("duration_s", 2.5), ("with_frames", False)]


def test_the_window_unfolds_one_group_at_a_time(view, qtbot):
    scene = view.scene
    scene.reveal()
    scene.open_step("place")
    assert view.placing.widget.isVisible() and not view.scene_out.widget.isVisible()
    scene.open_step("export")
    assert view.scene_out.widget.isVisible() and not view.placing.widget.isVisible()
