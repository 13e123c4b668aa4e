"""What the File menu writes of scenes."""

from __future__ import annotations

from functools import partial

from medview.present.actions import Action
from medview.present.desk import Desk

_ACTIONS = (
    ("picture", "Export scene picture…", "Write what the 3-D pane shows of the scene, as PNG."),
    ("depth", "Export scene distances…", "Write how far the scene is along the axis, as 16-bit PNG."),
    ("film", "Export scene film…", "Write a flight through the keyed cameras, as a film."),
    ("cloud", "Export point cloud…", "Write what the training's cameras see, as coloured points (PLY)."),
    ("mesh", "Export scene surface…", "Write where the scene is dense as a coloured surface (PLY)."),
    ("density", "Export scene density…", "Write the density as a volume, where the scene lies."),
    ("folder", "Export scene folder…", "Copy the scene to another place, where it opens again."),
)


def scene_out_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the File menu that write scenes out."""
    return tuple(
        Action(
            action_id=f"file.scene_{kind}",
            title=title,
            run=partial(_run, desk, kind),
            why_not=partial(_why_not, desk, kind),
            tip=tip,
            group="scene_export",
        )
        for kind, title, tip in _ACTIONS
    )


def _run(desk: Desk, kind: str) -> None:
    desk.export_scene(kind)


def _why_not(desk: Desk, kind: str) -> str:
    return desk.why_not_export_scene(kind)
