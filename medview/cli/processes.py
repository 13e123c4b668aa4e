"""One training in several processes, which a launcher starts: ``torchrun``, or ``accelerate launch``.

A launcher tells each process by variables of its environment which of how many it is.
"""

from __future__ import annotations

import os

from medview.core.errors import InputRefused


def is_first_process() -> bool:
    """Whether this process speaks for all: the first of a launcher's, or the only one."""
    return int(os.environ.get("RANK", 0)) == 0


def processes_here() -> int:
    """How many processes of the launcher share this machine."""
    return max(1, int(os.environ.get("LOCAL_WORLD_SIZE", 1)))


def demand_whole_launch() -> None:
    """Refuse to train alone where ``accelerate launch --cpu`` was asked for several processes.

    Without MPI it starts a single one, which knows neither its number nor that of the others; all that
    shows the wish is that it was told where to meet them.

    Raises:
        InputRefused: This is that process.
    """
    is_for_several = "MASTER_ADDR" in os.environ and "ACCELERATE_USE_CPU" in os.environ
    if is_for_several and "WORLD_SIZE" not in os.environ and not _is_started_by_mpi():
        raise InputRefused(
            "Cannot train in several processes",
            "accelerate launch --cpu has started only one, as it does without MPI",
            "Use torchrun --nproc-per-node 2 -m medview train …, or accelerate launch --multi_gpu "
            "--num_processes 2 -m medview train … --device cpu.",
        )


def _is_started_by_mpi() -> bool:
    return any(name in os.environ for name in ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE"))
