"""What the volume presenter asks of the 3-D pane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalInstance

from medview.core.field_view import FieldPicture
from medview.core.lens import Lens
from medview.core.plans import VolumePlan


class VolumeViewPort(Protocol):
    """The 3-D pane; it turns its camera by itself."""

    picked: SignalInstance  # (position_ras: Vector), a double click or Shift-click on something
    maximise_asked: SignalInstance  # ()
    field_asked: SignalInstance  # (view: FieldView), a view of a radiance field has come to rest
    field_moved: SignalInstance  # (), a hand begins to move the view
    flight_ended: SignalInstance  # (), a side view or a reset has ended the flight
    cut: SignalInstance  # (outline: (x, y) corners, -1 to 1; camera: 4x4; keeps_inside: bool)

    def show(self, plan: VolumePlan) -> None:
        """Draw this plan at the next frame."""

    def show_field(self, picture: FieldPicture) -> None:
        """Lay an answer to a view over the pane; one that comes too late is dropped."""

    def set_flying(self, is_flying: bool) -> None:
        """Let the hand fly the camera inside the scene, instead of turning the patient."""

    def look_through(self, ras_from_camera: NDArray[np.float64], lens: Lens) -> None:
        """Stand where a picture was taken from, 4x4 with OpenGL axes, and see all of it."""

    def ask_camera(self, answer: Callable[[NDArray[np.float64], Lens], object]) -> None:
        """Hand the camera's pose (4x4 camera to patient, OpenGL axes) and lens to `answer`, soon."""

    def reset_camera(self) -> None:
        """Look from the front with everything in view."""

    def set_scissors(self, is_on: bool) -> None:
        """Let the left button draw outlines to cut along, instead of turning the patient."""

    def drop_outline(self) -> bool:
        """Forget the outline under way; whether there was one."""

    def view_from(self, direction: str) -> None:
        """Look from a side of the patient.

        Args:
            direction: ``"anterior"``, ``"posterior"``, ``"left"``, ``"right"``, ``"superior"`` or
                ``"inferior"``.
        """
