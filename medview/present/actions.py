"""What menus, tool bars and keys can do: one table of actions, run in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from medview.core.errors import Cancelled, MedviewError, root_of
from medview.present.ports.menu_port import ActionRow

_log = logging.getLogger(__name__)


def _never_off() -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Action:
    """One deed with its words.

    Args:
        action_id: Such as ``"file.open"``; the part before the dot is the menu.
        title: Menu text, or a function where it changes ("Undo Brush in vessels").
        run: Does it.
        why_not: Says why it is off now; empty where it is on.
        checked: Whether a switch is on; None for plain actions.
        shortcuts: Key sequences.
        tip: What it does, in a sentence.
        icon: Name of an icon.
        group: Actions of one group stand together.
    """

    action_id: str
    title: str | Callable[[], str]
    run: Callable[[], object]
    why_not: Callable[[], str] = _never_off
    checked: Callable[[], bool] | None = None
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    group: str = ""

    def row(self) -> ActionRow:
        """What a menu shows of it now."""
        return ActionRow(
            action_id=self.action_id,
            title=self.title if isinstance(self.title, str) else self.title(),
            shortcuts=self.shortcuts,
            tip=self.tip,
            why_not=self.why_not(),
            checked=None if self.checked is None else self.checked(),
            icon=self.icon,
            group=self.group,
        )


class ActionTable:
    """All actions by id, in the order of the menus.

    Args:
        actions: Ids and shortcuts must differ.
        failed: Told title, detail and hint of a failure.
        before: Called before every action that is run.

    Raises:
        ValueError: Two actions share an id or a key.
    """

    def __init__(
        self,
        actions: Iterable[Action],
        failed: Callable[[str, str, str], None],
        before: Callable[[str], None],
    ) -> None:
        self._failed = failed
        self._before = before
        self.actions: dict[str, Action] = {}
        keys: dict[str, str] = {}
        for action in actions:
            taken = action.action_id in self.actions or any(key in keys for key in action.shortcuts)
            if taken:
                raise ValueError(f"the id or a key of {action.action_id} is already taken")
            self.actions[action.action_id] = action
            keys.update(dict.fromkeys(action.shortcuts, action.action_id))

    def rows(self) -> tuple[ActionRow, ...]:
        """All actions as menus show them now."""
        return tuple(action.row() for action in self.actions.values())

    def run(self, action_id: str) -> str:
        """Run an action unless it is off; return why it was off, or an empty text."""
        action = self.actions[action_id]
        self._before(action_id)
        reason = action.why_not()
        if not reason:
            row = action.row()
            self.guarded(row.title.removesuffix("…"), action.run)
        return reason

    def guarded(self, title: str, deed: Callable[[], object]) -> None:
        """Run what a person asked for; a failure is told, never thrown into the window's loop."""
        try:
            deed()
        except Exception as error:  # noqa: BLE001  the action runner: a slip must not end the program
            self._tell(title, root_of(error))

    def _tell(self, title: str, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            return
        if isinstance(error, MedviewError):
            self._failed(error.title, error.detail, error.hint)
            return
        _log.error("%s failed", title, exc_info=error)
        detail = f"the program made a mistake ({type(error).__name__})"
        self._failed(f"{title} failed", detail, "Save your work; the log has the details.")
