"""Blood flow, blood volume, diffusion and X-ray density of brain tissue, each with its source.

Sources, by key:

- leenders1990: Leenders et al., Brain 113:27 (1990), CBF and CBV of insular grey and of white matter by PET.
- helenius2002: Helenius et al., AJNR 23:194 (2002), ADC of the healthy brain, rounded.
- hounsfield: usual values of textbooks for unenhanced CT at 120 kV.
- chosen: no measurement was looked up; a value between neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.tissues import NUMBER


@dataclass(frozen=True, kw_only=True)
class Supply:
    """What perfusion, diffusion and CT measure of one healthy tissue.

    Args:
        tissue: Name in `medview.phantoms.tissues`.
        cbf: Cerebral blood flow in mL per 100 mL and minute.
        cbv: Cerebral blood volume in mL per 100 mL.
        adc: Apparent diffusion coefficient in 10^-6 mm^2/s.
        hu: X-ray density in HU.
        sources: Where CBF, CBV, ADC and HU come from (keys of the module's list).
    """

    tissue: str
    cbf: float
    cbv: float
    adc: float
    hu: float
    sources: tuple[str, str, str, str]


_GREY = ("leenders1990", "leenders1990", "helenius2002", "hounsfield")
_NEAR = ("chosen", "chosen", "helenius2002", "hounsfield")
_CHOSEN = ("chosen", "chosen", "chosen", "hounsfield")

SUPPLIES: tuple[Supply, ...] = (
    Supply(tissue="csf", cbf=0, cbv=0, adc=3000, hu=8, sources=_CHOSEN),
    Supply(tissue="cortex", cbf=54.5, cbv=5.2, adc=860, hu=37, sources=_GREY),
    Supply(tissue="white matter", cbf=22.2, cbv=2.7, adc=760, hu=30, sources=_GREY),
    Supply(tissue="caudate", cbf=52, cbv=4.6, adc=770, hu=38, sources=_NEAR),
    Supply(tissue="putamen", cbf=52, cbv=4.6, adc=750, hu=38, sources=_NEAR),
    Supply(tissue="pallidum", cbf=38, cbv=3.8, adc=760, hu=39, sources=_NEAR),
    Supply(tissue="thalamus", cbf=50, cbv=4.4, adc=780, hu=37, sources=_NEAR),
    Supply(tissue="iron-rich nucleus", cbf=42, cbv=4.0, adc=740, hu=38, sources=_CHOSEN),
    Supply(tissue="brainstem", cbf=32, cbv=3.4, adc=780, hu=31, sources=_CHOSEN),
    Supply(tissue="cerebellar cortex", cbf=52, cbv=5.0, adc=780, hu=37, sources=_NEAR),
    Supply(tissue="arterial blood", cbf=300, cbv=40, adc=1200, hu=45, sources=_CHOSEN),
    Supply(tissue="venous blood", cbf=200, cbv=40, adc=1200, hu=50, sources=_CHOSEN),
    Supply(tissue="dura", cbf=30, cbv=5, adc=900, hu=45, sources=_CHOSEN),
)
BRAIN = tuple(
    item.tissue for item in SUPPLIES if item.tissue not in ("csf", "arterial blood", "venous blood", "dura")
)
"""Tissue that can be starved of blood."""


def supply_values(field: str) -> NDArray[np.float64]:
    """One property per tissue number: ``"cbf"``, ``"cbv"``, ``"adc"`` or ``"hu"``; 0 where none is known."""
    table = np.zeros(len(NUMBER))
    for item in SUPPLIES:
        table[NUMBER[item.tissue]] = getattr(item, field)
    return table


def membership(names: tuple[str, ...]) -> NDArray[np.float64]:
    """1 per tissue number that is one of the names, 0 elsewhere."""
    table = np.zeros(len(NUMBER))
    table[[NUMBER[name] for name in names]] = 1
    return table
