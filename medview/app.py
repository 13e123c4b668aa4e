"""The composition root: the only place that builds session, lanes, presenters and window."""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

import medview
from medview.core.errors import InputRefused
from medview.core.state import Layout, Orientation
from medview.display import demand_display
from medview.gui.main_window import MainWindow
from medview.gui.qt_bridge import Bridge, install_exception_hook
from medview.gui.theme import apply_theme
from medview.gui.vtk_canvas import VtkCanvas
from medview.jobs.job import Job
from medview.jobs.lanes import Lane, ThreadLane
from medview.jobs.process_lane import ProcessLane
from medview.ml.result_cache import BUDGET_VARIABLE
from medview.present.program import Views, present
from medview.render.rehearsal import KINDS
from medview.render.scheduler import RenderScheduler
from medview.render.transfer import colormap_names, preset_names
from medview.session.files.opening import warm_up
from medview.session.files.recent import RecentFiles
from medview.session.journal.catalogue import journals_folder
from medview.session.session import Session
from medview.session.settings import Settings, config_folder
from medview.session.workflows import Workflows

#: After the window has shown itself, and before anybody has chosen a file.
_WARM_UP_S = 0.15
#: The window's thread waits so long for another one that computes in Python, every time that it comes back
#: from drawing; five times as long, as Python would have it, is felt.
_SWITCH_S = 0.001


@dataclass(frozen=True, kw_only=True)
class Start:
    """What the window opens with."""

    paths: tuple[Path, ...] = ()
    sample: str | None = None
    seed: int = 1
    layout: Layout | None = None


class App:
    """One window with everything behind it. Close it with `close`.

    Args:
        settings: What the person prefers; None: their own file.
        models_lane: Where models run; None: the model process.
        clicks_lane: Where smart clicks are answered; None: a process of their own, once the tool is taken.
        fields_lane: Where views of radiance fields are rendered; None: a process of their own.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        models_lane: Lane | None = None,
        clicks_lane: Lane | None = None,
        fields_lane: Lane | None = None,
    ) -> None:
        self._is_closed = False
        sys.setswitchinterval(_SWITCH_S)
        self.settings = settings or Settings()
        self.bridge = Bridge()
        self.session = Session()
        self.files_lane = ThreadLane()
        self.models_lane = models_lane or ProcessLane(
            threads=self.settings.value("threads") or None,
            environment={BUDGET_VARIABLE: str(self.settings.value("result_cache_mb"))},
        )
        self.clicks_lane = clicks_lane or ProcessLane(threads=self.settings.value("threads") or None)
        self.fields_lane = fields_lane or ProcessLane(threads=self.settings.value("threads") or None)
        limit = self.settings.value("recent_limit")
        self.recent = RecentFiles(config_folder(), limit, post=self.bridge.post)
        self.workflows = Workflows(
            self.session,
            files_lane=self.files_lane,
            models_lane=self.models_lane,
            post=self.bridge.post,
            recent=self.recent,
            journals=journals_folder(),
        )
        self.workflows.let_surfaces_wait(_start_timer)
        self.workflows.clicking.use_lane(self.clicks_lane)
        self.workflows.field_rendering.use_lane(self.fields_lane)
        self.scheduler = RenderScheduler(time.perf_counter, _start_timer)
        self.view = MainWindow(
            self.settings.value("theme"), self._ask_frame, memory=config_folder() / "window.ini"
        )
        self.program = present(
            self.session,
            self.workflows,
            self.settings,
            self.recent,
            self._views(),
            colormaps=colormap_names(),
            volume_presets=preset_names(),
            later=_start_timer,
        )

    def _views(self) -> Views:
        return Views(
            window=self.view,
            slices=dict(self.view.slices),
            volume=self.view.volume,
            field_bar=self.view.field_bar,
            layers=self.view.layers,
            tools=self.view.tools,
            edit=self.view.edit,
            refine=self.view.refine,
            proposal=self.view.proposal,
            labels=self.view.labels,
            scene=self.view.scene,
            placing=self.view.placing,
            scene_out=self.view.scene_out,
            training=self.view.training,
            history=self.view.history,
            recovery=self.view.recovery,
            worklist=self.view.worklist,
        )

    def show(self, start: Start) -> None:
        """Show the window, offer lost work, and open what it starts with."""
        self.view.window.show()
        _start_timer(_WARM_UP_S, self._warm_up)
        if start.layout is not None:
            self.session.set_view(layout=start.layout)
        self.program.recovery.offer(lambda: self._open(start))

    def _open(self, start: Start) -> None:
        if start.sample is not None:
            self.workflows.opening.open_sample(start.sample, start.seed)
        elif start.paths:
            self.workflows.opening.open_paths(start.paths)

    def close(self) -> None:
        """End jobs, lanes and window, in this order."""
        self._is_closed = True
        self.workflows.worklist.end()
        self.workflows.cancel_all()
        self.workflows.recovery.end()
        self.bridge.close()
        self.view.close()
        self.files_lane.close()
        self.models_lane.close()
        self.clicks_lane.close()
        self.fields_lane.close()

    def _warm_up(self) -> None:
        """Readers in their own thread; one canvas or picture a tick, so that the window breathes between."""
        if self._is_closed:
            return
        self.files_lane.submit(Job(title="Getting ready to read", target=warm_up), lambda _event: None)
        for view in self.view.slices.values():
            self.scheduler.ask(id(view.widget), view.widget.warm_up)
        # what one canvas has met, all know
        canvas = self.view.slices[Orientation.AXIAL]
        for kind in KINDS:
            self.scheduler.ask(kind, partial(canvas.rehearse, kind))

    def _ask_frame(self, canvas: VtkCanvas) -> None:
        self.scheduler.ask(id(canvas), canvas.draw)


def _start_timer(seconds: float, call: object) -> None:
    QTimer.singleShot(round(seconds * 1000), call)  # type: ignore[call-overload]


def run_window(start: Start) -> int:
    """Open the window and stay until it is closed; returns the exit code.

    Raises:
        InputRefused: There is no display, or a path does not exist.
    """
    demand_display()
    for path in start.paths:
        if not path.exists():
            raise InputRefused(
                f"Cannot open {path.name}", "there is no such file or folder", "Check the path."
            )
    logging.basicConfig(level=logging.WARNING)
    qt = QApplication(sys.argv[:1])
    qt.setApplicationName("medview")
    qt.setApplicationVersion(medview.__version__)
    settings = Settings()
    apply_theme(qt, settings.value("theme"))
    app = App(settings)
    install_exception_hook(app.view.show_error)
    app.show(start)
    return qt.exec()
