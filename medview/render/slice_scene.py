"""A slice pane: draws slice plans, keeping whatever has not changed."""

from __future__ import annotations

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  chooses the OpenGL classes
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from medview.core.layers import LayerId
from medview.core.plans import SlicePlan, Theme, Vector
from medview.render.annotations import Annotations
from medview.render.frame import PlaneFrame
from medview.render.layer_drawing import LayerDrawing
from medview.render.rehearsal import Kind, rehearse
from medview.render.snapshot import snapshot

_OUTLINE_PX = 1.5


class SliceScene:
    """Draws one slice pane into a render window.

    Args:
        render_window: Owned by the caller; the scene adds one renderer to it.
        theme: Colours.
    """

    def __init__(self, render_window: vtkRenderWindow, theme: Theme) -> None:
        self._window = render_window
        self._theme = theme
        self._scale = 1.0
        self._plan: SlicePlan | None = None
        self._drawn_plan: SlicePlan | None = None
        self._drawn_look: tuple[object, ...] = ()
        self._drawings: dict[LayerId, LayerDrawing] = {}
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0, 0, 0)
        self._renderer.SetUseFXAA(False)
        self._renderer.GetActiveCamera().ParallelProjectionOn()
        render_window.AddRenderer(self._renderer)
        self._annotations = Annotations(self._renderer)
        self._is_open = True

    @property
    def frame(self) -> PlaneFrame:
        """The plane and its pixels at the window's present size."""
        plan = self._plan
        assert plan is not None, "a plan is applied before positions are asked for"
        width, height = self._window.GetSize()
        return PlaneFrame.of(plan, (width, height))

    @property
    def mm_per_pixel(self) -> float:
        """Millimetres per device pixel; 1 before the first plan."""
        return self.frame.mm_per_pixel if self._plan is not None else 1.0

    def ras_at(self, x_px: float, y_px: float) -> Vector:
        """Patient position on the plane at device pixels from the top left corner."""
        return self.frame.ras_at(x_px, y_px) if self._plan is not None else (0.0, 0.0, 0.0)

    def apply(self, plan: SlicePlan) -> None:
        """Take a plan. Does not render; what differs from the last one is made anew with the next frame."""
        self._plan = plan

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme

    def set_device_scale(self, scale: float) -> None:
        """Take the number of device pixels per logical pixel, which sizes texts and lines."""
        self._scale = scale

    def render(self) -> None:
        """Draw now, laid out for the window's present size."""
        self._arrange()
        self._window.Render()

    def rehearse(self, kind: Kind) -> None:
        """Draw a kind of picture unseen, so that the first one of its kind is drawn as fast as the next."""
        rehearse(self._renderer, kind)

    def image(self) -> NDArray[np.uint8]:
        """What the pane shows: (H, W, 3), top row first."""
        self._arrange()
        return snapshot(self._window)

    def close(self) -> None:
        """Give textures and actors back while the window still lives."""
        if not self._is_open:
            return
        self._is_open = False
        for drawing in self._drawings.values():
            drawing.close()
        self._drawings = {}
        self._annotations.close()
        self._window.RemoveRenderer(self._renderer)

    def _arrange(self) -> None:
        """Bring all drawings up to date, unless nothing has changed."""
        if self._plan is None:
            return
        plan, frame = self._plan, self.frame
        look = (frame, self._theme, self._scale)
        if plan is self._drawn_plan and look == self._drawn_look:
            return
        self._draw_layers(plan, frame)
        self._annotations.draw(plan, frame, self._theme, self._scale)
        self._drawn_plan, self._drawn_look = plan, look

    def _draw_layers(self, plan: SlicePlan, frame: PlaneFrame) -> None:
        order = [layer.layer_id for layer in plan.layers]
        for layer_id in [known for known in self._drawings if known not in order]:
            self._drawings.pop(layer_id).close()
        if order != list(self._drawings):
            self._restack(order)
        line_px = max(1, round(_OUTLINE_PX * self._scale))
        for layer in plan.layers:
            self._drawings[layer.layer_id].draw(layer, frame, line_px)

    def _restack(self, order: list[LayerId]) -> None:
        """Draw in this order, bottom first, with the annotations above all."""
        self._drawings = {key: self._drawings.get(key) or LayerDrawing(self._renderer) for key in order}
        for drawing in self._drawings.values():
            drawing.raise_to_top()
        self._annotations.raise_to_top()
