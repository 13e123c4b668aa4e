"""Relaxation times and proton densities of tissue at 3 T, each with its source.

Sources, by key; "a+b" is the mean of two:

- wright2008: Wright et al., MAGMA 21:121 (2008), T1 of white matter, putamen and caudate at 3 T.
- wansapura1999: Wansapura et al., JMRI 9:531 (1999), T1 of cortex at 3 T.
- stanisz2005: Stanisz et al., MRM 54:507 (2005), T1 and T2 of brain, muscle and nerve at 3 T.
- cox2010: Cox and Gowland, MRM 64:1440 (2010), T2 of cortex and white matter at 3 T.
- gelman1999: Gelman et al., Radiology 210:759 (1999), R2 of deep grey matter at 3 T, rounded.
- gelman2001: Gelman et al., MRM 45:71 (2001), R1 of deep grey matter at 3 T, rounded.
- peters2007: Peters et al., MRI 25:748 (2007), T2* of cortex, white matter, caudate, putamen at 3 T.
- rooney2007: Rooney et al., MRM 57:308 (2007), T1 of cerebrospinal fluid, about the same at all fields.
- lu2004: Lu et al., MRM 52:679 (2004), T1 of arterial and venous blood at 3 T.
- zhao2007: Zhao et al., MRM 58:592 (2007), T2 of blood at 3 T against oxygenation.
- gold2004: Gold et al., AJR 183:343 (2004), muscle, fat and fatty marrow at 3 T.
- du2010: Du et al., J Magn Reson 207:304 (2010), cortical bone at 3 T with ultrashort echoes.
- tofts2003: Tofts (ed.), Quantitative MRI of the Brain (2003), proton density relative to water.
- chosen: no measurement was found; a value between neighbours, or near water, that keeps the
  contrast seen in clinical images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Tissue:
    """What a scanner measures of one tissue.

    Args:
        name: Short word used in tables and facts.
        pd: Proton density relative to water, 0 to 1.
        t1_ms: Longitudinal relaxation time in milliseconds.
        t2_ms: Transverse relaxation time in milliseconds.
        t2s_ms: Transverse relaxation time with field inhomogeneity (T2*) in milliseconds.
        sources: Where pd, T1, T2 and T2* come from, in that order (keys of the module's list).
    """

    name: str
    pd: float
    t1_ms: float
    t2_ms: float
    t2s_ms: float
    sources: tuple[str, str, str, str]


def _tissue(name: str, values: tuple[float, float, float, float], sources: str) -> Tissue:
    pd, t1, t2, t2s = values
    keys = sources.split()
    return Tissue(
        name=name, pd=pd, t1_ms=t1, t2_ms=t2, t2s_ms=t2s, sources=(keys[0], keys[1], keys[2], keys[3])
    )


TISSUES: tuple[Tissue, ...] = (
    _tissue("air", (0.0, 1000, 1.0, 0.5), "tofts2003 chosen chosen chosen"),
    _tissue("csf", (1.0, 4300, 1500, 800), "tofts2003 rooney2007 chosen chosen"),
    _tissue("cortex", (0.82, 1331, 88, 66), "tofts2003 wansapura1999 stanisz2005+cox2010 peters2007"),
    _tissue("white matter", (0.70, 838, 70, 53.2), "tofts2003 wright2008 stanisz2005+cox2010 peters2007"),
    _tissue("caudate", (0.80, 1395, 76, 41.3), "tofts2003 wright2008 gelman1999 peters2007"),
    _tissue("putamen", (0.79, 1332, 70, 31.5), "tofts2003 wright2008 gelman1999 peters2007"),
    _tissue("pallidum", (0.74, 1020, 54, 22), "chosen gelman2001 gelman1999 chosen"),
    _tissue("thalamus", (0.76, 1080, 73, 48), "chosen gelman2001 gelman1999 chosen"),
    _tissue("iron-rich nucleus", (0.74, 1010, 52, 22), "chosen gelman2001 gelman1999 chosen"),
    _tissue("brainstem", (0.73, 950, 75, 50), "chosen chosen chosen chosen"),
    _tissue("cerebellar cortex", (0.82, 1300, 89, 62), "tofts2003 chosen chosen chosen"),
    _tissue("arterial blood", (0.87, 1664, 120, 50), "tofts2003 lu2004 zhao2007 chosen"),
    _tissue("venous blood", (0.87, 1584, 42, 20), "tofts2003 lu2004 zhao2007 chosen"),
    _tissue("dura", (0.45, 900, 25, 12), "chosen chosen chosen chosen"),
    _tissue("cortical bone", (0.12, 223, 1.5, 0.5), "chosen du2010 chosen du2010"),
    _tissue("marrow", (0.72, 365, 133, 12), "chosen gold2004 gold2004 chosen"),
    _tissue("fat", (0.95, 371, 133, 40), "chosen gold2004 gold2004 chosen"),
    _tissue("muscle", (0.78, 1412, 32, 24), "tofts2003 stanisz2005 gold2004 chosen"),
    _tissue("skin", (0.62, 900, 32, 18), "chosen chosen chosen chosen"),
    _tissue("vitreous", (0.99, 4000, 900, 500), "chosen chosen chosen chosen"),
    _tissue("lens", (0.55, 1450, 30, 15), "chosen chosen chosen chosen"),
    _tissue("nerve", (0.72, 1083, 78, 45), "chosen stanisz2005 stanisz2005 chosen"),
    _tissue("mucosa", (0.85, 1500, 110, 40), "chosen chosen chosen chosen"),
    _tissue("pituitary", (0.80, 1100, 85, 35), "chosen chosen chosen chosen"),
    _tissue("tongue", (0.80, 1150, 55, 30), "chosen chosen chosen chosen"),
)

NUMBER: dict[str, int] = {tissue.name: number for number, tissue in enumerate(TISSUES)}
"""Label number of each tissue, by name; air is 0."""


def tissue_values(field: str) -> NDArray[np.float64]:
    """One property of every tissue, in label order: ``"pd"``, ``"t1_ms"``, ``"t2_ms"``, ``"t2s_ms"``."""
    return np.array([getattr(tissue, field) for tissue in TISSUES], dtype=np.float64)
