"""A radiance field in the 3-D pane: baked while the view moves, the true field at rest.

The stage asks for the true field once for each view that comes to rest, and lays the answers over the
picture as they come. An answer to an older view is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.field_view import FieldPicture, FieldView
from medview.core.plans import FieldPlan, Theme
from medview.render.baked_drawing import BakedDrawing
from medview.render.depth_pass import has_surface, is_thin, only
from medview.render.field_overlay import FieldOverlay
from medview.render.field_scenery import FieldScenery
from medview.render.real_frame import RealFrame
from medview.render.sight import free_distances, lens_of, pose_of
from medview.render.volume_drawing import VolumeDrawing

#: So many lines of sight are followed into a scan that is ray cast, to find where it becomes visible.
_SCAN_RAYS = 12_000

Tell = Callable[[FieldView], object]


class FieldStage:
    """Everything of one field in a pane.

    Args:
        renderer: Of the pane.
        tell: Handed each view that comes to rest.
        on_processor: OpenGL runs on the processor.
    """

    def __init__(self, renderer: vtkRenderer, tell: Tell, *, on_processor: bool) -> None:
        self._renderer = renderer
        self._tell = tell
        self._plan: FieldPlan | None = None
        self._number = 0
        self._asked: tuple[object, ...] = ()
        self._camera: tuple[object, ...] = ()
        self._lines: tuple[object, ...] = ()
        self._baked = BakedDrawing(renderer, on_processor=on_processor)
        self._scenery = FieldScenery(renderer)
        self._overlay = FieldOverlay(renderer)
        self._frame = RealFrame(renderer)

    @property
    def message(self) -> str:
        """What must be said of a picture that is not the true field at full resolution; else empty."""
        picture = self._overlay.picture
        if picture is None:
            return "baked colours"
        return f"field shown at 1/{picture.level} resolution" if picture.level > 1 else ""

    def take(self, picture: FieldPicture) -> None:
        """Take an answer; one to an older view, or coarser than what is shown of this one, is dropped."""
        shown = self._overlay.picture
        if picture.number == self._number and (shown is None or picture.level <= shown.level):
            self._overlay.take(picture)

    def draw(self, plan: FieldPlan, theme: Theme, scale: float) -> None:
        """Show a plan."""
        if self._plan is None or plan.content != self._plan.content:
            self._forget()
        self._plan = plan
        self._baked.draw(plan)
        self._scenery.draw(plan, theme, scale)

    def lay(
        self, around: tuple[object, ...], lines: object, scan: VolumeDrawing | None, *, is_moving: bool
    ) -> None:
        """Lay out the pictures for the camera as it is now; at rest, ask for the true field.

        Args:
            around: What else has surfaces; compared only.
            lines: What else is drawn of lines, which leave the field's rays alone; compared only.
            scan: A scan that is ray cast, which leaves no depth.
            is_moving: A hand moves the view.
        """
        assert self._plan is not None
        if is_moving or self._camera_key() != self._camera:
            self._forget()
        # before lines are looked for: those that are hidden from here must leave nothing in the picture
        self._scenery.stand_at(self._renderer.GetActiveCamera().GetPosition())
        if not is_moving:
            self._ask(self._plan, around, scan)
            self._let_lines_through(self._plan, lines)
        self._baked.set_moving(is_moving)
        self._baked.set_visible(self._overlay.picture is None)
        width, height = self._renderer.GetSize()
        self._overlay.lay((width, height), self._plan.opacity)
        self._frame.lay(None if is_moving else self._plan.frame)

    def _ask(self, plan: FieldPlan, around: tuple[object, ...], scan: VolumeDrawing | None) -> None:
        """Ask for the true field, unless this very view has been asked for."""
        wanted = (around, plan.layer_id, plan.content)
        if wanted == self._asked:
            return
        self._asked, self._camera = wanted, self._camera_key()
        self._number += 1
        free_mm = self._free(scan)
        self._overlay.set_free(free_mm)
        shown = self._overlay.picture
        view = FieldView(
            number=self._number,
            ras_from_camera=pose_of(self._renderer.GetActiveCamera()),
            lens=lens_of(self._renderer),
            t_max_mm=free_mm,
            finest=shown.level if shown is not None else None,
        )
        if shown is not None:
            self._overlay.take(replace(shown, number=self._number))
        self._tell(view)

    def _let_lines_through(self, plan: FieldPlan, lines: object) -> None:
        """See how far lines and points are away, where they or the camera have changed."""
        wanted = (lines, replace(plan, opacity=1.0, frame=None), self._number)
        if wanted != self._lines:
            self._lines = wanted
            with only(self._renderer, is_thin):
                self._overlay.set_lines(free_distances(self._renderer))

    def hits(
        self, origin_ras: NDArray[np.float64], direction: NDArray[np.float64], part: tuple[float, float]
    ) -> float | None:
        """Distance along a ray, through this part of the pane, to what is seen of the field, or None."""
        if self._overlay.picture is None:
            return self._baked.hits(origin_ras, direction)
        eye = np.asarray(self._renderer.GetActiveCamera().GetPosition())
        distance = self._overlay.distance_at(*part)
        return None if distance is None else distance - float(np.linalg.norm(origin_ras - eye))

    def close(self) -> None:
        """Leave the renderer."""
        for part in (self._baked, self._scenery, self._overlay, self._frame):
            part.close()

    def _forget(self) -> None:
        self._overlay.take(None)
        self._asked, self._camera = (), ()
        self._number += 1

    def _camera_key(self) -> tuple[object, ...]:
        camera = self._renderer.GetActiveCamera()
        place = (camera.GetPosition(), camera.GetFocalPoint(), camera.GetViewUp(), camera.GetViewAngle())
        return (*place, tuple(self._renderer.GetSize()))

    def _free(self, scan: VolumeDrawing | None) -> NDArray[np.float32]:
        """How far each line of sight is free of surfaces: lines and points do not stand in its way."""
        with only(self._renderer, has_surface):
            free_mm = free_distances(self._renderer)
        return free_mm if scan is None else np.minimum(free_mm, self._to_scan(scan))

    def _to_scan(self, scan: VolumeDrawing) -> NDArray[np.float32]:
        lens, pose = lens_of(self._renderer), pose_of(self._renderer.GetActiveCamera())
        thin = max(1, round(np.sqrt(lens.width * lens.height / _SCAN_RAYS)))
        coarse = lens.resized(-(-lens.width // thin), -(-lens.height // thin))
        directions = coarse.directions(coarse.pixels()).reshape(-1, 3) @ pose[:3, :3].T
        found = scan.surface_distances(pose[:3, 3], directions).reshape(coarse.height, coarse.width)
        rows = (np.arange(lens.height) + 0.5) * coarse.height / lens.height
        columns = (np.arange(lens.width) + 0.5) * coarse.width / lens.width
        return found[rows.astype(int)[:, None], columns.astype(int)].astype(np.float32)
