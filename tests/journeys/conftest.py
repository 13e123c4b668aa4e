"""The real program in a real window, and a person in front of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from person import Person  # noqa: E402

from medview.app import App, Start  # noqa: E402
from medview.gui.qt_bridge import install_exception_hook  # noqa: E402
from medview.gui.theme import apply_theme  # noqa: E402
from medview.ml.registry import installed  # noqa: E402

_PLUGINS = ("ready", "spots", "waiting", "raising", "hungry", "refusing")


@pytest.fixture(scope="module")
def plugin_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An installed package that brings models of its own, for this process and for the model process."""
    folder = tmp_path_factory.mktemp("plugins")
    facts = folder / "journey_models-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: journey-models\nVersion: 1.0\n")
    lines = [f"{name} = journey_models:{name.upper()}" for name in _PLUGINS]
    (facts / "entry_points.txt").write_text("\n".join(["[medview.models]", *lines, ""]))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        others = os.environ.get("PYTHONPATH", "")
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(HERE), str(folder), others))))
        installed.cache_clear()
        yield
    installed.cache_clear()


@pytest.fixture
def sit_down(qapp: object, qtbot: object, home: Path) -> Iterator[Callable[..., Person]]:
    """Starts the program as its entry point does; closes it and its processes at the end."""
    before = sys.excepthook
    people: list[Person] = []

    def start(**facts: object) -> Person:
        apply_theme(qapp, "dark")
        person = Person(App(), Start(**facts))
        install_exception_hook(person.app.view.show_error)
        people.append(person)
        person.wait(person.window.isActiveWindow, "the active window", 10)
        return person

    yield start
    for person in people:
        person.leave()
    sys.excepthook = before


@pytest.fixture
def person(sit_down: Callable[..., Person]) -> Person:
    """A person in front of an empty program."""
    return sit_down()
