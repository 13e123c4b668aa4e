"""The 3-D pane: the scan by ray casting, label surfaces, the planes, and which way the patient is turned."""

from __future__ import annotations

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  chooses the OpenGL classes
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer, vtkRenderWindow

from medview.core.field_view import FieldPicture
from medview.core.layers import LayerId
from medview.core.lens import Lens
from medview.core.plans import Theme, Vector, VolumePlan
from medview.render.camera import PatientCamera
from medview.render.field_stage import FieldStage, Tell
from medview.render.mesh_drawing import PlaneLines, SurfaceDrawing
from medview.render.orientation_cube import OrientationCube
from medview.render.sight import lens_of, pose_of
from medview.render.snapshot import snapshot
from medview.render.volume_drawing import VolumeDrawing, is_software
from medview.render.words import WordBoard, banner_words, corner_words, mark_words, message_words

_TOP_LEFT, _BOTTOM_LEFT = 0, 2
#: One pace of who flies: a part of what is free ahead, between these parts of the scene's diagonal.
_PACE_OF_FREE, _PACES = 0.1, (0.002, 0.025)


class VolumeScene:
    """Draws the 3-D pane into a render window. Nothing is built before the first frame is drawn.

    Args:
        render_window: Owned by the caller; the scene adds its renderers to it.
        theme: Colours.
        tell: Handed each view of a radiance field that comes to rest, to be answered by `show_field`.
    """

    def __init__(self, render_window: vtkRenderWindow, theme: Theme, tell: Tell = lambda _view: None) -> None:
        self._window = render_window
        self._theme = theme
        self._tell = tell
        self._scale = 1.0
        self._plan = VolumePlan()
        self._is_interactive = False
        self._must_reset = True
        self._volume: VolumeDrawing | None = None
        self._field: FieldStage | None = None
        self._surfaces: dict[LayerId, SurfaceDrawing] = {}
        self._renderer = vtkRenderer()
        self._renderer.GradientBackgroundOn()
        self._renderer.SetUseFXAA(True)
        _light(self._renderer)
        render_window.AddRenderer(self._renderer)
        self._cube = OrientationCube(render_window, self._renderer)
        self.camera = PatientCamera(self._renderer)
        self._lines = PlaneLines(self._renderer)
        self._board = WordBoard(self._renderer)
        self._is_open = True

    def apply(self, plan: VolumePlan) -> None:
        """Take a plan. Does not render; heavy parts are built when the pane is drawn next."""
        old, self._plan = self._plan, plan
        if plan.bounds_ras is None or plan.bounds_ras == old.bounds_ras:
            return
        self.camera.set_bounds(*plan.bounds_ras)
        # A layer added to the same patient must not take the view away that was chosen.
        self._must_reset |= not _overlap(plan.bounds_ras, old.bounds_ras)

    def show_field(self, picture: FieldPicture) -> None:
        """Take an answer to a view of the field; one that comes too late is dropped."""
        if self._field is not None:
            self._field.take(picture)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme

    def set_device_scale(self, scale: float) -> None:
        """Take the number of device pixels per logical pixel."""
        self._scale = scale

    def set_interactive(self, is_interactive: bool) -> None:
        """Coarse and quick while a hand moves the view; full quality at rest."""
        self._is_interactive = is_interactive

    def render(self) -> None:
        """Draw now; builds first what has changed."""
        self._arrange()
        self._window.Render()

    def image(self) -> NDArray[np.uint8]:
        """What the pane shows at full quality: (H, W, 3), top row first."""
        moving, self._is_interactive = self._is_interactive, False
        try:
            return self.frame()
        finally:
            self._is_interactive = moving

    def frame(self) -> NDArray[np.uint8]:
        """As `image`, at the quality of the moment."""
        self._arrange()
        return snapshot(self._window)

    def reset_camera(self) -> None:
        """Show everything from the front."""
        self._must_reset = False
        self.camera.reset()

    def view_from(self, side: str) -> None:
        """Show everything from `anterior`, `posterior`, `left`, `right`, `superior` or `inferior`."""
        self._must_reset = False
        self.camera.view_from(side)

    def rotate(self, dx_px: float, dy_px: float) -> None:
        """Turn the patient by a move of the mouse, right and down positive."""
        self.camera.rotate(dx_px, dy_px)

    def pan(self, dx_px: float, dy_px: float) -> None:
        """Move the patient with the mouse, right and down positive."""
        self.camera.pan(dx_px, dy_px)

    def zoom(self, factor: float) -> None:
        """Come nearer by a factor above 1, go away by one below."""
        self.camera.zoom(factor)

    def pick(self, x_px: float, y_px: float) -> Vector | None:
        """Patient position of what is seen at device pixels from the top left corner, or None."""
        origin, direction = self.camera.ray_at(x_px, y_px)
        found = [drawing.hits(origin, direction) for drawing in self._surfaces.values()]
        if self._volume is not None:
            found.append(self._volume.hits(origin, direction))
        if self._field is not None:
            width, height = self._window.GetSize()
            found.append(self._field.hits(origin, direction, (x_px / width, y_px / height)))
        distances = [distance for distance in found if distance is not None]
        if not distances:
            return None
        x, y, z = origin + min(distances) * direction
        return float(x), float(y), float(z)

    def look_through(self, ras_from_camera: NDArray[np.float64], lens: Lens) -> None:
        """Stand where a picture was taken from, and see all of it."""
        self._must_reset = False
        self.camera.look_through(ras_from_camera, lens)

    def fly(self, right: float, up: float, forward: float) -> None:
        """Move the eye by so many paces; near walls they become short."""
        low, high = self._plan.bounds_ras or ((-100.0,) * 3, (100.0,) * 3)
        diagonal = float(np.linalg.norm(np.subtract(high, low)))
        width, height = self._window.GetSize()
        seen = self.pick(width / 2, height / 2)
        away = float(np.linalg.norm(np.subtract(seen, self.camera.eye_ras))) if seen is not None else diagonal
        pace = float(np.clip(_PACE_OF_FREE * away, _PACES[0] * diagonal, _PACES[1] * diagonal))
        self.camera.fly(pace * right, pace * up, pace * forward)

    def camera_now(self) -> tuple[NDArray[np.float64], Lens]:
        """Pose (4x4 camera to patient, OpenGL axes) and lens of the pane."""
        return pose_of(self._renderer.GetActiveCamera()), lens_of(self._renderer)

    def picture_from_ras(self) -> NDArray[np.float64]:
        """4x4 matrix from patient mm to homogeneous picture coordinates, -1 to 1 after division."""
        return self.camera.picture_from_ras()

    def close(self) -> None:
        """Give everything back while the window still lives."""
        if not self._is_open:
            return
        self._is_open = False
        around = [self._lines, self._board, self._cube]
        for drawing in [self._volume, self._field, *self._surfaces.values(), *around]:
            if drawing is not None:
                drawing.close()
        self._volume, self._field, self._surfaces = None, None, {}
        self._window.RemoveRenderer(self._renderer)

    def _arrange(self) -> None:
        if self._must_reset:
            self.reset_camera()
        # smooth edges cost more than all the rest of a moving picture where OpenGL runs on the processor
        self._renderer.SetUseFXAA(not self._is_interactive)
        self._renderer.SetBackground(*self._theme.volume_bottom)
        self._renderer.SetBackground2(*self._theme.volume_top)
        self._draw_volume()
        self._draw_surfaces()
        self._lines.draw(
            self._plan.crosshair_ras, self._plan.bounds_ras, self._theme, max(1.0, 1.3 * self._scale)
        )
        self._lines.set_solid(self._plan.field is not None)
        self._cube.set_theme(self._theme)
        self._cube.arrange(self._scale)
        self._draw_field()
        self._draw_words()

    def _draw_volume(self) -> None:
        plan = self._plan.volume
        if plan is None:
            if self._volume is not None:
                self._volume.close()
                self._volume = None
            return
        if self._volume is None:
            self._volume = VolumeDrawing(self._renderer, on_processor=is_software(self._window))
        self._volume.draw(plan)
        width, height = self._window.GetSize()
        self._volume.set_moving(self._is_interactive, width * height)

    def _draw_field(self) -> None:
        plan = self._plan.field
        if plan is None:
            if self._field is not None:
                self._field.close()
                self._field = None
            return
        if self._field is None:
            on_processor = is_software(self._window)
            self._field = FieldStage(self._renderer, self._tell, on_processor=on_processor)
            self._board.raise_all()
        self._field.draw(plan, self._theme, self._scale)
        around = (self._plan.volume, self._plan.surfaces)
        self._field.lay(around, self._plan.crosshair_ras, self._volume, is_moving=self._is_interactive)

    def _draw_surfaces(self) -> None:
        wanted = {plan.layer_id: plan for plan in self._plan.surfaces}
        for layer_id in [known for known in self._surfaces if known not in wanted]:
            self._surfaces.pop(layer_id).close()
        for layer_id, plan in wanted.items():
            drawing = self._surfaces.get(layer_id)
            if drawing is None:
                drawing = self._surfaces[layer_id] = SurfaceDrawing(self._renderer)
            drawing.draw(plan)

    def _draw_words(self) -> None:
        width, height = self._window.GetSize()
        colour = self._theme.text
        brick = self._volume.brick if self._volume is not None else None
        notes = (brick.message if brick is not None else "", self._field.message if self._field else "")
        # nothing stands at the top right: the lines may use the whole width
        words = corner_words(_TOP_LEFT, self._plan.corner_text, colour, 2 * width, self._scale)
        banner = banner_words(self._plan.banner, self._plan.corner_text, (width, height), self._scale)
        words += banner
        words += corner_words(
            _BOTTOM_LEFT, "\n".join(note for note in notes if note), colour, width, self._scale
        )
        words += message_words(self._plan.message, colour, width, self._scale)
        mark = self._plan.mark.removesuffix(self._plan.banner).strip() if banner else self._plan.mark
        words += mark_words(mark, self._plan.corner_text, (width, height), self._scale)
        self._board.draw(words, (width, height))


def _light(renderer: vtkRenderer) -> None:
    """One lamp over the left shoulder of who looks, so that shapes have a shadowed side."""
    renderer.RemoveAllLights()
    renderer.AutomaticLightCreationOff()
    for position, strength in (((-0.5, 0.7, 1.0), 0.95), ((0.8, -0.3, 0.6), 0.25)):
        light = vtkLight()
        light.SetLightTypeToCameraLight()
        light.SetPosition(*position)
        light.SetFocalPoint(0, 0, 0)
        light.SetIntensity(strength)
        renderer.AddLight(light)


def _overlap(new: tuple[Vector, Vector], old: tuple[Vector, Vector] | None) -> bool:
    if old is None:
        return False
    return bool((np.maximum(new[0], old[0]) < np.minimum(new[1], old[1])).all())
