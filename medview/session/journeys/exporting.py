"""The journey of results out of the program: surfaces for printers, numbers for spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.core.layers import LabelsDisplay, Layer, LayerId
from medview.core.volume import AnyArray, Volume
from medview.io.stl import write_stl
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.files.statistics_table import write_statistics
from medview.session.job_desk import JobDesk, Reactions
from medview.session.labels.table import entry_of, label_map
from medview.session.notices import Notices
from medview.session.session import Session
from medview.session.surfacing import MAKER, make_surfaces


class Exporting:
    """Writes what is made of masks. What is written is read again and compared.

    Args:
        session: Whose masks.
        desk: Where the jobs are started.
        notices: Told what was written.
        lane: A lane of this process.
    """

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane

    def surface(self, layer_id: LayerId, value: int, path: Path) -> str:
        """Write the surface of a label as STL, smoothed as it is on show; returns the job's id."""
        layer, labels = self._layer(layer_id), label_map(self._session, layer_id)
        assert isinstance(layer.display, LabelsDisplay)
        payload = {
            "maker": MAKER,
            "geometry": labels.geometry,
            "values": (value,),
            "revision": labels.revision,
            "smoothing_mm": layer.display.smoothing_mm,
            "path": path,
        }
        name = entry_of(labels, value).name
        arrays = {"labels": labels.array.copy()}
        job = Job(
            title=f"Saving the surface of {name}", target=_write_surface, payload=payload, arrays=arrays
        )

        def done(event: JobDone) -> None:
            self._notices.told.emit(
                f"Saved {event.value} triangles of {name} to {path.name}, in millimetres (LPS)."
            )

        return self._desk.start(self._lane, job, Reactions(done=done))

    def statistics(self, layer_id: LayerId, path: Path) -> str:
        """Write the numbers of every label of a mask as CSV; returns the job's id."""
        layer, labels = self._layer(layer_id), label_map(self._session, layer_id)
        image = self._session.state.active_image
        payload = {
            "labels": labels,
            "scan": image.data if image is not None and isinstance(image.data, Volume) else None,
            "frame": self._session.state.view.frame,
            "path": path,
        }
        job = Job(title=f"Measuring {layer.name}", target=write_statistics, payload=payload)

        def done(_event: JobDone) -> None:
            self._notices.told.emit(f"Saved the numbers of {layer.name} to {path.name}.")

        return self._desk.start(self._lane, job, Reactions(done=done))

    def _layer(self, layer_id: LayerId) -> Layer:
        self._session.close_stroke()
        layer = self._session.state.layer(layer_id)
        if layer is None:
            raise KeyError(f"there is no layer {layer_id}")
        return layer


def _write_surface(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[int, Mapping[str, AnyArray]]:
    """Job target: make the surface and write it; returns the number of triangles."""
    link.progress(0.1, "Making the surface")
    surfaces, _ = make_surfaces(payload, arrays, link)
    link.progress(0.8, "Writing")
    return write_stl(surfaces.meshes.values(), payload["path"]), {}
