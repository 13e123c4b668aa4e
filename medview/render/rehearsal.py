"""Pictures drawn once in advance, unseen: OpenGL makes a program for each kind when it is first drawn.

In software OpenGL a program takes 30 to 50 ms of a processor, once in a process, and there is one for
smooth and for plain pictures, with and without sides that are powers of two: a mask that grows under the
brush meets them all.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.render.sprite import Shapes, Sprite

Kind = tuple[bool, int, int]

#: Smooth or plain, height and width of every kind of picture.
KINDS: tuple[Kind, ...] = tuple(product((False, True), (3, 4), (3, 4)))


def rehearse(renderer: vtkRenderer, kind: Kind) -> None:
    """Draw a transparent picture of a kind, and a transparent shape, and take them away again."""
    smooth, height, width = kind
    picture, shape = Sprite(renderer), Shapes(renderer)
    picture.set_picture(np.zeros((height, width, 4), np.uint8), smooth=smooth)
    picture.place(0, 0)
    shape.set_quads(np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]]), np.zeros((1, 4, 4)))
    renderer.GetRenderWindow().Render()
    picture.close()
    shape.close()
