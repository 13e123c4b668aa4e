"""The journey of a scene out of the program: keyed cameras, and jobs that write files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from medview.core.errors import InputRefused
from medview.core.layers import Layer, LayerId
from medview.core.lens import Lens
from medview.core.radiance import FieldDisplay, RadianceField
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.fields import copying, flythrough, solids, stills
from medview.session.fields.placing import placement_table
from medview.session.fields.rendering import scene_pose
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices
from medview.session.session import Session

Floats = NDArray[np.float64]
CELLS = 128
"""Along the longest side of the box, for surfaces and volumes."""


class SceneOut:
    """Writes what a scene looks like, and remembers the cameras that a film shall pass.

    Args:
        session: Whose scenes.
        desk: Where the jobs are started.
        notices: Told what was written.
        lane: Where fields are asked: not that of the view, which shall not wait for a film.

    Attributes:
        changed: The keys of some scene are new.
    """

    changed = Signal()

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._keys: dict[LayerId, tuple[Floats, ...]] = {}

    def keys(self, layer_id: LayerId) -> tuple[Floats, ...]:
        """4x4 camera to scene of each keyed camera, in order."""
        return self._keys.get(layer_id, ())

    def add_key(self, layer_id: LayerId, ras_from_camera: Floats) -> None:
        """Let the film pass here at its end."""
        placement = self._scene(layer_id)[1].placement
        pose = scene_pose(placement.ras_from_scene, ras_from_camera)
        self._set(layer_id, [*self.keys(layer_id), pose])

    def remove_key(self, layer_id: LayerId, number: int) -> None:
        """Take one key away, counted from 0."""
        self._set(layer_id, [key for place, key in enumerate(self.keys(layer_id)) if place != number])

    def move_key(self, layer_id: LayerId, number: int, steps: int) -> None:
        """Let a key come later, or earlier where `steps` is below 0; never beyond the ends."""
        keys = list(self.keys(layer_id))
        if 0 <= number < len(keys):
            key = keys.pop(number)
            keys.insert(min(max(number + steps, 0), len(keys)), key)
            self._set(layer_id, keys)

    def picture(
        self, layer_id: LayerId, path: Path, ras_from_camera: Floats, lens: Lens, *, is_depth: bool
    ) -> str:
        """Write what a camera sees as PNG, or how far it is; returns the job's id."""
        pose = scene_pose(self._scene(layer_id)[1].placement.ras_from_scene, ras_from_camera)
        more = {"scene_from_camera": pose.tolist(), "lens": asdict(lens), "is_depth": is_depth}
        return self._start(layer_id, path, stills.TARGET, more, _told_picture)

    def film(self, layer_id: LayerId, path: Path, lens: Lens, duration_s: float, fps: float) -> str:
        """Write a flight through the keys as a film; returns the job's id.

        Raises:
            InputRefused: There are fewer than two keys.
        """
        keys = self.keys(layer_id)
        if len(keys) < 2:
            raise InputRefused(
                f"Cannot save {path.name}", f"{len(keys)} of 2 keys are there", "Add keys of the camera path."
            )
        more = {
            "keys": [key.tolist() for key in keys],
            "lens": asdict(lens),
            "duration_s": duration_s,
            "fps": fps,
        }
        return self._start(layer_id, path, flythrough.TARGET, more, _told_film)

    def cloud(self, layer_id: LayerId, path: Path) -> str:
        """Write coloured points as PLY; returns the job's id."""
        return self._start(layer_id, path, solids.CLOUD, {}, _told_cloud)

    def mesh(self, layer_id: LayerId, path: Path, cells: int = CELLS) -> str:
        """Write a surface as PLY or STL; returns the job's id."""
        return self._start(layer_id, path, solids.MESH, {"cells": cells}, _told_mesh)

    def density(self, layer_id: LayerId, path: Path, cells: int = CELLS) -> str:
        """Write the density as a volume; returns the job's id."""
        return self._start(layer_id, path, solids.DENSITY, {"cells": cells}, _told_density)

    def copy(self, layer_id: LayerId, path: Path, *, with_frames: bool) -> str:
        """Copy the scene's folder to another place; returns the job's id."""
        return self._start(layer_id, path, copying.TARGET, {"with_frames": with_frames}, _told_copy)

    def _start(self, layer_id: LayerId, path: Path, target: str, more: Mapping[str, Any], told: Any) -> str:
        layer, field = self._scene(layer_id)
        assert isinstance(layer.display, FieldDisplay)
        payload = {
            "folder": str(field.folder),
            "placement": placement_table(field.placement),
            "path": str(path),
            "mode": layer.display.mode.value,
            "time": layer.display.time,
            **more,
        }
        warning = "" if field.placement.is_measurable else " Its scale is arbitrary, and the file says so."

        def done(event: JobDone) -> None:
            self._notices.told.emit(f"{told(event.value)} to {path.name}.{warning}")

        job = Job(title=f"Saving {path.name}", target=target, payload=payload)
        return self._desk.start(self._lane, job, Reactions(done=done))

    def _scene(self, layer_id: LayerId) -> tuple[Layer, RadianceField]:
        layer = self._session.state.layer(layer_id)
        if layer is None or not isinstance(layer.data, RadianceField):
            raise InputRefused("Cannot export the scene", "it is not open any more", "Open it again.")
        return layer, layer.data

    def _set(self, layer_id: LayerId, keys: list[Floats]) -> None:
        self._keys[layer_id] = tuple(keys)
        self.changed.emit()


def _told_picture(value: Mapping[str, Any]) -> str:
    if "step" not in value:
        return "Saved the picture"
    unit = "mm" if value["unit"] == "mm" else "units of the scene"
    return f"Saved distances in steps of {value['step']:.3g} {unit}"


def _told_film(value: Mapping[str, Any]) -> str:
    return f"Saved {value['frames']} frames"


def _told_cloud(value: Mapping[str, Any]) -> str:
    return f"Saved {value['points']} points"


def _told_mesh(value: Mapping[str, Any]) -> str:
    return f"Saved {value['triangles']} triangles"


def _told_density(value: Mapping[str, Any]) -> str:
    return f"Saved density {value['unit']}"


def _told_copy(value: Mapping[str, Any]) -> str:
    return f"Copied {value['files']} files"
