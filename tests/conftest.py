"""What every test stands on: a display, no real settings, fixed seeds, no silent warnings or windows left."""

from __future__ import annotations

import ctypes
import gc
import itertools
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
# what several rooms' tests share lies beside this file
sys.path.append(str(ROOT / "tests"))
_SEED = 20260701
_SCREEN = "1600x1000x24"
_PR_SET_PDEATHSIG = 1
_CONFIG_NUMBERS = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks of this suite."""
    config.addinivalue_line(
        "markers", "logs_warnings: the test provokes log messages at WARNING or above, and may"
    )


@pytest.fixture
def shared_data() -> Path:
    """Folder of real scans beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real scans (../shared/data) are not beside this checkout")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed."""
    return np.random.default_rng(_SEED)


# a full disk


@pytest.fixture
def room_for() -> Callable[[int], AbstractContextManager[None]]:
    """Within ``room_for(N)`` no file of this process can grow beyond N bytes: the system refuses the rest."""
    resource = pytest.importorskip("resource", reason="this system has no limits of file sizes")

    @contextmanager
    def limited(most_bytes: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many kilobytes; only the system's administrator may, so elsewhere it skips."""
    place = tmp_path / "small disk"
    place.mkdir()

    def mounted(kilobytes: int) -> Path:
        words = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
        if (
            shutil.which("mount") is None
            or subprocess.run(words, capture_output=True, check=False).returncode
        ):
            pytest.skip("a small disk cannot be mounted here")
        return place

    yield mounted
    if place.is_mount():
        subprocess.run(["umount", str(place)], check=True)


# a display


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A display to show windows on: the one there is, or an Xvfb that lives as long as the session."""
    # as people start it: no other platform plug-in, no desktop's theme, no scaling
    os.environ.update({"QT_QPA_PLATFORMTHEME": "", "QT_SCALE_FACTOR": "1"})
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY"):
        yield os.environ.get("DISPLAY", "")
        return
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    if shutil.which("Xvfb") is None:
        pytest.skip("there is no display and no Xvfb; on Debian or Ubuntu: apt install xvfb")
    os.environ["DISPLAY"] = name = _started_xvfb()
    yield name
    os.environ.pop("DISPLAY", None)


def _started_xvfb() -> str:
    """Start Xvfb on a number that it finds free itself, and return its name once it answers.

    It ends with this process, not before: Qt leaves the program hard when its server goes.
    """
    reading, writing = os.pipe()
    words = [
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        _SCREEN,
        "-nolisten",
        "tcp",
        "-noreset",
        "-maxclients",
        "2048",
    ]
    end_with_parent = ctypes.CDLL(None).prctl
    server = subprocess.Popen(
        words,
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: end_with_parent(_PR_SET_PDEATHSIG, signal.SIGTERM),
    )
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    if not number:
        pytest.skip("Xvfb is installed but does not start")
    # nobody waits for it, so nobody need be warned that it still runs
    server.returncode = 0
    return f":{number}"


@pytest.fixture(scope="session")
def qapp(display: str, qapp: object) -> object:
    """The QApplication of pytest-qt, on a display that is known to be there."""
    return qapp


# no real settings


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home for settings, caches and models; the person's own are never touched."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(folder / name.lower()))
        yield folder


@pytest.fixture(autouse=True)
def fresh_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for preferences and recent files that no other test has used; made when written to."""
    folder = home / f"config-{next(_CONFIG_NUMBERS)}"
    monkeypatch.setenv("MEDVIEW_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def fixed_seeds() -> None:
    """The same random numbers in every run, in any order of tests."""
    random.seed(_SEED)
    np.random.seed(_SEED)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(_SEED)


# no silent warnings

#: What Xvfb says that says nothing about the program: it has no window manager.
_NOT_OURS = ("This plugin does not support raise()", "This plugin does not support propagateSizeHints()")


class _WarningKeeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_silent_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which Python or Qt warned of something, unless it says that it will."""
    keeper = _WarningKeeper()
    logging.getLogger().addHandler(keeper)
    # pytest-qt's ear: it takes it off the test before the fixtures end
    heard = getattr(request.node, "qt_log_capture", None)
    yield
    logging.getLogger().removeHandler(keeper)
    keeper.lines += _qt_warnings(heard.records if heard is not None else [])
    if keeper.lines and request.node.get_closest_marker("logs_warnings") is None:
        pytest.fail("warnings were logged:\n" + "\n".join(keeper.lines), pytrace=False)


def _qt_warnings(records: list[Any]) -> list[str]:
    return [
        f"Qt: {record.message}"
        for record in records
        if record.type.name not in ("QtDebugMsg", "QtInfoMsg") and not record.message.startswith(_NOT_OURS)
    ]


# no windows left


def _top_levels() -> set[object]:
    """Windows and dialogs that live now; empty where Qt was never started."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return set()
    found = widgets.QApplication.topLevelWidgets()
    return {widget for widget in found if isinstance(widget, (widgets.QMainWindow, widgets.QDialog))}


@pytest.fixture(autouse=True)
def no_windows_left() -> Iterator[None]:
    """Fail a test that leaves a window or a dialog on the screen."""
    before = _top_levels()
    yield
    if not _top_levels() - before:
        return
    _finish_deletions()
    left = [widget for widget in _top_levels() - before if widget.isVisible()]
    names = [f"{type(widget).__name__} {widget.windowTitle()!r}" for widget in left]
    for widget in left:
        widget.hide()
    assert not names, f"windows were left open: {', '.join(names)}"


def _finish_deletions() -> None:
    core = sys.modules["PySide6.QtCore"]
    gc.collect()
    core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
    core.QCoreApplication.processEvents()


# scans


@pytest.fixture(scope="session")
def head_study(home: Path) -> Path:
    """A folder with a coarse synthetic head, written by the program itself: t1, t2 … and the vessels."""
    from medview.cli.main import main

    folder = home / "head"
    assert main(["sample", "head-mr", str(folder), "--spacing", "4", "--seed", "3"]) == 0
    return folder


@pytest.fixture(scope="session")
def vessel_weights(home: Path) -> Path:
    """Weights of t2-vessels in the person's own model folder: small, coarse and untrained, hence quick."""
    folder = home / "xdg_data_home" / "medview" / "models" / "t2-vessels-quick"
    folder.mkdir(parents=True)
    # in a process of its own: torch must not come into the one that shows windows
    maker = str(ROOT / "tests" / "make_weights.py")
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run([sys.executable, maker, str(folder)], check=True, env=environment)
    return folder


@pytest.fixture
def shipped_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only the models that come with the program: the person's own folder is an empty one."""
    from medview.ml.registry import installed

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no models"))
    installed.cache_clear()
    yield
    monkeypatch.undo()
    installed.cache_clear()
