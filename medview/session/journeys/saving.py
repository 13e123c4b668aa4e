"""The journey of saving: a layer as it is now, in a job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from medview.core.layers import Layer, LayerId
from medview.jobs.job import JobDone
from medview.jobs.lanes import Lane
from medview.session.files.recent import RecentFiles
from medview.session.files.saving import saving_job, suggested_path, write_own_labels
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices
from medview.session.session import Session


class Saving:
    """Writes layers to files.

    Args:
        session: Whose layers.
        desk: Where the jobs are listed.
        notices: Told what was saved.
        lane: Where the writing runs.
        recent: Remembers what was saved; None remembers nothing.
    """

    def __init__(
        self, session: Session, desk: JobDesk, notices: Notices, lane: Lane, recent: RecentFiles | None
    ) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._recent = recent
        self._own: set[Path] = set()

    def take_place(self, path: Path) -> None:
        """A mask belongs into this file by the program's own rule: its folder is made when it is saved."""
        self._own.add(path)

    def save_layer(self, layer_id: LayerId, path: Path) -> str:
        """Write a layer as it is now; returns the job's id. Later changes stay unsaved.

        Raises:
            KeyError: There is no such layer.
        """
        layer = self._layer(layer_id)
        self._session.close_stroke()
        layer, path = self._layer(layer_id), Path(path)

        def done(_event: JobDone) -> None:
            self._session.mark_saved(layer_id, layer.revision, path)
            self._notices.told.emit(f"Saved {path.name}.")
            if self._recent is not None:
                self._recent.add(path)

        job = saving_job(layer, path)
        if path in self._own:
            job = replace(job, target=write_own_labels)
        return self._desk.start(self._lane, job, Reactions(done=done))

    def suggested_path(self, layer_id: LayerId) -> Path:
        """Where the layer would be saved: its own file, or a name beside its scan."""
        return suggested_path(self._layer(layer_id), self._session.state.layers)

    def unsaved(self) -> tuple[Layer, ...]:
        """Layers that closing now would lose, bottom first."""
        return tuple(layer for layer in self._session.state.layers if layer.is_unsaved)

    def _layer(self, layer_id: LayerId) -> Layer:
        layer = self._session.state.layer(layer_id)
        if layer is None:
            raise KeyError(f"there is no layer {layer_id}")
        return layer
