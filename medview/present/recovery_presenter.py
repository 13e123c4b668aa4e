"""Lost work: offered at the start and from the menu, looked at, restored, kept or discarded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.history_presenter import bytes_words
from medview.present.ports.recovery_port import RecoveryRow, RecoveryViewPort
from medview.session.journal.sight import Sight
from medview.session.journeys.recovery import Offer

_LOOKING = "Looking at it…"


class RecoveryPresenter:
    """Presents the offers of lost work.

    Args:
        desk: What the actions work with.
        view: The dialog.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(self, desk: Desk, view: RecoveryViewPort, actions: ActionTable) -> None:
        self._desk = desk
        self._view = view
        self._actions = actions
        self._recovery = desk.workflows.recovery
        self._rows: dict[str, RecoveryRow] = {}
        self._then: Callable[[], None] = _nothing
        desk.open_lost_work = lambda: self.offer(_nothing, is_asked=True)
        view.restore_asked.connect(self._on_restore)
        view.discard_asked.connect(self._on_discard)
        view.closed.connect(self._on_closed)
        self._recovery.seen.connect(self._on_seen)
        self._recovery.restored.connect(self._on_restored)
        self._recovery.not_restored.connect(lambda: self._hold(self._recovery.why_not_restore))

    def offer(self, then: Callable[[], None], *, is_asked: bool = False) -> None:
        """Offer lost work where there is some.

        Args:
            then: Follows once a person has decided; at once where there is nothing to decide.
            is_asked: A person has asked for it, and is told where there is none.
        """
        self._then = then
        self._recovery.look(lambda offers: self._show(offers, is_asked))

    def _show(self, offers: tuple[Offer, ...], is_asked: bool) -> None:
        self._rows = {offer.offer_id: self._row(offer) for offer in offers}
        if not offers:
            if is_asked:
                self._desk.window.show_hint("There is no lost work.")
            self._go_on()
            return
        self._view.show(tuple(self._rows.values()))
        for offer in offers:
            self._recovery.look_at(offer.offer_id)

    def _row(self, offer: Offer) -> RecoveryRow:
        facts = f"{when_words(offer.ended, datetime.now())}, {bytes_words(offer.nbytes)}"
        return RecoveryRow(
            offer_id=offer.offer_id,
            name=offer.name,
            facts=facts,
            masks=_LOOKING,
            notes=offer.notes,
            picture=None,
            why_not=self._recovery.why_not_restore,
        )

    def _on_seen(self, offer_id: str, sight: Sight) -> None:
        row = self._rows.get(offer_id)
        if row is None:
            return
        masks = ", ".join(sight.masks) or "No mask"
        steps = "1 step" if sight.steps == 1 else f"{sight.steps} steps"
        notes = tuple(dict.fromkeys((*row.notes, *sight.notes)))
        self._rows[offer_id] = replace(
            row, facts=f"{row.facts}, {steps}", masks=masks, notes=notes, picture=sight.picture
        )
        self._view.show(tuple(self._rows.values()))

    def _on_restore(self, offer_id: str) -> None:
        self._hold("This work is being restored.")
        self._actions.guarded("Restore", lambda: self._recovery.restore(offer_id))

    def _hold(self, why_not: str) -> None:
        """Say of all why they cannot be restored now; empty where they can."""
        self._rows = {offer_id: replace(row, why_not=why_not) for offer_id, row in self._rows.items()}
        self._view.show(tuple(self._rows.values()))

    def _on_restored(self, notes: tuple[str, ...]) -> None:
        self._rows.clear()
        self._view.close()
        self._desk.window.show_hint("The work is back, with its history.")
        if notes:
            self._desk.window.show_warnings("Restored, but not everything", notes)

    def _on_discard(self, offer_id: str) -> None:
        row = self._rows[offer_id]
        if not self._view.ask_discard(row.name):
            return
        self._recovery.discard(offer_id)
        del self._rows[offer_id]
        if self._rows:
            self._view.show(tuple(self._rows.values()))
        else:
            self._view.close()

    def _on_closed(self) -> None:
        self._rows.clear()
        self._recovery.keep()
        self._go_on()

    def _go_on(self) -> None:
        then, self._then = self._then, _nothing
        then()


def _nothing() -> None:
    """Nothing waits for the decision."""


def when_words(moment: datetime, now: datetime) -> str:
    """Such as ``"Today, 14:05"``, ``"Yesterday, 9:30"`` or ``"3 May 2026, 9:30"``."""
    days = (now.date() - moment.date()).days
    day = {0: "Today", 1: "Yesterday"}.get(days, f"{moment.day} {moment:%B %Y}")
    return f"{day}, {moment.hour}:{moment:%M}"
