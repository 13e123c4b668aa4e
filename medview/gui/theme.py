"""Colours and style of the widgets, dark and light, and the matching theme of the scenes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from medview.core.places import resource
from medview.core.plans import Theme, Vector


@dataclass(frozen=True, kw_only=True)
class Colours:
    """Named colours of the widgets, as ``#rrggbb``."""

    window: str
    panel: str
    raised: str
    field: str
    border: str
    text: str
    muted: str
    accent: str
    accent_text: str
    accent_soft: str
    danger: str
    warning: str
    warning_soft: str


DARK = Colours(
    window="#14181d", panel="#1b2026", raised="#262d35", field="#11151a", border="#303943",
    text="#e3e8ed", muted="#93a0ad", accent="#3d9be9", accent_text="#ffffff", accent_soft="#1f3a52",
    danger="#f0705f", warning="#f2b84b", warning_soft="#3a3120",
)  # fmt: skip
LIGHT = Colours(
    window="#e6eaee", panel="#f5f7f9", raised="#ffffff", field="#ffffff", border="#c6ced6",
    text="#1b232b", muted="#5c6976", accent="#1670c4", accent_text="#ffffff", accent_soft="#d5e7f8",
    danger="#c2382a", warning="#8a5a00", warning_soft="#fdf0d0",
)  # fmt: skip

_SCENES = {
    "dark": Theme(),
    "light": Theme(name="light", volume_top=(0.93, 0.95, 0.97), volume_bottom=(0.74, 0.79, 0.84),
                   text=(0.12, 0.15, 0.18)),
}  # fmt: skip


def colours(name: str) -> Colours:
    """The widget colours of ``"dark"`` or ``"light"``."""
    return LIGHT if name == "light" else DARK


def scene_theme(name: str) -> Theme:
    """The colours that slice and volume scenes draw with."""
    return _SCENES["light" if name == "light" else "dark"]


def hex_colour(rgb: tuple[int, int, int]) -> str:
    """``#rrggbb`` of a label colour."""
    return QColor(*rgb).name()


def vector_colour(rgb: Vector) -> str:
    """``#rrggbb`` of a scene colour (0-1 each)."""
    return QColor.fromRgbF(*rgb).name()


def apply_theme(app: QApplication, name: str) -> None:
    """Dress the whole program."""
    chosen = colours(name)
    app.setStyle("Fusion")
    app.setPalette(_palette(chosen))
    style = Template(resource("theme.qss").read_text(encoding="utf-8"))
    icons = resource("icons").as_posix()
    app.setStyleSheet(style.substitute(asdict(chosen), icons=icons, theme=name))


def _palette(chosen: Colours) -> QPalette:
    roles = {
        QPalette.ColorRole.Window: chosen.panel,
        QPalette.ColorRole.WindowText: chosen.text,
        QPalette.ColorRole.Base: chosen.field,
        QPalette.ColorRole.AlternateBase: chosen.panel,
        QPalette.ColorRole.Text: chosen.text,
        QPalette.ColorRole.PlaceholderText: chosen.muted,
        QPalette.ColorRole.Button: chosen.raised,
        QPalette.ColorRole.ButtonText: chosen.text,
        QPalette.ColorRole.ToolTipBase: chosen.raised,
        QPalette.ColorRole.ToolTipText: chosen.text,
        QPalette.ColorRole.Highlight: chosen.accent,
        QPalette.ColorRole.HighlightedText: chosen.accent_text,
        QPalette.ColorRole.Link: chosen.accent,
    }
    palette = QPalette()
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    muted = QColor(chosen.muted)
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, muted)
    return palette
