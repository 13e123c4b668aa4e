"""A whole program with fake views, for tests without a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fakes import (
    FakeEditView,
    FakeFieldBar,
    FakeHistoryView,
    FakeLabelsView,
    FakeLayersView,
    FakeProposalView,
    FakeRecoveryView,
    FakeRefineView,
    FakeSceneView,
    FakeSliceView,
    FakeToolsView,
    FakeTrainingView,
    FakeVolumeView,
    FakeWindowView,
    FakeWorklistView,
)
from scene_fakes import FakePlacingView, FakeSceneOutView

from medview.core.state import Orientation
from medview.jobs.lanes import InlineLane
from medview.present.program import Program, Views, present
from medview.session.files.recent import RecentFiles
from medview.session.session import Session
from medview.session.settings import Settings
from medview.session.workflows import Workflows

COLORMAPS = ("gray", "hot")
PRESETS = ("CT bone", "MR head", "MIP")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A whole program with fake views, real session and real workflows that work inline."""

    session: Session
    workflows: Workflows
    settings: Settings
    recent: RecentFiles
    views: Views
    program: Program
    timers: list[Callable[[], None]]

    def pass_time(self):
        """Let every timer that runs now end."""
        ended = list(self.timers)
        self.timers.clear()
        for call in ended:
            call()

    @property
    def window(self):
        return self.views.window

    @property
    def axial(self):
        return self.views.slices[Orientation.AXIAL]

    def run(self, action_id):
        self.views.window.triggered.emit(action_id)

    def why_not(self, action_id):
        return self.views.window.rows[action_id].why_not


def make_desk(folder: Path) -> Desk:
    """Put a program together whose preferences lie in a folder of the test."""
    session, timers = Session(), []
    settings = Settings(folder)
    recent = RecentFiles(folder, start=lambda work: work())
    workflows = Workflows(
        session,
        files_lane=InlineLane(),
        models_lane=InlineLane(),
        post=lambda work: work(),
        recent=recent,
        surface_maker="",
        journals=folder / "journals",
    )
    views = Views(
        window=FakeWindowView(),
        slices={orientation: FakeSliceView() for orientation in Orientation},
        volume=FakeVolumeView(),
        field_bar=FakeFieldBar(),
        placing=FakePlacingView(),
        scene_out=FakeSceneOutView(),
        layers=FakeLayersView(),
        tools=FakeToolsView(),
        edit=FakeEditView(),
        refine=FakeRefineView(),
        proposal=FakeProposalView(),
        labels=FakeLabelsView(),
        scene=FakeSceneView(),
        training=FakeTrainingView(),
        history=FakeHistoryView(),
        recovery=FakeRecoveryView(),
        worklist=FakeWorklistView(),
    )
    program = present(
        session,
        workflows,
        settings,
        recent,
        views,
        colormaps=COLORMAPS,
        volume_presets=PRESETS,
        later=lambda _seconds, call: timers.append(call),
    )
    return Desk(
        session=session,
        workflows=workflows,
        settings=settings,
        recent=recent,
        views=views,
        program=program,
        timers=timers,
    )
