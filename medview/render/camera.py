"""The camera of the 3-D pane, moved in pixels and named by sides of the patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.lens import Lens
from medview.core.plans import Vector
from medview.render.sight import pose_of

#: From where the camera looks, and what is up, in patient directions.
_SIDES: dict[str, tuple[Vector, Vector]] = {
    "anterior": ((0, 1, 0), (0, 0, 1)),
    "posterior": ((0, -1, 0), (0, 0, 1)),
    "left": ((-1, 0, 0), (0, 0, 1)),
    "right": ((1, 0, 0), (0, 0, 1)),
    "superior": ((0, 0, 1), (0, 1, 0)),
    "inferior": ((0, 0, -1), (0, 1, 0)),
}
#: What a reset camera shows: from the front, a little to the side and above.
_HOME = ((0.34, 1.0, 0.22), (0.0, 0.0, 1.0))
_DEGREES_PER_PANE = 180.0
_VIEW_ANGLE_DEG = 26.0
#: Nearest of what is drawn, as part of the farthest: small, because who flies comes close.
_NEAREST_PART = 5e-4
#: How far the camera stands off: of the sphere around the box, heads and trunks fill about this part.
_FILLED = 0.76


class PatientCamera:
    """Turns, moves and zooms a renderer's camera around a box in the patient, or flies it inside.

    A hand that orbits moves the patient; one that flies moves the eye: it looks around, goes on, and the
    point that it would orbit goes with it.
    """

    def __init__(self, renderer: vtkRenderer) -> None:
        self.renderer = self._renderer = renderer
        self._camera = renderer.GetActiveCamera()
        self._camera.SetViewAngle(_VIEW_ANGLE_DEG)
        self._renderer.SetNearClippingPlaneTolerance(_NEAREST_PART)
        self._bounds = np.array([[-100.0] * 3, [100.0] * 3])

    @property
    def eye_ras(self) -> NDArray[np.float64]:
        """Where the camera stands."""
        return np.array(self._camera.GetPosition())

    def set_bounds(self, low_ras: Vector, high_ras: Vector) -> None:
        """Say what a reset camera must show."""
        self._bounds = np.array([low_ras, high_ras], float)

    def reset(self) -> None:
        """Show everything from the front, a little from the side and above."""
        self._look(*_HOME)

    def view_from(self, side: str) -> None:
        """Show everything from a side of the patient.

        Raises:
            KeyError: The side is none of the six.
        """
        self._look(*_SIDES[side])

    def rotate(self, dx_px: float, dy_px: float) -> None:
        """Turn the patient with the mouse: to the right and down for positive steps."""
        per_px = _DEGREES_PER_PANE / max(1, min(self._renderer.GetSize()))
        self._camera.Azimuth(-dx_px * per_px)
        self._camera.Elevation(dy_px * per_px)
        self._camera.OrthogonalizeViewUp()
        self._clip()

    def pan(self, dx_px: float, dy_px: float) -> None:
        """Move the patient with the mouse: to the right and down for positive steps."""
        height_mm = 2 * self._camera.GetDistance() * np.tan(np.radians(self._camera.GetViewAngle() / 2))
        per_px = height_mm / max(1, self._renderer.GetSize()[1])
        up = np.array(self._camera.GetViewUp())
        right = np.cross(self._camera.GetDirectionOfProjection(), up)
        step = (-dx_px * right + dy_px * up) * per_px
        self._camera.SetPosition(*(np.array(self._camera.GetPosition()) + step))
        self._camera.SetFocalPoint(*(np.array(self._camera.GetFocalPoint()) + step))
        self._clip()

    def zoom(self, factor: float) -> None:
        """Come nearer by a factor above 1, go away by one below."""
        self._camera.Dolly(float(np.clip(factor, 0.05, 20)))
        self._clip()

    def look_around(self, dx_px: float, dy_px: float) -> None:
        """Turn the eye where it stands, after a hand that drags what it sees; what is up stays up."""
        per_px = self._camera.GetViewAngle() / max(1, self._renderer.GetSize()[1])
        self._camera.Yaw(dx_px * per_px)
        self._camera.Pitch(dy_px * per_px)
        self._camera.OrthogonalizeViewUp()
        self._clip()

    def fly(self, right_mm: float, up_mm: float, forward_mm: float) -> None:
        """Move the eye along its own axes; what it looks at moves with it."""
        pose = pose_of(self._camera)
        step = pose[:3, :3] @ (right_mm, up_mm, -forward_mm)
        self._camera.SetPosition(*(np.array(self._camera.GetPosition()) + step))
        self._camera.SetFocalPoint(*(np.array(self._camera.GetFocalPoint()) + step))
        self._clip()

    def look_through(self, ras_from_camera: NDArray[np.float64], lens: Lens) -> None:
        """Stand where a picture was taken from and see all of it, with a rim in a pane of another form.

        Args:
            ras_from_camera: 4x4 camera to patient, OpenGL axes.
            lens: Of the picture.
        """
        width, height = (max(1, n) for n in self._renderer.GetSize())
        corners = lens.directions([[0, 0], [lens.width, 0], [0, lens.height], [lens.width, lens.height]])
        slopes = np.abs(corners[:, :2] / corners[:, 2:]).max(axis=0)
        half = max(slopes[1], slopes[0] * height / width)
        center = np.asarray(ras_from_camera, float)[:3, 3]
        axes = ras_from_camera[:3, :3] / np.linalg.norm(ras_from_camera[:3, :3], axis=0)
        away = max(0.25 * float(np.linalg.norm(self._bounds[1] - self._bounds[0])), 1.0)
        self._camera.SetPosition(*center)
        self._camera.SetFocalPoint(*(center - away * axes[:, 2]))
        self._camera.SetViewUp(*axes[:, 1])
        self._camera.SetViewAngle(float(np.degrees(2 * np.arctan(half))))
        self._clip()

    def widen(self, angle_deg: float) -> None:
        """See this angle from bottom to top from where the camera stands."""
        self._camera.SetViewAngle(float(np.clip(angle_deg, 1.0, 150.0)))
        self._clip()

    def ray_at(self, x_px: float, y_px: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Origin and unit direction of the line of sight at a pixel from the top left corner."""
        ends = []
        for depth in (0.0, 1.0):
            self._renderer.SetDisplayPoint(x_px, self._renderer.GetSize()[1] - y_px, depth)
            self._renderer.DisplayToWorld()
            x, y, z, w = self._renderer.GetWorldPoint()
            ends.append(np.array([x, y, z]) / w)
        direction = ends[1] - ends[0]
        return ends[0], direction / np.linalg.norm(direction)

    def picture_from_ras(self) -> NDArray[np.float64]:
        """4x4 matrix from patient mm to homogeneous picture coordinates, x right, y up, -1 to 1."""
        width, height = (max(1, n) for n in self._renderer.GetSize())
        matrix = self._camera.GetCompositeProjectionTransformMatrix(width / height, -1, 1)
        return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])

    def _look(self, toward: Vector, up: Vector) -> None:
        low, high = self._bounds
        center = (low + high) / 2
        radius = max(float(np.linalg.norm(high - low)) / 2, 1.0)
        width, height = (max(1, n) for n in self._renderer.GetSize())
        half_angle = np.arctan(np.tan(np.radians(_VIEW_ANGLE_DEG / 2)) * min(1.0, width / height))
        direction = np.asarray(toward, float) / np.linalg.norm(toward)
        distance = _FILLED * radius / np.sin(half_angle)
        self._camera.SetViewAngle(_VIEW_ANGLE_DEG)
        self._camera.SetFocalPoint(*center)
        self._camera.SetPosition(*(center + direction * distance))
        self._camera.SetViewUp(*up)
        self._camera.OrthogonalizeViewUp()
        self._clip()

    def _clip(self) -> None:
        low, high = self._bounds
        margin = 0.1 * (high - low) + 1
        box = np.stack([low - margin, high + margin], axis=1).ravel()
        self._renderer.ResetCameraClippingRange(*box)
