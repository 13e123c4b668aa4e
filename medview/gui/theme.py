"""Colours and style of the widgets, dark and light, and the matching theme of the scenes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from medview.core.places import resource
from medview.core.plans import Theme


@dataclass(frozen=True, kw_only=True)
class Colours:
    """Named colours of the widgets, as ``#rrggbb``.

    `text` and `muted` can be read on every background, `faint` marks what is off; `accent` is for
    lines and links, `fill` for areas that carry `fill_text`; the soft ones are for bars and selections.
    """

    window: str
    panel: str
    raised: str
    field: str
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    fill: str
    fill_text: str
    accent_soft: str
    danger: str
    danger_soft: str
    warning: str
    warning_soft: str


DARK = Colours(
    window="#14181d", panel="#1b2026", raised="#262d35", field="#11151a", border="#303943",
    text="#e3e8ed", muted="#93a0ad", faint="#4d5965", accent="#4aa3ee", fill="#2274bf", fill_text="#ffffff",
    accent_soft="#1f3a52", danger="#f47f6f", danger_soft="#41231f", warning="#f2b84b", warning_soft="#3a3120",
)  # fmt: skip
LIGHT = Colours(
    window="#e6eaee", panel="#f5f7f9", raised="#ffffff", field="#ffffff", border="#c6ced6",
    text="#1b232b", muted="#55626f", faint="#a9b3bd", accent="#1164b3", fill="#1466b5", fill_text="#ffffff",
    accent_soft="#d5e7f8", danger="#b52e21", danger_soft="#fbe0dc", warning="#8a5a00", warning_soft="#fdf0d0",
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


def apply_theme(app: QApplication, name: str) -> None:
    """Dress the whole program; costs nothing where it is dressed so already."""
    if app.property("theme") == name:
        return
    app.setProperty("theme", name)
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
        QPalette.ColorRole.Highlight: chosen.fill,
        QPalette.ColorRole.HighlightedText: chosen.fill_text,
        QPalette.ColorRole.Link: chosen.accent,
    }
    palette = QPalette()
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    muted = QColor(chosen.muted)
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, muted)
    return palette
