"""Writes scenes out: keys of a camera path, sizes, and the files that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.layers import LayerId
from medview.core.lens import Lens
from medview.core.plans import Shared
from medview.core.radiance import RadianceField
from medview.core.state import SessionState
from medview.present.actions import ActionTable
from medview.present.desk import NO_SCENE, Desk
from medview.present.placing_presenter import scene_text
from medview.present.ports.scene_out_port import SceneOutPlan, SceneOutViewPort
from medview.session.fields.chosen import chosen_scene
from medview.session.fields.placing import point_of
from medview.session.fields.rendering import ras_pose

Floats = NDArray[np.float64]
NO_KEYS = "Add two keys or more in the Scene tab."
UNSCALED = "The scale is arbitrary: the files say so and are not in millimetres."


@dataclass(frozen=True)
class Kind:
    """A kind of file: what the dialog is called, and how the suggested name ends."""

    title: str
    ending: str


KINDS: Mapping[str, Kind] = MappingProxyType({
    "picture": Kind("Export picture", "_view.png"),
    "depth": Kind("Export distances", "_depth.png"),
    "film": Kind("Export film", "_flight.mp4"),
    "cloud": Kind("Export point cloud", "_points.ply"),
    "mesh": Kind("Export scene surface", "_surface.ply"),
    "density": Kind("Export density", "_density.nii.gz"),
    "folder": Kind("Export scene folder", "_copy.field"),
})  # fmt: skip


class SceneOutPresenter:
    """Presents the group, and does what the File menu asks of scenes.

    Args:
        desk: What is open, the use cases, the 3-D pane and the window.
        view: The group.
        actions: Runs the deeds, so that failures are told in one place.
        show_keys: Draws keyed cameras (m, 4, 4) in the 3-D pane; None draws none.
    """

    def __init__(
        self,
        desk: Desk,
        view: SceneOutViewPort,
        actions: ActionTable,
        show_keys: Callable[[Shared | None], object],
    ) -> None:
        self._desk, self._view, self._actions, self._show_keys = desk, view, actions, show_keys
        self._out = desk.workflows.scene_out
        self._set = SceneOutPlan()
        self._view_angle_deg = 60.0
        self._plan: SceneOutPlan | None = None
        self._drawn: tuple[object, ...] = ()
        self._deeds: dict[str, Callable[[LayerId, Path], object]] = {
            "picture": lambda layer_id, path: self._take_picture(layer_id, path, is_depth=False),
            "depth": lambda layer_id, path: self._take_picture(layer_id, path, is_depth=True),
            "film": self._make_film,
            "cloud": self._out.cloud,
            "mesh": lambda layer_id, path: self._out.mesh(layer_id, path, self._set.cells),
            "density": lambda layer_id, path: self._out.density(layer_id, path, self._set.cells),
            "folder": lambda layer_id, path: self._out.copy(
                layer_id, path, with_frames=self._set.with_frames
            ),
        }
        view.key_added.connect(self._add_key)
        view.key_removed.connect(lambda number: self._on_key(self._out.remove_key, number))
        view.key_moved.connect(lambda number, steps: self._on_key(self._out.move_key, number, steps))
        view.key_shown.connect(self._look_through)
        view.value_changed.connect(self._on_value)
        view.export_asked.connect(self.export)
        self._out.changed.connect(self.refresh)
        desk.session.changed.connect(self._on_changed)
        desk.export_scene = self.export
        desk.why_not_export_scene = self.why_not
        self.refresh()

    def why_not(self, kind: str) -> str:
        """Why a kind of file cannot be written; empty where it can."""
        plan = self._resolved()
        return plan.why_not_film if kind == "film" else plan.why_not

    def export(self, kind: str) -> None:
        """Ask where, then write one of `KINDS`."""
        found = chosen_scene(self._desk.state)
        if found is None or self.why_not(kind):
            return
        layer, field = found
        folder = field.folder.parent
        path = self._desk.window.ask_export_path(
            KINDS[kind].title, folder / f"{field.folder.stem}{KINDS[kind].ending}"
        )
        if path is not None:
            self._actions.guarded(KINDS[kind].title, lambda: self._deeds[kind](layer.id, path))

    def refresh(self) -> None:
        """Show the group if anything about it is new, and the keys in the 3-D pane."""
        plan = self._resolved()
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)
        self._draw_keys()

    def _resolved(self) -> SceneOutPlan:
        found = chosen_scene(self._desk.state)
        keys = self._out.keys(found[0].id) if found is not None else ()
        return resolve_scene_out(self._desk.state, self._set, keys)

    def _draw_keys(self) -> None:
        found = chosen_scene(self._desk.state)
        keys = self._out.keys(found[0].id) if found is not None else ()
        drawn = (found[1].placement, *keys) if found is not None and keys else ()
        if [id(part) for part in drawn] != [id(part) for part in self._drawn]:
            self._drawn = drawn
            self._show_keys(Shared(_in_patient(found[1], keys)) if drawn and found is not None else None)

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        if old.layers is not new.layers:
            self.refresh()

    def _on_value(self, name: str, value: object) -> None:
        self._set = replace(self._set, **{name: value})  # type: ignore[arg-type]
        self.refresh()

    def _on_key(self, deed: Callable[..., object], *facts: int) -> None:
        found = chosen_scene(self._desk.state)
        if found is not None:
            deed(found[0].id, *facts)

    def _add_key(self) -> None:
        found = chosen_scene(self._desk.state)
        if found is None:
            return

        def take(ras_from_camera: Floats, lens: Lens) -> None:
            self._view_angle_deg = lens.view_angle_deg
            self._out.add_key(found[0].id, ras_from_camera)

        self._desk.volume_view.ask_camera(take)

    def _look_through(self, number: int) -> None:
        found = chosen_scene(self._desk.state)
        keys = self._out.keys(found[0].id) if found is not None else ()
        if found is not None and 0 <= number < len(keys):
            pose = ras_pose(found[1].placement.ras_from_scene, keys[number])
            self._desk.volume_view.look_through(pose, self._lens())

    def _take_picture(self, layer_id: LayerId, path: Path, *, is_depth: bool) -> None:
        """The size is that of the form, the middle of the picture that of the pane."""

        def take(ras_from_camera: Floats, lens: Lens) -> None:
            wanted = Lens.of_view_angle(self._set.width, self._set.height, lens.view_angle_deg)
            deed = lambda: self._out.picture(  # noqa: E731
                layer_id, path, ras_from_camera, wanted, is_depth=is_depth
            )
            self._actions.guarded("Export picture", deed)

        self._desk.volume_view.ask_camera(take)

    def _make_film(self, layer_id: LayerId, path: Path) -> None:
        self._out.film(layer_id, path, self._lens(), self._set.duration_s, self._set.fps)

    def _lens(self) -> Lens:
        return Lens.of_view_angle(self._set.width, self._set.height, self._view_angle_deg)


def resolve_scene_out(state: SessionState, chosen: SceneOutPlan, keys: tuple[Floats, ...]) -> SceneOutPlan:
    """Return what the group shows: pure.

    Args:
        state: What is open.
        chosen: Sizes, duration and the like, as a person has set them.
        keys: 4x4 camera to scene of the keyed cameras.
    """
    found = chosen_scene(state)
    count = max(2, round(chosen.duration_s * chosen.fps))
    words = f"{count} frames of {chosen.width} × {chosen.height}"
    if found is None:
        return replace(chosen, keys=(), why_not=NO_SCENE, why_not_film=NO_SCENE, frames=words)
    return replace(
        chosen,
        warning="" if found[1].placement.is_measurable else UNSCALED,
        keys=tuple(_key_text(number, key) for number, key in enumerate(keys)),
        why_not_film="" if len(keys) >= 2 else NO_KEYS,
        frames=words,
    )


def _key_text(number: int, key: Any) -> str:
    return f"{number + 1}   at {scene_text(point_of(key[:3, 3]))}"


def _in_patient(field: RadianceField, keys: tuple[Floats, ...]) -> Floats:
    return np.stack([ras_pose(field.placement.ras_from_scene, key) for key in keys])
