"""Whether a window can open here: asked before Qt is, which would end the program instead of answering."""

from __future__ import annotations

import os
import socket
import sys

from medview.core.errors import InputRefused

_SOCKETS = "/tmp/.X11-unix/X"


def demand_display() -> None:
    """Make sure that a window can open.

    VTK draws into X windows, so that on Wayland desktops the program runs through XWayland.

    Raises:
        InputRefused: There is no X display, or it does not answer.
    """
    if not sys.platform.startswith("linux"):
        return
    display = os.environ.get("DISPLAY", "")
    if not display:
        raise _refused("there is no X display")
    if not _answers(display):
        raise _refused(f"the display {display} does not answer")
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb")


def _answers(display: str) -> bool:
    """Whether somebody listens at a local display; displays of other machines are Qt's to find out."""
    host, _, place = display.rpartition(":")
    number = place.split(".")[0]
    if host not in ("", "unix"):
        return True
    return any(_listens(address) for address in (f"{_SOCKETS}{number}", f"\0{_SOCKETS}{number}"))


def _listens(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as door:
        try:
            door.connect(address)
        except OSError:
            return False
    return True


def _refused(detail: str) -> InputRefused:
    hint = "Use `medview shot` for pictures, or start it under a display such as xvfb-run."
    return InputRefused("Cannot open the window", detail, hint)
