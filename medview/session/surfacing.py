"""Surfaces of label layers: rebuilt in a job once the masks rest, newest wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from medview.core.errors import MedviewError
from medview.core.labels import LabelMap
from medview.core.layers import LabelsDisplay, Layer, LayerId
from medview.core.mesh import LabelSurfaces
from medview.core.state import Layout
from medview.core.volume import AnyArray
from medview.jobs.execution import Link, resolved
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.job_desk import JobDesk, Reactions
from medview.session.session import Session

MAKER = "medview.render.surface:label_surfaces"
REST_S = 0.3
"""So long nothing may have been painted: a hand that paints needs the processor itself."""
SHOWN_IN = (Layout.FOUR_UP, Layout.VOLUME)
Later = Callable[[float, Callable[[], None]], object]
"""Calls a function once after so many seconds, on the window's thread."""
_Key = tuple[int, float]


def make_surfaces(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[LabelSurfaces, Mapping[str, AnyArray]]:
    """Job target: call the maker, named by text because drawing is not known here."""
    maker: Callable[..., LabelSurfaces] = resolved(payload["maker"])
    wanted = {name: payload[name] for name in ("values", "smoothing_mm", "revision")}
    return maker(arrays["labels"], payload["geometry"], **wanted), {}


class SurfaceKeeper:
    """Keeps the surfaces of the session's label layers up to date.

    One layer is worked on at a time, only while the 3-D pane is on show, and only when no mask has
    changed for a moment; what changed meanwhile is done afterwards. The array is not copied: a surface
    of numbers that have changed since is dropped.

    Args:
        session: Whose layers.
        desk: Where the jobs are started; they are not shown.
        lane: A lane of this process.
        maker: ``"module:function"`` called as
            ``maker(array, geometry, values=, smoothing_mm=, revision=)``; returns `LabelSurfaces`.

    Attributes:
        later: A timer; without a window nobody paints, and there is nothing to wait for.
    """

    def __init__(self, session: Session, desk: JobDesk, lane: Lane, maker: str = MAKER) -> None:
        self._session = session
        self._desk = desk
        self._lane = lane
        self.later: Later = lambda _seconds, call: call()
        self._maker = maker
        self._is_waiting = False
        self._working: str | None = None
        self._tried: dict[LayerId, _Key] = {}
        session.changed.connect(self.refresh)
        session.undo_stack.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Wait for a rest and start the next surface that is out of date, if none is being made."""
        if self._working is not None or self._is_waiting or self._session.is_painting:
            return
        if self._next() is None:
            return
        self._is_waiting = True
        before = self._changes()
        self.later(REST_S, lambda: self._look(before))

    def _look(self, before: tuple[int, ...]) -> None:
        """Start, unless masks have changed meanwhile: then wait again."""
        self._is_waiting = False
        layer = self._next()
        if layer is not None and before == self._changes():
            self._start(layer)
        else:
            self.refresh()

    def _changes(self) -> tuple[int, ...]:
        masks = (layer.data for layer in self._session.state.layers)
        return tuple(mask.voxel_changes for mask in masks if isinstance(mask, LabelMap))

    def _next(self) -> Layer | None:
        """The first layer whose surface is on show and out of date."""
        state = self._session.state
        if state.view.layout not in SHOWN_IN:
            return None
        return next((layer for layer in state.layers if self._is_stale(layer)), None)

    def _is_stale(self, layer: Layer) -> bool:
        display, data = layer.display, layer.data
        if not isinstance(display, LabelsDisplay) or not isinstance(data, LabelMap):
            return False
        if not layer.visible or not display.surface or self._session.state.target_of(layer) is not None:
            return False
        key = (data.voxel_changes, display.smoothing_mm)
        known = self._session.state.surfaces.get(layer.id)
        if known is not None and (known.revision, known.smoothing_mm) == key:
            return False
        return self._tried.get(layer.id) != key

    def _start(self, layer: Layer) -> None:
        assert isinstance(layer.display, LabelsDisplay) and isinstance(layer.data, LabelMap)
        # neither names nor colours, locks or eyes make a surface another one
        key = (layer.data.voxel_changes, layer.display.smoothing_mm)
        self._tried[layer.id] = key
        payload = {
            "maker": self._maker,
            "geometry": layer.geometry,
            "values": layer.data.held_values(),
            "revision": layer.data.voxel_changes,
            "smoothing_mm": layer.display.smoothing_mm,
        }
        job = Job(
            title=f"Surface of {layer.name}",
            target=make_surfaces,
            payload=payload,
            arrays={"labels": layer.data.array},
        )
        self._working = job.id
        reactions = Reactions(
            done=lambda event: self._take(layer.id, event), failed=_stay_flat, ended=self._go_on
        )
        self._desk.start(self._lane, job, reactions, is_shown=False)

    def _take(self, layer_id: LayerId, event: JobDone) -> None:
        layer = self._session.state.layer(layer_id)
        if layer is None or not isinstance(layer.data, LabelMap):
            return
        if layer.data.voxel_changes == event.value.revision:
            self._session.set_surfaces(layer_id, event.value)

    def _go_on(self) -> None:
        self._working = None
        self.refresh()


def _stay_flat(_error: MedviewError) -> None:
    """A surface that cannot be made is not worth a message: the slices show everything."""
