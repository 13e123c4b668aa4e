"""Preferences: declared once, kept as a small TOML file that people can read and edit."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from psygnal import Signal

from medview.core.errors import InputRefused
from medview.core.params import Bool, Choice, Float, Int, Param, Text, defaults, validate
from medview.io.atomic_file import write_text
from medview.ml.toml_text import toml_text

FILE_NAME = "settings.toml"
VERSION = 1

SETTINGS: tuple[Param, ...] = (
    Choice(
        name="theme",
        title="Theme",
        help="Colours of the window; slices stay black in both.",
        default="dark",
        choices=("dark", "light"),
        titles=("Dark", "Light"),
    ),
    Choice(
        name="convention",
        title="Sides",
        help="Radiological shows the patient's left on the right of the screen.",
        default="radiological",
        choices=("radiological", "neurological"),
        titles=("Radiological", "Neurological"),
    ),
    Choice(
        name="planes",
        title="Planes",
        help="Cut along the patient's axes, or along the axes of the lowest visible scan.",
        default="patient",
        choices=("patient", "scan"),
        titles=("Patient", "Scan"),
    ),
    Choice(
        name="mouse",
        title="Left mouse button",
        help="What a drag does while no tool is chosen: move the crosshair, or change window and level.",
        default="crosshair",
        choices=("crosshair", "window"),
        titles=("Moves the crosshair", "Changes window and level"),
    ),
    Bool(name="crosshair", title="Crosshair", help="Draw the crosshair in slices.", default=True),
    Bool(name="overlays", title="Texts", help="Draw letters, scale bar and texts in slices.", default=True),
    Bool(
        name="interpolate",
        title="Smooth pixels",
        help="Smooth scans between voxels on the screen; labels never are.",
        default=True,
    ),
    Float(
        name="brush_radius_mm",
        title="Brush radius",
        help="Radius that brush and eraser begin with.",
        unit="mm",
        default=3.0,
        minimum=0.1,
        maximum=100.0,
        step=0.5,
    ),
    Text(
        name="annotator",
        title="Annotator",
        help="Your name or initials: a work list keeps your masks, states and times under it.",
        default="",
        maximum_length=40,
    ),
    Int(
        name="recent_limit",
        title="Recent files",
        help="How many files the start page remembers; 0 remembers none.",
        default=12,
        minimum=0,
        maximum=50,
    ),
    Choice(
        name="device",
        title="Models run on",
        help="Auto takes the graphics card where there is one.",
        default="auto",
        choices=("auto", "cpu", "cuda"),
        titles=("Automatic", "CPU", "Graphics card"),
    ),
    Int(
        name="threads",
        title="Model threads (from next start)",
        help="0 leaves one core to the window and takes the others. A change holds from the next start.",
        default=0,
        minimum=0,
        maximum=256,
        advanced=True,
    ),
    Int(
        name="result_cache_mb",
        title="Kept results (from next start)",
        help="Results of runs are kept, so that the same run again is answered at once; 0 keeps none.",
        unit="MB",
        default=2000,
        minimum=0,
        maximum=1_000_000,
        advanced=True,
    ),
    Bool(
        name="show_hints",
        title="Hints",
        help="Say in the status bar what the mouse does.",
        default=True,
    ),
)

_Table = dict[str, Any]
#: From each version's table to the next one's.
MIGRATIONS: Mapping[int, Callable[[_Table], _Table]] = {}


def config_folder() -> Path:
    """Where preferences and the recent list lie: the platform's place, or ``MEDVIEW_CONFIG_DIR``."""
    override = os.environ.get("MEDVIEW_CONFIG_DIR")
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_config_path("medview", appauthor=False)


class Settings:
    """The person's preferences.

    What the file holds beyond the known names is kept, so that an older program does not lose what
    a newer one has written. A value that makes no sense is replaced by the default, with a notice.

    Args:
        folder: Where the file lies; None: `config_folder`.

    Attributes:
        changed: Emitted with name and value.
        notices: Sentences about what was wrong with the file.
    """

    changed = Signal(str, object)

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or config_folder()) / FILE_NAME
        self._params = {param.name: param for param in SETTINGS}
        self._values = defaults(SETTINGS)
        self.notices: list[str] = []
        self._unknown: _Table = {}
        self._take(self._stored())

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def values(self) -> dict[str, Any]:
        """All values by name."""
        return dict(self._values)

    def value(self, name: str) -> Any:
        """The value of one preference; KeyError where there is none of that name."""
        return self._values[name]

    def set(self, name: str, value: object) -> None:
        """Change one preference and save.

        Raises:
            InputRefused: The name is unknown or the value out of range; nothing is changed.
            RunFailed: The file cannot be written; the new value holds until the program ends.
        """
        param = self._params.get(name)
        checked = validate([param] if param else [], {name: value})[name]
        if checked == self._values[name]:
            return
        self._values[name] = checked
        self.changed.emit(name, checked)
        self.save()

    def save(self) -> None:
        """Write the file: what differs from the defaults, and what is unknown here."""
        told = {name: value for name, value in self._values.items() if value != self._params[name].default}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self._path, toml_text({"version": VERSION, **told, **self._unknown}))

    def _stored(self) -> _Table:
        try:
            return tomllib.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as reason:
            self.notices.append(
                f"The preferences in {self._path} cannot be read ({reason}); defaults are used."
            )
            return {}

    def _take(self, table: _Table) -> None:
        version = table.pop("version", VERSION)
        while isinstance(version, int) and version in MIGRATIONS:
            table, version = MIGRATIONS[version](table), version + 1
        for name, value in table.items():
            if name in self._params:
                self._take_one(self._params[name], value)
            else:
                self._unknown[name] = value

    def _take_one(self, param: Param, value: object) -> None:
        try:
            self._values[param.name] = validate([param], {param.name: value})[param.name]
        except InputRefused as refusal:
            self.notices.append(f"The preference {param.title} was reset: {refusal.detail}.")
