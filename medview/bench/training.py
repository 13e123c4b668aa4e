"""The longest pause of the window while a model is trained on synthetic heads, with two more jobs waiting."""

from __future__ import annotations

import tempfile
from pathlib import Path

from medview.bench.driver import Driver
from medview.bench.model import Heartbeat
from medview.bench.suite import Figure
from medview.core.labels import LabelEntry
from medview.io.writers import write_labels, write_volume
from medview.phantoms.studies import make_study
from medview.session.models.training_plan import TrainingWish

_MODEL, _STUDY = "t2-vessels", "head-mr"
_SPACING_MM = 3.0
_PARAMS = {
    "width": "small",
    "pixel_spacing_mm": 1.5,
    "epochs_phase1": 2,
    "epochs_phase2": 8,
    "steps_per_epoch": 10,
    "validation_fraction": 0.4,
}


def measure(_scan: Path) -> list[Figure]:
    """Train beside an open head, curves and pictures in the panel, and listen until it has ended."""
    with tempfile.TemporaryDirectory(prefix="medview-bench-training-") as folder:
        base = Path(folder)
        for seed in (1, 2):
            write_subject(base / "subjects" / f"head-{seed}", seed)
        gaps = sorted(_gaps_ms(base))
    middle = gaps[len(gaps) // 2]
    return [Figure(name="gui_gap_during_training_ms", value=gaps[-1], n=len(gaps), spread=gaps[-1] - middle)]


def write_subject(folder: Path, seed: int) -> None:
    """A coarse synthetic head as a subject of a data folder: scan and reference."""
    folder.mkdir(parents=True)
    study = make_study(_STUDY, seed, _SPACING_MM)
    write_volume(study.volumes["t2"], folder / "t2.nii.gz")
    array, geometry, rows = study.labels["vessels"]
    entries = [LabelEntry(value=value, name=name, colour=colour) for value, name, colour in rows]
    write_labels(array, geometry, None, folder / "vessels.nii.gz", entries)


def _gaps_ms(base: Path) -> list[float]:
    driver = Driver()
    app = driver.app
    app.workflows.opening.open_sample(_STUDY, spacing_mm=_SPACING_MM)
    driver.wait_for_jobs()
    trainings = app.workflows.trainings
    beat = Heartbeat()
    beat.start()
    wishes = [
        TrainingWish(model_id=_MODEL, data=base / "subjects", out=base / f"out-{number}", params=_PARAMS)
        for number in (1, 2, 3)
    ]
    first, *_ = [trainings.start(wish, complete=2) for wish in wishes]
    driver.wait_until(lambda: first not in {row.job_id for row in app.workflows.running}, "a training")
    app.workflows.cancel_all()
    driver.wait_until(lambda: not app.workflows.running, "the end of all jobs")
    driver.wait_for_drawing()
    beat.stop()
    driver.close()
    return beat.gaps_ms
