"""The whole session as one frozen tree: what is open and how it is being looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from medview.core.hand import AS_FIRST_SET, HandOptions
from medview.core.labels import LabelMap
from medview.core.layers import ImageDisplay, Layer, LayerId
from medview.core.mesh import LabelSurfaces
from medview.core.overwrite import UNLOCKED, OverwriteRule
from medview.core.volume import Volume


class Orientation(Enum):
    """The three slice panes."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


class Layout(Enum):
    """Which panes are shown."""

    FOUR_UP = "four-up"
    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"
    VOLUME = "3d"


class Convention(Enum):
    """Which side of the screen is the patient's left."""

    RADIOLOGICAL = "radiological"
    NEUROLOGICAL = "neurological"


class Planes(Enum):
    """What the panes cut along: the patient's axes, or the axes of the lowest visible scan."""

    PATIENT = "patient"
    SCAN = "scan"


class Tool(Enum):
    """What the left mouse button does in a slice."""

    NAVIGATE = "navigate"
    WINDOW = "window"
    BRUSH = "brush"
    ERASER = "eraser"
    LASSO = "lasso"
    POLYGON = "polygon"
    LIVEWIRE = "livewire"
    WAND = "wand"
    BUCKET = "bucket"
    SCISSORS = "scissors"
    CLICK = "click"
    JUDGE = "judge"
    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True)
class PaneView:
    """Zoom (1 fits the scan) and pan, in millimetres to screen right and up, of one pane."""

    zoom: float = 1.0
    pan_mm: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Band:
    """Values of a scan that are shown in one colour before anything is done with them.

    Args:
        layer_id: The scan.
        low: Lowest value of the band, in the scan's unit.
        high: Highest value.
        colour: Red, green, blue, 0 to 255.
    """

    layer_id: LayerId
    low: float
    high: float
    colour: tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class ViewState:
    """How the session is looked at. Never undoable.

    Args:
        cursor_ras: Patient position of the crosshair.
        frame: Time point of layers that have several.
        layout: Panes on show.
        convention: Left-right convention of axial and coronal panes.
        planes: Along what the panes cut.
        panes: Zoom and pan by orientation.
        tool: Meaning of the left button.
        brush_radius_mm: Radius of brush and eraser, 0.1 to 100.
        label_value: Label that the brush paints.
        overwrite: Which voxels the tools may give another label.
        hand: How the tools are set.
        crosshair: Whether the crosshair is drawn.
        overlays: Whether letters, scale bar and texts are drawn.
        interpolate: Whether image pixels are smoothed on screen (labels never are).
        volume_preset: Name of the 3-D preset; ``"auto"`` takes one by modality.
        volume_visible: Whether the scan itself is drawn in 3-D.
        band: Values on show before anything is done with them; None: none.
    """

    cursor_ras: tuple[float, float, float] = (0.0, 0.0, 0.0)
    frame: int = 0
    layout: Layout = Layout.FOUR_UP
    convention: Convention = Convention.RADIOLOGICAL
    planes: Planes = Planes.PATIENT
    panes: dict[Orientation, PaneView] = field(
        default_factory=lambda: {orientation: PaneView() for orientation in Orientation}
    )
    tool: Tool = Tool.NAVIGATE
    brush_radius_mm: float = 3.0
    label_value: int = 1
    overwrite: OverwriteRule = UNLOCKED
    hand: HandOptions = AS_FIRST_SET
    crosshair: bool = True
    overlays: bool = True
    interpolate: bool = True
    volume_preset: str = "auto"
    volume_visible: bool = True
    band: Band | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Preview:
    """Finished slices of a model that is still running: shown, never edited or saved.

    `revision` rises as slabs arrive, in `labels` or, where the model makes none, in `image`.
    """

    title: str
    revision: int
    labels: LabelMap | None = None
    image: Volume | None = None
    display: ImageDisplay | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class SessionState:
    """What is open (bottom layer first), what is active, and the view on it."""

    layers: tuple[Layer, ...] = ()
    active_id: LayerId | None = None
    view: ViewState = field(default_factory=ViewState)
    surfaces: dict[LayerId, LabelSurfaces] = field(default_factory=dict)
    preview: Preview | None = None

    def layer(self, layer_id: LayerId | None) -> Layer | None:
        """The layer with this id, or None."""
        return next((layer for layer in self.layers if layer.id == layer_id), None)

    @property
    def active(self) -> Layer | None:
        """The layer that tools and keys act on."""
        return self.layer(self.active_id)

    def target_of(self, layer: Layer) -> Layer | None:
        """The mask that a layer is a proposal for; None for what stands for itself, or outlived its mask."""
        found = self.layer(layer.proposal.target_id) if layer.proposal is not None else None
        return found if found is not None and found.is_labels else None

    @property
    def base(self) -> Layer | None:
        """The lowest visible scan, or the lowest layer at all: it sets planes, steps and fit."""
        scans = [layer for layer in self.layers if isinstance(layer.data, Volume)]
        visible = [layer for layer in scans if layer.visible]
        return next(iter([*visible, *scans, *self.layers]), None)

    @property
    def active_image(self) -> Layer | None:
        """The scan that window and level act on: the active layer, else the topmost visible scan."""
        if self.active is not None and isinstance(self.active.data, Volume):
            return self.active
        scans = [layer for layer in self.layers if isinstance(layer.data, Volume) and layer.visible]
        return scans[-1] if scans else self.base

    def with_layer(self, layer: Layer) -> SessionState:
        """A state where this layer replaces the one of the same id."""
        layers = tuple(layer if old.id == layer.id else old for old in self.layers)
        return replace(self, layers=layers)

    def with_view(self, **changes: Any) -> SessionState:
        """A state with these view fields changed."""
        return replace(self, view=replace(self.view, **changes))
