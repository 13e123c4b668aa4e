"""The study `cardiac-lge`: one short-axis stack with its labels, turned as a reader would turn it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.volume import Source, Volume, value_range
from medview.phantoms.heart.anatomy import LABELS, ShortAxisHeart, make_heart
from medview.phantoms.heart.frame import nearest_ras
from medview.phantoms.heart.scan import LateProtocol, null_time_ms, render
from medview.phantoms.heart.tissues import ENHANCED, NUMBER, enhanced_values
from medview.phantoms.study import Study, StudySpec

Table = tuple[tuple[int, str, tuple[int, int, int]], ...]
CARDIAC_LGE = StudySpec(
    name="cardiac-lge",
    title="Heart in short axis, late after contrast",
    summary="A synthetic heart in LGE slices: cavity, myocardium, infarction and no-reflow are labelled.",
)
PIXEL_MM = 1.4
COLOURS = ((0, 0, 0), (220, 70, 70), (70, 120, 230), (250, 215, 60), (60, 220, 130))
TABLE: Table = tuple((value, LABELS[value], COLOURS[value]) for value in range(1, len(LABELS)))


def make_cardiac_lge(seed: int, spacing_mm: float | None, progress: Callable[[float, str], None]) -> Study:
    """Make and scan the heart of a seed; see `make_study`."""
    volume, labels, geometry, facts = make_lge(seed, spacing_mm, progress)
    return Study(
        name=CARDIAC_LGE.name,
        seed=seed,
        volumes={"lge": volume},
        labels={"pathology": (labels, geometry, TABLE)},
        facts={"study": CARDIAC_LGE.name, "seed": seed, **facts},
    )


def make_lge(
    seed: int, pixel_mm: float | None, progress: Callable[[float, str], None]
) -> tuple[Volume, NDArray[np.uint8], Geometry, dict[str, Any]]:
    """Scan the heart of a seed.

    Args:
        seed: Another number is another patient.
        pixel_mm: In plane; None for 1.4. Slices are 8 mm thick and 10 mm apart at every pixel size.
        progress: Told the part done (0-1) and a few words; may raise `Cancelled` to stop.

    Returns:
        The scan, its labels, their grid, and the facts of both.
    """
    heart = make_heart(seed, pixel_mm=pixel_mm or PIXEL_MM, progress=lambda p, w: progress(0.9 * p, w))
    progress(0.92, "Scanning LGE")
    image, geometry = nearest_ras(render(heart, np.random.default_rng([seed, 131])), heart.stack.ras_from_ijk)
    labels, _ = nearest_ras(heart.labels, heart.stack.ras_from_ijk)
    data = np.ascontiguousarray(image)
    volume = Volume(
        name="Synthetic heart LGE",
        data=data,
        geometry=geometry,
        source=Source(path=None, format="synthetic", stored=geometry, dtype=str(data.dtype)),
        values=value_range(data),
        modality="LGE",
    )
    return volume, np.ascontiguousarray(labels), geometry, lge_facts(heart)


def lge_facts(heart: ShortAxisHeart) -> dict[str, Any]:
    """What was drawn and set, as plain JSON values."""
    protocol, t1 = LateProtocol(), enhanced_values("t1_ms")
    i_mm, j_mm, step_mm = np.linalg.norm(heart.stack.ras_from_ijk[:3, :3], axis=0)
    voxel_ml = float(i_mm * j_mm * step_mm) / 1000
    return {
        "spacing_mm": [float(i_mm), float(j_mm), float(step_mm)],
        "thickness_mm": heart.stack.thickness_mm,
        "volumes_ml": {
            name: round(float((heart.labels == value).sum()) * voxel_ml, 2)
            for value, name in enumerate(LABELS)
            if value
        },
        "infarct": _plain(heart.infarct),
        "heart": _plain(heart.heart),
        "chest": _plain(heart.chest),
        "breathing_ras_mm": np.round(heart.stack.offset_ras, 2).tolist(),
        "label_rule": "the label with the largest share of the voxel; papillary muscles count as cavity",
        "protocol": asdict(protocol)
        | {"ti_ms": null_time_ms(float(t1[NUMBER["myocardium"]]), protocol.tr_ms)},
        "tissues": [asdict(tissue) for tissue in ENHANCED],
    }


def _plain(thing: Any) -> dict[str, Any] | None:
    if thing is None:
        return None
    return {
        key: value.tolist() if isinstance(value, np.ndarray) else value
        for key, value in asdict(thing).items()
    }
