"""The last step of the Scene tab: a trained scene that is open, its views, their numbers, how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np

from medview.core.layers import Layer
from medview.core.params import Float
from medview.core.radiance import FieldDisplay, RadianceField
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.field_plan import shown_field
from medview.present.layers_presenter import change_layer
from medview.present.ports.scene_port import FormPlan, LookPlan, SceneViewPort, ViewRow
from medview.session.fields.view_scores import Scores

_HIGH_RESIDUAL_DB = 3.0
"""Below the median of the measured views, from which a frame counts as bad."""
_TITLES = {"frame": "Real picture over {name}", "floor": "Haze floor of {name}"}
_FLOOR = Float(
    name="floor",
    title="Haze floor",
    help="Density below this is not drawn while the view moves: higher shows less haze.",
    default=0.02,
    minimum=0.0,
    maximum=1.0,
    step=0.01,
)


class SceneLook:
    """Presents the open scene.

    Args:
        desk: What is open, the use cases.
        view: The tab.
        actions: Runs the deeds.
        refresh: Shows the tab anew.
    """

    def __init__(
        self, desk: Desk, view: SceneViewPort, actions: ActionTable, refresh: Callable[[], None]
    ) -> None:
        self._desk, self._actions, self._refresh = desk, actions, refresh
        self._scores: dict[Path, Scores] = {}
        self._seen: WeakSet[RadianceField] = WeakSet()
        view.look_chosen.connect(self._on_frame)
        view.look_changed.connect(self._on_display)

    @property
    def layer(self) -> Layer | None:
        """The scene that the tab is about: the one on show, else the topmost."""
        state = self._desk.state
        topmost = next((layer for layer in reversed(state.layers) if layer.is_field), None)
        return shown_field(state) or topmost

    def follow(self) -> None:
        """Ask what is known of the views of scenes that have just come."""
        for layer in self._desk.state.layers:
            field = layer.data
            if isinstance(field, RadianceField) and field not in self._seen:
                self._seen.add(field)
                self._desk.workflows.scenes.view_scores(field.folder, partial(self._learn, field.folder))

    def _learn(self, folder: Path, scores: Scores) -> None:
        self._scores[folder] = scores
        self._refresh()

    def plan(self) -> LookPlan:
        """What the step shows now."""
        layer = self.layer
        if layer is None or not isinstance(layer.data, RadianceField):
            return LookPlan()
        field, display = layer.data, layer.display
        assert isinstance(display, FieldDisplay)
        scores = self._scores.get(field.folder, {})
        rows = view_rows(field, scores)
        training = self._desk.workflows.scenes.trainings.training
        return LookPlan(
            title=layer.name,
            rows=rows,
            summary=summary(rows),
            frame=display.frame,
            count=len(field.poses),
            form=FormPlan(params=(_FLOOR,), values={"floor": display.floor}),
            why_not_anew="A scene is being trained." if training is not None and training.runs else "",
            bad=tuple(row.frame for row in rows if is_bad(row, rows)),
        )

    def train_anew(self, device: str) -> None:
        """Train the scene anew, without the frames that agree badly."""
        layer, plan = self.layer, self.plan()
        if layer is None or not isinstance(layer.data, RadianceField):
            return
        bad = frozenset(layer.data.frame_names[frame] for frame in plan.bad)
        self._desk.workflows.scenes.train_anew(layer.data.folder, bad, device)

    def _on_frame(self, frame: int | None) -> None:
        layer = self.layer
        if layer is None or not isinstance(layer.data, RadianceField):
            return
        if frame is None or 0 <= frame < len(layer.data.poses):
            self._on_display("frame", frame)

    def _on_display(self, name: str, value: Any) -> None:
        layer = self.layer
        if layer is None or not isinstance(layer.display, FieldDisplay):
            return
        changes: dict[str, Any] = {name: value}
        display = replace(layer.display, **changes)
        title = _TITLES.get(name, "Show {name}")
        self._actions.guarded(
            "Show the scene", lambda: change_layer(self._desk.session, layer, {"display": display}, title)
        )


def view_rows(field: RadianceField, scores: Scores) -> tuple[ViewRow, ...]:
    """Held-out views, then whatever else was measured, each in order."""
    held_out = frozenset(field.held_out)
    known = {number for number in scores if number < len(field.poses)}
    frames = (*sorted(held_out), *sorted(known - held_out))
    return tuple(
        ViewRow(
            frame=frame,
            name=field.frame_names[frame] if frame < len(field.frame_names) else str(frame),
            is_held_out=frame in held_out,
            **{name: float(value) for name, value in scores.get(frame, {}).items()},
        )
        for frame in frames
    )


def summary(rows: tuple[ViewRow, ...]) -> str:
    """The mean of the held-out views that were measured."""
    held = [row for row in rows if row.is_held_out and row.psnr_circle is not None]
    if not held:
        return f"{sum(row.is_held_out for row in rows)} views were held out"
    inner = np.mean([row.psnr_circle or 0.0 for row in held])
    whole = np.mean([row.psnr_frame or 0.0 for row in held])
    alike = np.mean([row.ssim_circle or 0.0 for row in held])
    return f"Held out: {inner:.2f} dB in the circle, {whole:.2f} dB on the frame, SSIM {alike:.3f}"


def is_bad(row: ViewRow, rows: tuple[ViewRow, ...]) -> bool:
    """Whether a view agrees much worse than the others."""
    values = [other.psnr_circle for other in rows if other.psnr_circle is not None]
    if row.psnr_circle is None or len(values) < 3:
        return False
    return row.psnr_circle < float(np.median(values)) - _HIGH_RESIDUAL_DB
