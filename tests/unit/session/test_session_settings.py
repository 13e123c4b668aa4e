from __future__ import annotations

import pytest

from medview.core.errors import InputRefused
from medview.session import settings as module
from medview.session.files.recent import RecentFile, RecentFiles
from medview.session.settings import SETTINGS, Settings


def test_a_value_that_was_set_is_there_at_the_next_start_and_listeners_hear_of_it(tmp_path) -> None:
    first, heard = Settings(tmp_path), []
    first.changed.connect(lambda *words: heard.append(words))
    first.set("theme", "light")
    first.set("theme", "light")
    first.set("brush_radius_mm", "7.5")
    assert heard == [("theme", "light"), ("brush_radius_mm", 7.5)]
    again = Settings(tmp_path)
    assert again.value("theme") == "light" and again.value("brush_radius_mm") == 7.5
    assert again.notices == []


def test_a_first_start_has_the_defaults_and_writes_nothing(tmp_path) -> None:
    assert Settings(tmp_path).values == {param.name: param.default for param in SETTINGS}
    assert list(tmp_path.iterdir()) == []


def test_what_another_version_wrote_is_kept(tmp_path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("version = 1\nfrom_the_future = [1, 2]\n\n[window]\nwidth = 900\n")
    Settings(tmp_path).set("theme", "light")
    text = file.read_text()
    assert "from_the_future = [1, 2]" in text and "width = 900" in text and 'theme = "light"' in text
    assert Settings(tmp_path).value("theme") == "light"


def test_values_that_make_no_sense_fall_back_with_a_notice(tmp_path) -> None:
    (tmp_path / "settings.toml").write_text('version = 1\ntheme = "pink"\nbrush_radius_mm = 4.0\n')
    found = Settings(tmp_path)
    assert found.value("theme") == "dark" and found.value("brush_radius_mm") == 4.0
    assert len(found.notices) == 1 and "Theme" in found.notices[0]


def test_a_broken_file_falls_back_with_a_notice(tmp_path) -> None:
    (tmp_path / "settings.toml").write_text("= = =")
    found = Settings(tmp_path)
    assert found.value("theme") == "dark" and "cannot be read" in found.notices[0]


def test_a_wrong_value_or_name_is_refused_and_changes_nothing(tmp_path) -> None:
    found = Settings(tmp_path)
    for name, value in (("brush_radius_mm", 1e9), ("no_such_thing", 1)):
        with pytest.raises(InputRefused):
            found.set(name, value)
    assert found.value("brush_radius_mm") == 3.0 and list(tmp_path.iterdir()) == []


def test_an_old_file_is_brought_up_to_date(tmp_path, monkeypatch) -> None:
    (tmp_path / "settings.toml").write_text('version = 0\nlook = "light"\n')
    monkeypatch.setattr(module, "MIGRATIONS", {0: lambda old: {"theme": old["look"]}})
    assert Settings(tmp_path).value("theme") == "light"


def test_the_folder_can_be_named_by_the_environment(tmp_path) -> None:
    Settings().set("theme", "light")
    assert (tmp_path / "config" / "settings.toml").is_file()


def test_recent_files_are_newest_first_without_repeats_and_limited(tmp_path) -> None:
    recent = RecentFiles(tmp_path, limit=2)
    for name in ("a", "b", "a", "c"):
        recent.add(tmp_path / name)
    assert [entry.path.name for entry in recent.entries] == ["c", "a"]
    again = RecentFiles(tmp_path, limit=2)
    assert again.entries == tuple(RecentFile(path=tmp_path / name) for name in "ca")
    again.remove(tmp_path / "c")
    assert [entry.path.name for entry in RecentFiles(tmp_path).entries] == ["a"]


def test_looking_for_recent_files_never_waits_and_tells_what_is_gone(tmp_path) -> None:
    (tmp_path / "here").write_text("x")
    RecentFiles(tmp_path).add_all([tmp_path / "here", tmp_path / "gone"])
    started, posted, news = [], [], []
    recent = RecentFiles(tmp_path, start=started.append, post=posted.append)
    recent.changed.connect(lambda: news.append(1))
    recent.refresh()
    assert [entry.exists for entry in recent.entries] == [None, None]
    for work in started:
        work()
    assert news == []
    for work in posted:
        work()
    assert [entry.exists for entry in recent.entries] == [True, False] and len(news) == 2


def test_a_list_that_is_damaged_or_cannot_be_written_stops_nobody(tmp_path) -> None:
    (tmp_path / "recent.json").write_text("{")
    assert RecentFiles(tmp_path).entries == ()
    blocked = tmp_path / "file"
    blocked.write_text("x")
    recent = RecentFiles(blocked / "folder")
    recent.add(tmp_path / "a")
    assert len(recent.entries) == 1


def test_a_limit_of_nothing_forgets_all(tmp_path) -> None:
    recent = RecentFiles(tmp_path)
    recent.add(tmp_path / "a")
    recent.set_limit(0)
    assert recent.entries == () and RecentFiles(tmp_path).entries == ()
