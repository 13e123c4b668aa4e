"""Operations on whole labels: worked out in a job, made as one named undo step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.core.errors import InputRefused
from medview.core.labels import LabelMap
from medview.core.layers import LayerId
from medview.core.params import validate
from medview.core.volume import Volume
from medview.edit.operation import Given, Operation
from medview.edit.permission import Permission, permitted
from medview.edit.region import Triple
from medview.jobs.lanes import Lane
from medview.session.commands import ApplyPatches
from medview.session.job_desk import JobDesk
from medview.session.labels.mask_jobs import MaskJobs
from medview.session.labels.table import entry_of, label_map
from medview.session.notices import Notices
from medview.session.patches import PackedPatch, in_tiles
from medview.session.session import Session

Values = Mapping[str, Any]


class Operating:
    """Runs operations on the active mask, with the label and the rule that are in the hand.

    Args:
        session: Whose masks.
        desk: Where the jobs are started.
        notices: Told where an operation changed nothing.
        lane: A lane of this process.
    """

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._session = session
        self._notices = notices
        self._jobs = MaskJobs(session, desk, lane)

    def start(
        self, layer_id: LayerId, operation: Operation, values: Values, seed_ijk: Triple = (0, 0, 0)
    ) -> str:
        """Begin an operation; returns the job's id.

        Args:
            layer_id: The mask.
            operation: Which.
            values: Of its parameters; those left out have their default.
            seed_ijk: The clicked voxel of the mask, for operations that begin at a click.

        Raises:
            InputRefused: A value is out of range, or no scan is open where one is needed.
            LabelLocked: The label in the hand is locked.
        """
        state = self._session.state
        labels = label_map(self._session, layer_id)
        value = state.view.label_value
        entry_of(labels, value)
        scan = state.active_image.data if state.active_image is not None else None
        if operation.needs_scan and not isinstance(scan, Volume):
            raise InputRefused(f"Cannot start {operation.title}", "no scan is open", "Open a scan first.")
        masks = {str(layer.id): layer.data for layer in state.layers if isinstance(layer.data, LabelMap)}
        given = {
            "value": value,
            "scan": scan if isinstance(scan, Volume) else None,
            "frame": state.view.frame,
            "masks": masks,
            "seed_ijk": seed_ijk,
        }
        permission = Permission(rule=state.view.overwrite, own=value)
        arguments = (operation, given, validate(operation.params, values), permission)
        name = entry_of(labels, value).name
        title = f"{operation.title} in {name}"
        return self._jobs.compute(
            layer_id, title, allowed_patches, arguments, lambda packed: self._take(layer_id, title, packed)
        )

    def _take(self, layer_id: LayerId, title: str, packed: list[PackedPatch]) -> None:
        if not packed:
            self._notices.told.emit(f"{title}: nothing to change.")
            return
        self._session.do(ApplyPatches(title=title, layer_id=layer_id, _packed=packed))


def allowed_patches(
    labels: LabelMap, operation: Operation, given: Values, values: Values, permission: Permission
) -> list[PackedPatch]:
    """What an operation may change, ready to be applied and kept."""
    wanted = operation.patches(Given(labels=labels, **given), values)
    allowed = [permitted(labels, patch, permission) for patch in wanted]
    return [PackedPatch.pack(part) for patch in allowed if patch is not None for part in in_tiles(patch)]
