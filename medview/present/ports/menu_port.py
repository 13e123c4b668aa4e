"""The rows of menus and tool bar."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ActionRow:
    """One entry of menus and tool bars.

    Args:
        action_id: Such as ``"file.open"``; the part before the dot is the menu.
        title: Menu text.
        shortcuts: Key sequences, such as ``"Ctrl+O"``.
        tip: Tooltip: what it does, with mouse and key.
        why_not: Why it is off; empty where it is on.
        checked: For switches; None for plain actions.
        icon: Name of an icon in resources/icons; empty for none.
        group: Actions of one group are alternatives or stand together between separators.
    """

    action_id: str
    title: str
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    why_not: str = ""
    checked: bool | None = None
    icon: str = ""
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class RecentRow:
    """A recent file: the name alone is shown, the folder is the tooltip; missing ones are off."""

    path: Path
    name: str
    exists: bool
