"""Entry point. The model process is told apart before anything graphical is imported."""

from __future__ import annotations

import os
import sys

# Idle OpenMP threads otherwise spin and slow a busy machine threefold; read when torch starts.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> int:
    """Run the program and return its exit code."""
    if sys.argv[1:2] == ["--worker"]:
        from medview.jobs import worker

        return worker.main()
    if sys.argv[1:2] == ["--program"] and len(sys.argv) == 3:
        import importlib
        from pathlib import Path

        # by name, as all of zoo: the process that a model which is a program is locked into
        code: int = importlib.import_module("medview.zoo.foreign.apart").main(Path(sys.argv[2]))
        return code
    try:
        from medview.cli.main import main as run_command
    except KeyboardInterrupt:
        return 130
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
