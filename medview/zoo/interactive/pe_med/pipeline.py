"""Running the model without anyone who clicks: refused, with what to do instead."""

from __future__ import annotations

from typing import NoReturn

from medview.core.errors import InputRefused
from medview.ml.context import RunContext
from medview.ml.request import RunRequest


def run(_request: RunRequest, _ctx: RunContext) -> NoReturn:
    """Refuse: the model answers clicks, and a run has none.

    Raises:
        InputRefused: Always.
    """
    raise InputRefused(
        "Smart click cannot run by itself",
        "it answers a person's clicks, and a run has none",
        "Open the scan with medview open, choose the tool Smart click, and click inside what you want.",
    )
