"""What a late-enhancement scan sees: relaxation some 15 minutes after contrast, each with its source.

Sources, by key:

- jcmr2013: "Correction with blood T1 is essential when measuring post-contrast myocardial T1 value in
  patients with acute myocardial infarction", JCMR 15:11 (2013): T1 15 minutes after contrast 540.5 ms in
  normal and 425.4 ms in infarcted myocardium, 442 to 457 ms in blood.
- tissues: the table of the head, whose sources are named there; tissue without contrast agent.
- chosen: no measurement was found; a value that keeps the contrast seen in clinical images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class EnhancedTissue:
    """A tissue after contrast.

    Args:
        name: Short word used in tables and facts.
        pd: Proton density relative to water, 0 to 1, with the decay of a short echo.
        t1_ms: Longitudinal relaxation time in milliseconds.
        source: Where T1 comes from, a key of the module's list.
    """

    name: str
    pd: float
    t1_ms: float
    source: str


_TABLE = (
    ("air", 0.0, 1000.0, "chosen"),
    ("skin", 0.5, 600.0, "chosen"),
    ("fat", 0.62, 371.0, "tissues"),
    ("muscle", 0.74, 750.0, "chosen"),
    ("bone", 0.1, 223.0, "tissues"),
    ("marrow", 0.6, 420.0, "chosen"),
    ("disc", 0.6, 900.0, "chosen"),
    ("fluid", 0.95, 4300.0, "tissues"),
    ("cord", 0.72, 950.0, "tissues"),
    ("lung", 0.1, 650.0, "chosen"),
    ("liver", 0.72, 455.0, "chosen"),
    ("spleen", 0.78, 470.0, "chosen"),
    ("stomach wall", 0.76, 520.0, "chosen"),
    ("stomach", 0.7, 680.0, "chosen"),
    ("blood", 0.86, 450.0, "jcmr2013"),
    ("myocardium", 0.8, 540.5, "jcmr2013"),
    ("infarct", 0.85, 425.4, "jcmr2013"),
    ("no-reflow", 0.78, 570.0, "chosen"),
)
ENHANCED: tuple[EnhancedTissue, ...] = tuple(
    EnhancedTissue(name=name, pd=pd, t1_ms=t1, source=source) for name, pd, t1, source in _TABLE
)
NUMBER: dict[str, int] = {tissue.name: number for number, tissue in enumerate(ENHANCED)}


def enhanced_values(field: str) -> NDArray[np.float64]:
    """One property of every tissue, in the order of the table: ``"pd"`` or ``"t1_ms"``."""
    return np.array([getattr(tissue, field) for tissue in ENHANCED], dtype=np.float64)
