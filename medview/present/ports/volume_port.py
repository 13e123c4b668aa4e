"""What the volume presenter asks of the 3-D pane."""

from __future__ import annotations

from typing import Protocol

from psygnal import SignalInstance

from medview.core.plans import VolumePlan


class VolumeViewPort(Protocol):
    """The 3-D pane; it turns its camera by itself."""

    picked: SignalInstance  # (position_ras: Vector), a double click or Shift-click on something
    maximise_asked: SignalInstance  # ()
    cut: SignalInstance  # (outline: (x, y) corners, -1 to 1; camera: 4x4; keeps_inside: bool)

    def show(self, plan: VolumePlan) -> None:
        """Draw this plan at the next frame."""

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
