"""What the page of a model's card shows: the plain values of the session, which views draw as they are."""

from __future__ import annotations

from medview.session.models.card_page import CardCurve, CardFact, CardPage
from medview.session.models.card_tables import CardTable

__all__ = ["CardCurve", "CardFact", "CardPage", "CardTable"]
