"""The program as scripts use it: words in; exit code, standard output and standard error out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
_HIDDEN = ("DISPLAY", "WAYLAND_DISPLAY")


@dataclass(frozen=True)
class Answer:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def refusals(self) -> list[str]:
        """Lines of standard error that tell a failure."""
        return [line for line in self.err.splitlines() if line.startswith("error: ")]

    def demand_refusal(self, code: int = 3) -> str:
        """One line ``error: TITLE: DETAIL. HINT``, nothing on standard output, no traceback."""
        assert self.code == code, (self.code, self.out, self.err)
        assert "Traceback" not in self.err, self.err
        assert self.out == ""
        assert len(self.refusals) == 1, self.err
        title, sign, rest = self.refusals[0].removeprefix("error: ").partition(": ")
        assert title and sign and rest.rstrip().endswith((".", "?")), self.refusals
        return self.refusals[0]


Medview = Callable[..., Answer]


def environment(display: str = "") -> dict[str, str]:
    """This process's environment, with or without a display."""
    kept = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
    shown = {"DISPLAY": display} if display else {}
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**kept, **shown, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths, "PYTHONUTF8": "1"}


def words_of(*words: object) -> list[str]:
    return [sys.executable, "-m", "medview", *(str(word) for word in words)]


@pytest.fixture(scope="session")
def medview(home: Path) -> Medview:
    """Runs one command in a process of its own, without a display unless one is named."""

    def run(*words: object, display: str = "", cwd: Path | None = None, seconds: float = 120) -> Answer:
        done = subprocess.run(
            words_of(*words), capture_output=True, text=True, env=environment(display), cwd=cwd or home,
            timeout=seconds, check=False,
        )  # fmt: skip
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts one command and gives its process; ended at the latest when the test ends."""
    children: list[subprocess.Popen[str]] = []

    def run(*words: object, display: str = "") -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        child = subprocess.Popen(
            words_of(*words), stdout=pipe, stderr=pipe, text=True, env=environment(display)
        )
        children.append(child)
        return child

    yield run
    for child in children:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.fixture
def here(medview: Medview, capsys: pytest.CaptureFixture[str]) -> Medview:
    """Runs one command in this process: much quicker, the same words and streams."""
    from medview.cli.main import main

    def run(*words: object) -> Answer:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A small scan with axes L, P, S under a name with spaces and other letters."""
    affine = np.array([[-2.0, 0, 0, 20], [0, -2.0, 0, 24], [0, 0, 3.0, -15], [0, 0, 0, 1]])
    data = np.random.default_rng(4).integers(0, 400, (20, 24, 10)).astype(np.int16)
    path = tmp_path / "scans of Zoë" / "T2 brain – 1.nii.gz"
    path.parent.mkdir()
    nib.save(nib.Nifti1Image(data, affine), path)
    return path


@pytest.fixture
def masks(tmp_path: Path) -> tuple[Path, Path]:
    """Two label maps that overlap."""
    paths = tmp_path / "reference.nii.gz", tmp_path / "result.nii.gz"
    for shift, path in enumerate(paths):
        data = np.zeros((20, 20, 10), np.uint8)
        data[4 + shift : 12 + shift, 4:12, 2:6] = 1
        data[14:17, 14:17, 7:9] = 2
        nib.save(nib.Nifti1Image(data, np.diag([1.0, 1.0, 2.0, 1.0])), path)
    return paths
