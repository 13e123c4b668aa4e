"""Plans: all that a scene needs in order to draw, and nothing that it must decide.

Plans are compared field by field; arrays and layers by identity, label content by revision.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.layers import LayerId
from medview.core.lens import Lens
from medview.core.mesh import LabelSurfaces
from medview.core.state import Orientation
from medview.core.volume import AnyArray

Vector = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Shared:
    """An array that plans pass on by reference: equal only to the same object."""

    array: AnyArray

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shared) and other.array is self.array

    def __hash__(self) -> int:
        return id(self.array)


@dataclass(frozen=True, kw_only=True)
class ImagePlan:
    """One image of a slice.

    Args:
        layer_id: Stable key of the drawing.
        voxels: (I, J, K) numbers or (I, J, K, 3) uint8 colours.
        geometry: Grid of the voxels.
        low: Number drawn as the colour map's first colour.
        high: Number drawn as its last.
        colormap: Name of the colour map.
        opacity: 0 to 1.
        interpolate: Smooth between voxels.
        transparent_below: Numbers at or below `low` are not drawn (for maps laid over a scan).
        tint: Red, green, blue of all numbers from `low` to `high`, the others not drawn; None: by colour map.
    """

    layer_id: LayerId
    voxels: Shared
    geometry: Geometry
    low: float
    high: float
    colormap: str
    opacity: float
    interpolate: bool
    transparent_below: bool = False
    tint: tuple[int, int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class LabelsPlan:
    """One label map of a slice: `colours` holds label number, red, green, blue (0-255)."""

    layer_id: LayerId
    voxels: Shared
    revision: int
    geometry: Geometry
    colours: tuple[tuple[int, int, int, int], ...]
    opacity: float
    outline: bool


@dataclass(frozen=True, kw_only=True)
class DifferencePlan:
    """Where a proposal differs from its mask, in a slice; what is equal is not drawn.

    Args:
        layer_id: Stable key of the drawing: the proposal's.
        proposed: (I, J, K) numbers of the proposal.
        present: (I, J, K) numbers of the mask, which mean the same labels.
        revisions: Of the proposal and of the mask.
        geometry: Grid of both.
        opacity: 0 to 1.
    """

    layer_id: LayerId
    proposed: Shared
    present: Shared
    revisions: tuple[int, int]
    geometry: Geometry
    opacity: float


LayerPlan = ImagePlan | LabelsPlan | DifferencePlan


@dataclass(frozen=True, kw_only=True)
class BrushPlan:
    """The preview circle: where it is, its radius, and the colour of what it paints."""

    center_ras: Vector
    radius_mm: float
    colour: tuple[int, int, int]
    erases: bool


@dataclass(frozen=True, kw_only=True)
class OutlinePlan:
    """An outline under way.

    Args:
        points_ras: Its course so far, the piece up to the mouse included.
        corners_ras: Places that were clicked.
        colour: Of what it will paint.
        erases: It takes away.
    """

    points_ras: tuple[Vector, ...]
    corners_ras: tuple[Vector, ...]
    colour: tuple[int, int, int]
    erases: bool


@dataclass(frozen=True, kw_only=True)
class ClicksPlan:
    """Where smart clicks were: what they include and exclude, and the corners of a box on the screen."""

    include_ras: tuple[Vector, ...] = ()
    exclude_ras: tuple[Vector, ...] = ()
    box_ras: tuple[Vector, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SlicePlan:
    """One slice pane.

    Args:
        orientation: Which pane.
        right_ras: Unit vector of the patient that points to the right of the screen.
        up_ras: Unit vector that points up the screen.
        toward_ras: Unit vector that points out of the screen.
        point_ras: A patient position on the plane (the cursor).
        center_ras: Patient position in the middle of the pane, on the plane.
        fit_mm: Width and height that are just visible at zoom 1.
        zoom: 1 fits; 2 shows half.
        layers: Bottom first.
        crosshair_ras: Where the crosshair is; None hides it.
        letters: Patient directions at left, right, top, bottom of the screen.
        corner_texts: Lines for the top left, top right, bottom left, bottom right corner.
        scale_bar: Whether a scale bar is drawn.
        brush: The preview circle; None where there is none.
        outline: The outline that is being drawn; None where there is none.
        clicks: The smart clicks in this slice; None where there are none.
        mark: What must be read of content that was never measured, however small the pane; empty for none.
        message: Shown in the middle of an empty pane.
    """

    orientation: Orientation
    right_ras: Vector
    up_ras: Vector
    toward_ras: Vector
    point_ras: Vector = (0.0, 0.0, 0.0)
    center_ras: Vector = (0.0, 0.0, 0.0)
    fit_mm: tuple[float, float] = (200.0, 200.0)
    zoom: float = 1.0
    layers: tuple[LayerPlan, ...] = ()
    crosshair_ras: Vector | None = None
    letters: tuple[str, str, str, str] = ("", "", "", "")
    corner_texts: tuple[str, str, str, str] = ("", "", "", "")
    scale_bar: bool = False
    brush: BrushPlan | None = None
    outline: OutlinePlan | None = None
    clicks: ClicksPlan | None = None
    mark: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class RenderedVolumePlan:
    """The scan in 3-D: numbers on their grid, drawn by a named preset scaled to low..high."""

    layer_id: LayerId
    voxels: Shared
    geometry: Geometry
    preset: str
    low: float
    high: float


@dataclass(frozen=True, eq=False, kw_only=True)
class SurfacePlan:
    """Surfaces of one label layer; equal where layer, meshes, colours and opacity are the same."""

    layer_id: LayerId
    surfaces: LabelSurfaces
    colours: tuple[tuple[int, int, int, int], ...]
    opacity: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SurfacePlan) and (
            other.surfaces is self.surfaces
            and (other.layer_id, other.colours, other.opacity) == (self.layer_id, self.colours, self.opacity)
        )

    def __hash__(self) -> int:
        return hash((self.layer_id, id(self.surfaces)))


@dataclass(frozen=True, kw_only=True)
class RealFramePlan:
    """A real picture that is laid over the 3-D pane while its camera stands where the picture was taken.

    Args:
        pixels: (h, w, 3) uint8, top row first.
        ras_from_camera: (4, 4) camera to patient, OpenGL axes.
        lens: That it was taken with, of the picture's size or in proportion.
        share: Part of it in the blend, 0 to 1; of its width where `is_swipe`.
        is_swipe: It covers its left part, instead of being blended.
    """

    pixels: Shared
    ras_from_camera: Shared
    lens: Lens
    share: float
    is_swipe: bool


@dataclass(frozen=True, kw_only=True)
class FieldPlan:
    """A radiance field in 3-D: what stands for it in motion, and what is drawn around it.

    Args:
        layer_id: Stable key of the drawing.
        content: Whatever a picture of it at rest depends on beside the camera; compared, never read.
        baked: (I, J, K, 4) uint8 red, green, blue and opacity over one cell.
        geometry: Grid of `baked`.
        floor: Cells of an opacity below this are not drawn.
        opacity: 0 to 1 of the whole layer.
        poses_ras: (n, 4, 4) of the cameras that are drawn, OpenGL axes; None draws none.
        lenses: One for each of them.
        held_out: Numbers of cameras in another colour: their pictures were not trained on.
        path_ras: (n, 3) course of the cameras; None draws none.
        points_ras: (N, 3) known surface points; None draws none.
        points_rgb: (N, 3) uint8 of them.
        keyed_ras: (m, 4, 4) cameras of a path that a person has keyed; None draws none.
        frame: A real picture over it; None for none.
    """

    layer_id: LayerId
    content: tuple[object, ...]
    baked: Shared
    geometry: Geometry
    floor: float
    opacity: float = 1.0
    poses_ras: Shared | None = None
    lenses: tuple[Lens, ...] = ()
    held_out: tuple[int, ...] = ()
    path_ras: Shared | None = None
    points_ras: Shared | None = None
    points_rgb: Shared | None = None
    keyed_ras: Shared | None = None
    frame: RealFramePlan | None = None


@dataclass(frozen=True, kw_only=True)
class VolumePlan:
    """The 3-D pane.

    Args:
        volume: The scan; None draws none.
        surfaces: Label surfaces.
        field: A radiance field; None draws none.
        crosshair_ras: Where the three planes meet; None hides the lines.
        bounds_ras: Lower and upper corner that a reset camera must show.
        corner_text: Lines for the top left corner.
        banner: Lines under them that warn of what is shown; empty for none.
        mark: As of a slice; holds the banner.
        message: Shown in the middle of an empty pane.
    """

    volume: RenderedVolumePlan | None = None
    surfaces: tuple[SurfacePlan, ...] = ()
    field: FieldPlan | None = None
    crosshair_ras: Vector | None = None
    bounds_ras: tuple[Vector, Vector] | None = None
    corner_text: str = ""
    banner: str = ""
    mark: str = ""
    message: str = ""


#: Colours of what a proposal adds, removes and gives another label: told apart by everybody, and by pattern.
ADDED, REMOVED, RELABELLED = (86, 200, 255), (255, 140, 0), (240, 228, 66)


def colour_table(colours: tuple[tuple[int, int, int, int], ...], size: int) -> NDArray[np.uint8]:
    """A (size, 3) table of label colours; numbers without an entry stay black."""
    table = np.zeros((size, 3), np.uint8)
    for value, *rgb in colours:
        if value < size:
            table[value] = rgb
    return table


@dataclass(frozen=True)
class Theme:
    """Colours that scenes need (0-1 each): slices stay black in both themes, 3-D follows."""

    name: str = "dark"
    volume_top: Vector = (0.13, 0.15, 0.18)
    volume_bottom: Vector = (0.04, 0.05, 0.06)
    text: Vector = (0.85, 0.88, 0.9)
    accents: dict[Orientation, Vector] = field(
        default_factory=lambda: {
            Orientation.AXIAL: (0.92, 0.30, 0.28),
            Orientation.CORONAL: (0.36, 0.72, 0.38),
            Orientation.SAGITTAL: (0.98, 0.80, 0.25),
        }
    )
