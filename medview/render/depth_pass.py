"""Draws a part of what has depth, and nothing else, so that the depth buffer tells of that part alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vtkmodules.vtkRenderingCore import vtkActor, vtkProp, vtkRenderer


def is_thin(prop: vtkProp) -> bool:
    """Whether it is lines or points, which are drawn to show where something is."""
    return isinstance(prop, vtkActor) and prop.GetMapper().GetInput().GetNumberOfPolys() == 0


def has_surface(prop: vtkProp) -> bool:
    """Whether it is a surface that hides what lies behind."""
    return isinstance(prop, vtkActor) and not is_thin(prop)


@contextmanager
def only(renderer: vtkRenderer, is_wanted: Callable[[vtkProp], bool]) -> Iterator[None]:
    """Within the block the window holds a picture of what is wanted of a renderer, and of nothing else."""
    window = renderer.GetRenderWindow()
    shown = [prop for prop in _all_of(renderer.GetViewProps()) if prop.GetVisibility()]
    hidden = [prop for prop in shown if not is_wanted(prop)]
    others = [other for other in _all_of(window.GetRenderers()) if other is not renderer and other.GetDraw()]
    smooths = renderer.GetUseFXAA()
    for prop in hidden:
        prop.VisibilityOff()
    for other in others:
        other.DrawOff()
    renderer.SetUseFXAA(False)
    try:
        window.Render()
        yield
    finally:
        renderer.SetUseFXAA(smooths)
        for prop in hidden:
            prop.VisibilityOn()
        for other in others:
            other.DrawOn()


def _all_of(collection: Any) -> list[Any]:
    return [collection.GetItemAsObject(n) for n in range(collection.GetNumberOfItems())]
