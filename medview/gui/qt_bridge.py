"""The way from other threads to the window's thread, and what happens to unexpected errors."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

from medview.core.errors import MedviewError, root_of

_LOG = logging.getLogger(__name__)


class Bridge(QObject):
    """Runs callables in the window's thread, in the order in which they were posted."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._is_open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], object]) -> None:
        """Run `call` in the window's thread, soon. Safe from every thread."""
        if self._is_open:
            self._posted.emit(call)

    def close(self) -> None:
        """Drop what still arrives: the window is going away."""
        self._is_open = False

    def _run(self, call: Callable[[], object]) -> None:
        if self._is_open:
            call()


def install_exception_hook(show_error: Callable[[str, str, str], None]) -> None:
    """Log what nobody caught, and tell the person once that the program has a defect."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        root = root_of(error)
        if isinstance(root, MedviewError):
            show_error(root.title, root.detail, root.hint)
            return
        _LOG.error("unexpected error\n%s", "".join(traceback.format_exception(kind, error, trace)))
        show_error(
            "Something in medview went wrong",
            f"{type(root).__name__}: {root}",
            "Your layers are untouched. Save your work; the details are in the log.",
        )

    sys.excepthook = hook
