"""What this machine offers: display, OpenGL, graphics card, fonts, versions, room to work."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

import medview

_PACKAGES = (
    "PySide6-Essentials",
    "vtk",
    "torch",
    "numpy",
    "nibabel",
    "SimpleITK",
    "pydicom",
    "opencv-python-headless",
)
_PROBE = (
    "import vtkmodules.vtkRenderingOpenGL2 as o;from medview.render.offscreen import offscreen_window as w;"
    "x=w((64,64));x.Render();print(type(x).__name__);print(x.ReportCapabilities())"
)
_PROBE_TIMEOUT_S = 60


def examine() -> dict[str, Any]:
    """Look at the machine; ``problems`` holds sentences about what is missing."""
    problems: list[str] = []
    opengl, gpu = _opengl(problems), _gpu()
    return {
        "medview": medview.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor_cores": psutil.cpu_count(logical=False) or os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "memory_free_gb": round(psutil.virtual_memory().available / 2**30, 1),
        "disk_free_gb": round(shutil.disk_usage(Path.home()).free / 2**30, 1),
        "display": _display(problems),
        "opengl": opengl,
        "gpu": gpu,
        "scenes": _scenes(gpu),
        "fonts": _fonts(problems),
        "versions": {name: _version(name, problems) for name in _PACKAGES},
        "models": _models(),
        "problems": problems,
    }


def _display(problems: list[str]) -> str:
    if not sys.platform.startswith("linux"):
        return "native"
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or ""
    if not display:
        problems.append("There is no display: windows cannot open, but `medview shot` works.")
    return display or "none"


def _opengl(problems: list[str]) -> str:
    """Drawn in a child process: a broken driver must not take the examination with it."""
    try:
        done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True,
                              timeout=_PROBE_TIMEOUT_S, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        problems.append("Drawing a test picture did not end: the graphics driver hangs.")
        return "hangs"
    renderer = [
        line.split(":", 1)[1].strip() for line in done.stdout.splitlines() if "renderer string" in line
    ]
    if done.returncode or not renderer:
        problems.append("Drawing a test picture failed. On Debian or Ubuntu: apt install libgl1 libegl1.")
        return "does not work"
    return renderer[0]


def _gpu() -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "none: models run on the processor"
    query = [tool, "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, timeout=10, check=False)
    return done.stdout.strip() or "none: models run on the processor"


def _scenes(gpu: str) -> str:
    """With what presets scenes are trained, and what finds the cameras of a film."""
    preset = "cpu-demo" if gpu.startswith("none") else "gpu-default where torch can use the card"
    try:
        finder = f"pycolmap {importlib.metadata.version('pycolmap')} finds cameras"
    except importlib.metadata.PackageNotFoundError:
        finder = "no pycolmap: cameras come from files (pip install 'medview[poses]')"
    return f"preset {preset}; {finder}"


def _fonts(problems: list[str]) -> str:
    if not sys.platform.startswith("linux"):
        return "native"
    tool = shutil.which("fc-match")
    if tool is None:
        problems.append(
            "fontconfig is missing. On Debian or Ubuntu: apt install fontconfig fonts-dejavu-core."
        )
        return "unknown"
    done = subprocess.run([tool, "sans"], capture_output=True, text=True, timeout=10, check=False)
    if not done.stdout.strip():
        problems.append("No font was found. On Debian or Ubuntu: apt install fonts-dejavu-core.")
    return done.stdout.strip() or "none"


def _version(package: str, problems: list[str]) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        problems.append(f"The package {package} is missing. Run ./installer/run again.")
        return "missing"


def _models() -> dict[str, str]:
    from medview.ml.registry import installed

    registry = installed()
    found = {spec.id: registry.availability(spec) for spec in registry.specs()}
    return {name: "ready" if state.ready else state.reason for name, state in found.items()}
