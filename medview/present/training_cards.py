"""What the tools panel shows of trainings: curves of running ones, offers of those that have ended."""

from __future__ import annotations

from medview.present.actions import ActionTable
from medview.present.ports.tools_port import ToolsViewPort
from medview.present.ports.training_port import CurveRow, EndedTrainingRow, LearningRow
from medview.session.models.trainings import DONE, RUNNING, TrainingInfo, Trainings

_SHOWN = ("loss", "validation_dice")
_MOST_CURVES = 2


class TrainingCards:
    """Presents the trainings of the session.

    Args:
        trainings: All of them.
        view: The tools panel.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(self, trainings: Trainings, view: ToolsViewPort, actions: ActionTable) -> None:
        self._trainings, self._view, self._actions = trainings, view, actions
        view.training_used.connect(self._use)
        view.training_resumed.connect(self._go_on)
        view.training_dismissed.connect(trainings.dismiss)
        trainings.changed.connect(self._show)

    def learning(self, job_id: str) -> LearningRow | None:
        """Curves and picture of a training's job; None for other jobs."""
        info = next((info for info in self._trainings.infos if info.job_id == job_id), None)
        return learning_row(info) if info is not None else None

    def _use(self, job_id: str) -> None:
        self._actions.guarded("Use the trained model", lambda: self._trainings.use(job_id))

    def _go_on(self, job_id: str) -> None:
        self._actions.guarded("Go on with the training", lambda: self._trainings.go_on(job_id))

    def _show(self, infos: tuple[TrainingInfo, ...]) -> None:
        ended = [info for info in infos if info.state != RUNNING]
        self._view.show_ended_trainings(tuple(_ended_row(info) for info in ended))


def _ended_row(info: TrainingInfo) -> EndedTrainingRow:
    is_finished = info.state == DONE
    return EndedTrainingRow(
        job_id=info.job_id,
        title=f"{'Trained' if is_finished else 'Not finished'}: {info.title}",
        text=f"{info.sentence.rstrip('.')}. Folder: {info.wish.out.name}.",
        is_finished=is_finished,
        # the score alone: the card must fit above Run in a small window
        learning=LearningRow(curves=learning_row(info).curves[-1:]),
    )


def learning_row(info: TrainingInfo) -> LearningRow:
    """The loss and a validation score, and the newest picture."""
    known = [name for name in _SHOWN if name in info.curves]
    others = [name for name in info.curves if name.startswith("validation_") and name not in known]
    return LearningRow(
        curves=tuple(_curve(name, info) for name in (*known, *others)[:_MOST_CURVES]), picture=info.picture
    )


def _curve(name: str, info: TrainingInfo) -> CurveRow:
    points = info.curves[name]
    title = name.replace("_", " ").capitalize().replace(" dice", " Dice")
    return CurveRow(title=title, points=points, newest=f"{points[-1][1]:.3g}")
