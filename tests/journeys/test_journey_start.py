"""What a fresh interpreter has loaded after the whole program has opened a scan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = """
import json, sys, time
from pathlib import Path
from PySide6.QtWidgets import QApplication
from medview.app import App, Start
qt = QApplication(sys.argv[:1])
app = App()
app.show(Start(paths=(Path(sys.argv[1]),)))
before = set(sys.modules)
end_s = time.monotonic() + 40
while (not app.session.state.layers or app.workflows.running) and time.monotonic() < end_s:
    qt.processEvents()
    time.sleep(0.001)
app.scheduler.flush()
layers = len(app.session.state.layers)
print(json.dumps({"layers": layers, "start": sorted(before), "all": sorted(sys.modules)}))
app.close()
"""


_CALLS = """
import sys
from PySide6.QtWidgets import QApplication, QLabel
qt, label = QApplication(sys.argv[:1]), QLabel("")
before = sys.getrefcount(None)
for _ in range(1000):
    label.setText("x")
    qt.processEvents()
print(before - sys.getrefcount(None))
"""


def environment():
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "PYTHONPATH": paths}


def test_qt_calls_cost_no_reference(display):
    """PySide6 6.12.0 on Python 3.11 loses one reference to None per call, and the program dies of it."""
    done = subprocess.run(
        [sys.executable, "-c", _CALLS], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.splitlines()[0]
    assert int(done.stdout) < 100


def test_torch_is_never_loaded_and_the_window_starts_without_heavy_libraries(display, head_study):
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(head_study / "t2.nii.gz")],
        capture_output=True, text=True, timeout=90, check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["layers"] == 1
    assert not {"torch", "monai", "accelerate"} & set(found["all"])
    heavy = {"SimpleITK", "scipy", "skimage", "nibabel", "pydicom", "pyvista", "highdicom"} & set(
        found["start"]
    )
    assert not heavy, f"the start of the window pays for {heavy}"
    assert "WARNING" not in done.stderr


def test_the_panes_warm_up_while_a_person_still_chooses_a_file(person):
    person.wait(lambda: person.app.scheduler.frames_drawn >= 3, "the warm-up of three panes", 10)
    assert not any(view.widget.isVisible() for view in person.app.view.slices.values())
