"""Window and level: presets by modality, automatic and full range, and what a drag does."""

from __future__ import annotations

from dataclasses import dataclass

from medview.core.layers import ImageDisplay, Layer
from medview.core.volume import ValueRange, Volume

#: A drag over this many pixels changes the window by the whole range of usual values.
_DRAG_PIXELS = 400.0


@dataclass(frozen=True, kw_only=True)
class WindowPreset:
    """A window by name: width and level in the modality's unit."""

    preset_id: str
    title: str
    width: float
    level: float

    @property
    def low(self) -> float:
        """Number drawn black."""
        return self.level - self.width / 2

    @property
    def high(self) -> float:
        """Number drawn white."""
        return self.level + self.width / 2


def _ct(preset_id: str, title: str, width: float, level: float) -> WindowPreset:
    return WindowPreset(
        preset_id=preset_id, title=f"{title} ({width:g} / {level:g})", width=width, level=level
    )


#: Customary windows in Hounsfield units.
CT_PRESETS = (
    _ct("ct_brain", "Brain", 80, 40),
    _ct("ct_subdural", "Subdural", 200, 75),
    _ct("ct_stroke", "Stroke", 40, 40),
    _ct("ct_bone", "Bone", 2000, 300),
    _ct("ct_lung", "Lung", 1600, -600),
    _ct("ct_mediastinum", "Mediastinum", 350, 25),
    _ct("ct_abdomen", "Abdomen", 350, 50),
)


def auto_window(values: ValueRange) -> tuple[float, float]:
    """The quantiles measured while reading: a few very bright voxels do not darken the rest."""
    return values.low, values.high


def full_window(values: ValueRange) -> tuple[float, float]:
    """From the darkest to the brightest voxel."""
    return (values.minimum, values.maximum) if values.maximum > values.minimum else (values.low, values.high)


def named_window(name: str, volume: Volume) -> tuple[float, float]:
    """Bounds of ``"auto"``, ``"full"`` or a preset's id; KeyError for any other name."""
    if name == "auto":
        return auto_window(volume.values)
    if name == "full":
        return full_window(volume.values)
    preset = {preset.preset_id: preset for preset in CT_PRESETS}[name]
    return preset.low, preset.high


def why_not_window(name: str, layer: Layer | None) -> str:
    """Say why a window cannot be chosen for a layer; empty where it can."""
    if layer is None or not isinstance(layer.data, Volume):
        return "Open a scan first."
    volume = layer.data
    if volume.is_colour:
        return "A colour picture has no window."
    if name.startswith("ct_") and volume.modality != "CT":
        return "This window is for CT: its numbers are Hounsfield units."
    return ""


def dragged_window(
    start: ImageDisplay, values: ValueRange, right_px: float, up_px: float
) -> tuple[float, float]:
    """Bounds after a drag: to the right widens, up brightens (lowers the level).

    Args:
        start: The window at the press.
        values: Of the scan; sets how far a pixel reaches.
        right_px: Pixels moved to the right since the press.
        up_px: Pixels moved up since the press.
    """
    usual = max(values.high - values.low, (values.maximum - values.minimum) / 1000, 1e-12)
    per_pixel = max(usual, start.width) / _DRAG_PIXELS
    width = max(start.width + right_px * per_pixel, usual / 1000)
    level = start.level - up_px * per_pixel
    return level - width / 2, level + width / 2
