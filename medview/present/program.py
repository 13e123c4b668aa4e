"""Puts the presenters together: one call for the program, the same one for the tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from medview.core.state import Orientation
from medview.present.actions import Action, ActionTable
from medview.present.case_queue import CaseQueue
from medview.present.desk import Desk
from medview.present.edit_actions import edit_actions
from medview.present.edit_presenter import EditPresenter
from medview.present.field_presenter import FieldPresenter
from medview.present.file_actions import file_actions
from medview.present.hand.clicks import Clicks
from medview.present.hand.grip import Hand, Reach
from medview.present.hand.growing import grow_at
from medview.present.hand.outlines import Outlines
from medview.present.hand.scissors import Scissors
from medview.present.help_actions import help_actions
from medview.present.history_presenter import HistoryPresenter
from medview.present.install_presenter import InstallPresenter
from medview.present.judge_actions import judge_actions
from medview.present.label_actions import label_actions
from medview.present.labels_presenter import LabelsPresenter
from medview.present.layer_actions import layer_actions, remove_layer
from medview.present.layers_presenter import LayersPresenter
from medview.present.model_actions import model_actions
from medview.present.placing_presenter import PlacingPresenter
from medview.present.ports.edit_port import EditViewPort
from medview.present.ports.field_port import FieldBarPort
from medview.present.ports.history_port import HistoryViewPort
from medview.present.ports.labels_port import LabelsViewPort
from medview.present.ports.layers_port import LayersViewPort
from medview.present.ports.placing_port import PlacingViewPort
from medview.present.ports.proposal_port import ProposalViewPort
from medview.present.ports.recovery_port import RecoveryViewPort
from medview.present.ports.refine_port import RefineViewPort
from medview.present.ports.scene_out_port import SceneOutViewPort
from medview.present.ports.scene_port import SceneViewPort
from medview.present.ports.slice_port import SliceViewPort
from medview.present.ports.tools_port import ToolsViewPort
from medview.present.ports.training_port import TrainingViewPort
from medview.present.ports.volume_port import VolumeViewPort
from medview.present.ports.window_port import WindowViewPort
from medview.present.ports.worklist_port import WorklistViewPort
from medview.present.preferences import Preferences, apply_settings, preferences_action
from medview.present.proposal_actions import proposal_actions
from medview.present.proposal_presenter import ProposalPresenter
from medview.present.recovery_presenter import RecoveryPresenter
from medview.present.refine_presenter import RefinePresenter
from medview.present.saving import Saving
from medview.present.scene_out_presenter import SceneOutPresenter
from medview.present.scene_presenter import ScenePresenter
from medview.present.slice_presenter import SlicePresenter
from medview.present.stroke import Strokes
from medview.present.tool_actions import make_mask, tool_actions
from medview.present.tools_presenter import ToolsPresenter
from medview.present.training_presenter import TrainingPresenter
from medview.present.view_actions import view_actions
from medview.present.volume_actions import volume_actions
from medview.present.volume_presenter import Later, VolumePresenter
from medview.present.window_actions import window_actions
from medview.present.window_presenter import WindowPresenter
from medview.present.worklist_actions import worklist_actions
from medview.present.worklist_presenter import WorklistPresenter
from medview.session.files.recent import RecentFiles
from medview.session.session import Session
from medview.session.settings import Settings
from medview.session.workflows import Workflows


@dataclass(frozen=True, kw_only=True)
class Views:
    """All views of the program."""

    window: WindowViewPort
    slices: dict[Orientation, SliceViewPort]
    volume: VolumeViewPort
    field_bar: FieldBarPort
    layers: LayersViewPort
    tools: ToolsViewPort
    edit: EditViewPort
    refine: RefineViewPort
    proposal: ProposalViewPort
    labels: LabelsViewPort
    scene: SceneViewPort
    placing: PlacingViewPort
    scene_out: SceneOutViewPort
    training: TrainingViewPort
    history: HistoryViewPort
    recovery: RecoveryViewPort
    worklist: WorklistViewPort


@dataclass(frozen=True, kw_only=True)
class SolidPresenters:
    """Those of the 3-D pane, and of the scenes that are shown in it."""

    volume: VolumePresenter
    field: FieldPresenter
    scene: ScenePresenter
    placing: PlacingPresenter
    scene_out: SceneOutPresenter


@dataclass(frozen=True, kw_only=True)
class Program:
    """The presenters, kept alive as long as the window."""

    desk: Desk
    actions: ActionTable
    window: WindowPresenter
    preferences: Preferences
    solid: SolidPresenters
    layers: LayersPresenter
    tools: ToolsPresenter
    edit: EditPresenter
    refine: RefinePresenter
    proposal: ProposalPresenter
    scissors: Scissors
    labels: LabelsPresenter
    installs: InstallPresenter
    training: TrainingPresenter
    history: HistoryPresenter
    recovery: RecoveryPresenter
    worklist: WorklistPresenter


def present(
    session: Session,
    workflows: Workflows,
    settings: Settings,
    recent: RecentFiles,
    views: Views,
    *,
    colormaps: tuple[str, ...],
    volume_presets: tuple[str, ...],
    later: Later,
) -> Program:
    """Connect session and views.

    Args:
        session: What is open.
        workflows: The use cases.
        settings: What the person prefers; also the first view.
        recent: Files opened before.
        views: Real or fake ones.
        colormaps: Names that the renderer knows, gray first.
        volume_presets: Names of the renderer's 3-D presets.
        later: Calls a function once after so many seconds, on the window's thread.
    """
    apply_settings(session, settings)
    desk = _desk(session, workflows, settings, views, volume_presets)
    saving = Saving(session, workflows, views.window, desk.strokes)
    queue = CaseQueue(desk, saving, later)
    actions = _action_table(desk, saving, queue)
    window = WindowPresenter(desk, actions, saving, recent)
    desk.panes = _slice_presenters(desk, views, window)
    return Program(
        desk=desk,
        actions=actions,
        window=window,
        preferences=Preferences(desk, actions, recent),
        solid=_solid_presenters(desk, views, actions, later),
        layers=LayersPresenter(session, views.layers, colormaps, partial(remove_layer, desk, saving)),
        tools=ToolsPresenter(session, workflows, views.tools, actions, desk),
        edit=_edit_presenter(desk, views.edit, actions),
        scissors=Scissors(desk, actions),
        refine=RefinePresenter(session, workflows.operating, views.refine, actions),
        proposal=ProposalPresenter(desk, views.proposal, actions),
        labels=LabelsPresenter(desk, views.labels, actions),
        installs=InstallPresenter(desk, actions),
        training=TrainingPresenter(workflows.trainings, views.training, actions, desk),
        history=HistoryPresenter(desk, views.history, actions),
        recovery=RecoveryPresenter(desk, views.recovery, actions),
        worklist=WorklistPresenter(desk, queue, views.worklist, actions, later),
    )


def _desk(
    session: Session,
    workflows: Workflows,
    settings: Settings,
    views: Views,
    volume_presets: tuple[str, ...],
) -> Desk:
    strokes = Strokes(session)
    return Desk(
        session=session,
        workflows=workflows,
        settings=settings,
        window=views.window,
        volume_view=views.volume,
        strokes=strokes,
        outlines=Outlines(session, strokes),
        clicks=Clicks(session, workflows.clicking),
        volume_presets=volume_presets,
    )


def _volume_presenter(desk: Desk, views: Views, later: Later) -> VolumePresenter:
    frames = desk.workflows.real_frames
    presenter = VolumePresenter(desk.session, views.volume, later, frames.picture)
    frames.arrived.connect(presenter.refresh)
    return presenter


def _solid_presenters(desk: Desk, views: Views, actions: ActionTable, later: Later) -> SolidPresenters:
    volume = _volume_presenter(desk, views, later)
    return SolidPresenters(
        volume=volume,
        field=_field_presenter(desk, views),
        scene=ScenePresenter(desk, views.scene, actions),
        placing=PlacingPresenter(desk.session, desk.workflows.placing, views.placing, actions),
        scene_out=SceneOutPresenter(desk, views.scene_out, actions, volume.show_keys),
    )


def _field_presenter(desk: Desk, views: Views) -> FieldPresenter:
    rendering = desk.workflows.field_rendering
    presenter = FieldPresenter(desk.session, rendering, views.volume, views.field_bar)
    # after the window's presenter, which shows all of what was opened
    desk.workflows.opened.connect(presenter.begin_inside)
    return presenter


def _edit_presenter(desk: Desk, view: EditViewPort, actions: ActionTable) -> EditPresenter:
    why_no_model = desk.workflows.clicking.why_no_model
    return EditPresenter(desk.session, view, actions, partial(make_mask, desk), why_no_model)


def _slice_presenters(desk: Desk, views: Views, window: WindowPresenter) -> dict[Orientation, SlicePresenter]:
    hand = Hand(strokes=desk.strokes, outlines=desk.outlines, clicks=desk.clicks)
    reach = Reach(
        grow=lambda operation, values, ras: grow_at(desk, operation, values, ras),
        proposing=desk.workflows.proposing,
    )
    return {
        orientation: SlicePresenter(
            desk.session,
            view,
            orientation,
            hand,
            reach,
            window.hover,
            views.window.show_hint,
        )
        for orientation, view in views.slices.items()
    }


def _action_table(desk: Desk, saving: Saving, queue: CaseQueue) -> ActionTable:
    actions: list[Action] = [
        *file_actions(desk, saving),
        *edit_actions(desk),
        preferences_action(desk),
        *view_actions(desk),
        *volume_actions(desk),
        *window_actions(desk),
        *tool_actions(desk),
        *judge_actions(desk),
        *proposal_actions(desk),
        *label_actions(desk),
        *layer_actions(desk, saving),
        *worklist_actions(desk, queue),
        *model_actions(desk),
    ]
    actions += help_actions(desk, lambda: [action.row() for action in actions])

    def finish_stroke(action_id: str) -> None:
        if action_id != "edit.cancel":
            desk.strokes.finish()

    return ActionTable(actions, desk.window.show_error, finish_stroke)
