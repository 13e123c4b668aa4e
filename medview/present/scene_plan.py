"""From what is known of captures, trainings and scenes to the plan of the Scene tab: pure functions."""

from __future__ import annotations

from pathlib import Path

from medview.core.params import Param
from medview.core.plans import Shared
from medview.ml.preflight import time_words
from medview.ml.spec import ModelSpec
from medview.present.ports.scene_port import (
    FormPlan,
    FrameRow,
    FramesPlan,
    MaskPlan,
    PosesPlan,
    ProgressPlan,
    StepRow,
    StepState,
    TrainPlan,
    UnfinishedRow,
)
from medview.present.ports.training_port import CurveRow
from medview.session.fields.captures import WRITERS, CaptureLook, FrameLook
from medview.session.fields.draft import FINDING, MAKING, READING, TAKING, SceneDraft
from medview.session.fields.reading import MASKED, TAKEN
from medview.session.fields.trainings import SceneTraining, TrainingState
from medview.session.fields.wish import SceneWish
from medview.session.job_desk import JobInfo

BANNER = (
    "Views of a scene are computed, not filmed. Its scale is arbitrary until it is set: not for measurement."
)
_VIDEO_ONLY = ("sharpest",)
_CURVES = (("loss", "Loss"), ("held_out_psnr", "Held-out PSNR"), ("psnr", "Training PSNR"))
_MOST_CURVES = 2
_STATES = {
    TrainingState.RUNNING: "running",
    TrainingState.PAUSING: "stopping",
    TrainingState.CANCELLING: "stopping",
    TrainingState.PAUSED: "paused",
    TrainingState.FAILED: "failed",
    TrainingState.DONE: "done",
}


def step_rows(draft: SceneDraft, training: SceneTraining | None, scene: str) -> tuple[StepRow, ...]:
    """The checklist; `scene` is the name of the open scene, empty where none is."""
    look = draft.look
    has_frames = look is not None and not look.is_video
    return (
        StepRow(name="frames", title="Frames", state=_frames_state(draft), words=_frames_words(draft)),
        StepRow(
            name="mask",
            title="Mask",
            state=StepState.DONE if has_frames else StepState.WAITING,
            words=_mask_words(draft) if has_frames else "",
        ),
        StepRow(name="poses", title="Poses", state=_poses_state(draft), words=_poses_words(look)),
        StepRow(
            name="train", title="Train", state=_train_state(draft, training), words=_train_words(training)
        ),
        StepRow(name="view", title="View", state=StepState.DONE if scene else StepState.WAITING, words=scene),
    )


def _frames_state(draft: SceneDraft) -> StepState:
    if draft.busy in (READING, TAKING, MAKING):
        return StepState.BUSY
    is_ready = draft.look is not None and not draft.look.is_video
    return StepState.DONE if is_ready else StepState.TODO


def _frames_words(draft: SceneDraft) -> str:
    look = draft.look
    if look is None:
        return ""
    count = len(look.frames)
    return "take them out" if look.is_video else f"{count - len(draft.excluded)} of {count}"


def _mask_words(draft: SceneDraft) -> str:
    circle = "circle" if draft.circle is not None else "whole picture"
    return f"{circle}, instruments" if draft.reading["tool_masks"] else circle


def _poses_state(draft: SceneDraft) -> StepState:
    if draft.busy == FINDING:
        return StepState.BUSY
    if draft.look is None or draft.look.is_video:
        return StepState.WAITING
    return StepState.DONE if draft.look.posed else StepState.TODO


def _poses_words(look: CaptureLook | None) -> str:
    if look is None or look.is_video:
        return ""
    return f"{look.posed} of {len(look.frames)}" if look.posed else "not known"


def _train_state(draft: SceneDraft, training: SceneTraining | None) -> StepState:
    if training is not None and training.runs:
        return StepState.BUSY
    if training is not None and training.state is TrainingState.DONE:
        return StepState.DONE
    return StepState.TODO if draft.kept else StepState.WAITING


def _train_words(training: SceneTraining | None) -> str:
    return "" if training is None else _STATES[training.state]


def frames_plan(draft: SceneDraft, job: JobInfo | None) -> FramesPlan:
    """The frames step."""
    look = draft.look
    progress = progress_of(job) if draft.busy in (READING, TAKING, MAKING) else None
    if look is None:
        return FramesPlan(progress=progress, warnings=(draft.problem,) if draft.problem else ())
    rows = () if look.is_video else tuple(_frame_row(frame, draft.excluded) for frame in look.frames)
    params = tuple(param for param in TAKEN if look.is_video or param.name not in _VIDEO_ONLY)
    why_not = "" if draft.busy == "" else "Wait for what is being done, or stop it."
    return FramesPlan(
        title=look.path.name,
        facts=_facts(look),
        warnings=tuple(filter(None, (*look.capture.warnings, draft.problem))),
        rows=rows,
        summary=_summary(draft, look),
        form=FormPlan(params=params, values=dict(draft.reading)),
        why_not_extract=why_not if look.is_video else None,
        progress=progress,
    )


def _frame_row(frame: FrameLook, excluded: frozenset[str]) -> FrameRow:
    marks = ((frame.is_damaged, "damaged"), (not frame.has_pose, "no pose"), (frame.is_blurred, "blurred"))
    mark = next((words for is_so, words in marks if is_so), "")
    return FrameRow(
        name=frame.name, picture=Shared(frame.picture), is_excluded=frame.name in excluded, mark=mark
    )


def _facts(look: CaptureLook) -> tuple[str, ...]:
    width, height = look.size
    capture = look.capture
    has_depth = bool(capture.frames) and all(frame.depth is not None for frame in capture.frames)
    extras = (
        (bool(look.is_video and look.duration), look.duration),
        (has_depth, "Depth is known and is learned from"),
        (any(frame.time for frame in capture.frames), "It moves: fields with time suit it"),
        (capture.is_metric, "Its unit is the millimetre"),
        (capture.is_synthetic, "Rendered by a program, not filmed"),
    )
    what = "Video" if look.is_video else f"{len(look.frames)} frames"
    return (f"{what}, {width} x {height} pixels", *(words for is_so, words in extras if is_so))


def _summary(draft: SceneDraft, look: CaptureLook) -> str:
    if look.is_video:
        return ""
    blurred = sum(frame.is_blurred for frame in look.frames)
    out = len(draft.excluded)
    parts = [f"{blurred} look blurred" if blurred else "", f"{out} left out" if out else ""]
    return ", ".join(filter(None, parts)) or "All frames take part"


def mask_plan(draft: SceneDraft) -> MaskPlan:
    """The mask step."""
    look, sight, circle = draft.look, draft.sight, draft.circle
    form = FormPlan(params=_mask_params(draft), values=dict(draft.reading))
    if look is None or sight is None:
        return MaskPlan(form=form, why_not="Choose a video or frames first.")
    return MaskPlan(
        picture=Shared(sight.picture),
        frame=draft.frame,
        frame_name=sight.name,
        size=look.size,
        circle=(circle.cx, circle.cy, circle.radius) if circle is not None else None,
        tools=Shared(sight.hidden) if sight.hidden.any() else None,
        form=form,
        share=_share(draft, look),
        why_not_paint="Take frames out of the video first." if look.is_video else "",
    )


def _mask_params(draft: SceneDraft) -> tuple[Param, ...]:
    return tuple(param for param in MASKED if draft.circle is not None or param.name != "radius_percent")


def _share(draft: SceneDraft, look: CaptureLook) -> str:
    circle = draft.circle
    if circle is None:
        is_sought = draft.reading["circle"] == "auto"
        return "No circle was found: the whole picture is used" if is_sought else "The whole picture is used"
    width, height = look.size
    inside = circle.scaled(200 / width).mask(max(1, round(200 * height / width)), 200).mean()
    return f"{inside:.0%} of the picture lies in the circle"


def poses_plan(draft: SceneDraft, job: JobInfo | None, why_not_find: str) -> PosesPlan:
    """The poses step; `why_not_find` says why poses cannot be computed."""
    look, growing = draft.look, draft.growing
    progress = progress_of(job) if draft.busy == FINDING else None
    if look is None or look.is_video:
        return PosesPlan(why_not_find=why_not_find, progress=progress)
    if progress is not None and growing is not None:
        return PosesPlan(summary="Surface points found so far", points=Shared(growing), progress=progress)
    return PosesPlan(
        summary=_who_found(look),
        points=Shared(look.points) if len(look.points) else None,
        cameras=Shared(look.cameras) if look.posed else None,
        why_not_find=why_not_find or ("Wait for what is being done, or stop it." if draft.busy else ""),
        progress=progress,
    )


def _who_found(look: CaptureLook) -> str:
    if not look.posed:
        return "The cameras of these frames are not known yet."
    writer = WRITERS[look.capture.kind]
    points = f", {len(look.capture.points)} surface points" if len(look.capture.points) else ""
    return f"{look.posed} of {len(look.frames)} cameras, from {writer or 'the capture'}{points}"


def train_plan(
    draft: SceneDraft,
    training: SceneTraining | None,
    *,
    methods: tuple[ModelSpec, ...],
    values: dict[str, object],
    problem: str,
    job: JobInfo | None,
    truth: Shared | None,
    unfinished: tuple[SceneWish, ...],
) -> TrainPlan:
    """The train step."""
    spec = next((spec for spec in methods if spec.id == draft.method), None)
    runs = training is not None and training.runs
    return TrainPlan(
        methods=tuple((each.id, each.title) for each in methods),
        method=draft.method,
        summary=spec.summary if spec is not None else "",
        form=FormPlan(
            params=spec.train_params if spec is not None else (),
            values=values,
            why_not="Pause or cancel the training to change this." if runs else "",
        ),
        out=str(draft.out or ""),
        problem=problem,
        state="idle" if training is None else _STATES[training.state],
        progress=progress_of(job) if runs else None,
        curves=() if training is None else curve_rows(training),
        preview=None if training is None or training.preview is None else Shared(training.preview),
        truth=truth,
        sentence="" if training is None else training_words(training),
        unfinished=tuple(_unfinished_row(wish, methods) for wish in unfinished),
    )


def curve_rows(training: SceneTraining) -> tuple[CurveRow, ...]:
    """Loss and a PSNR: that of the held-out views where it was measured."""
    known = [(name, title) for name, title in _CURVES if training.curves.get(name)]
    return tuple(
        CurveRow(
            title=title,
            points=training.curves[name],
            newest=_newest(name, training.curves[name][-1][1]),
            counted="step",
        )
        for name, title in known[:_MOST_CURVES]
    )


def _newest(name: str, value: float) -> str:
    return f"{value:.2f} dB" if name.endswith("psnr") else f"{value:.3g}"


def training_words(training: SceneTraining) -> str:
    """What came of a training, or where it stands."""
    if training.state is TrainingState.PAUSED:
        return f"Paused after step {training.step}; it goes on from its last checkpoint."
    if training.state is TrainingState.FAILED:
        return training.sentence
    if training.state is TrainingState.DONE:
        scores = ", ".join(
            f"{name.replace('_', ' ').replace('psnr', 'PSNR').replace('ssim', 'SSIM')} {value:.4g}"
            for name, value in training.scores.items()
        )
        return f"Trained: {scores}." if scores else "Trained."
    return ""


def _unfinished_row(wish: SceneWish, methods: tuple[ModelSpec, ...]) -> UnfinishedRow:
    title = next((spec.title for spec in methods if spec.id == wish.model_id), wish.model_id)
    return UnfinishedRow(
        folder=wish.out, title=wish.out.stem, words=f"{title} on {Path(wish.capture).name}, not finished"
    )


def progress_of(job: JobInfo | None) -> ProgressPlan:
    """How far a job is, in words."""
    if job is None:
        return ProgressPlan(fraction=None, words="Waiting")
    left = None if job.message.endswith(" left") else job.seconds_left
    parts = (job.message, f"about {time_words(left)} left" if left is not None else "")
    return ProgressPlan(fraction=job.fraction, words=", ".join(filter(None, parts)))
