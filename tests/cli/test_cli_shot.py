"""Pictures without a window, with and without a display; the window itself, opened and closed by a signal."""

from __future__ import annotations

import signal
import time

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

LAYOUTS = ("four-up", "axial", "coronal", "sagittal", "3d")


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.fixture
def ball(tmp_path):
    """A bright ball left and in front of the patient's origin, and its mask."""
    grid = np.diag([3.0, 3.0, 3.0, 1.0])
    grid[:3, 3] = -60
    i, j, k = np.mgrid[:41, :41, :41] * 3.0 - 60
    head = ((i / 50) ** 2 + (j / 55) ** 2 + (k / 50) ** 2 < 1) * 200
    inside = (i + 20) ** 2 + (j - 20) ** 2 + k**2 < 12**2
    scan, mask = tmp_path / "head one.nii.gz", tmp_path / "ball mask.nii.gz"
    nib.save(nib.Nifti1Image((head + 600 * inside).astype(np.int16), grid), scan)
    nib.save(nib.Nifti1Image(inside.astype(np.uint8), grid), mask)
    return scan, mask


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_drawn_without_a_display(medview, ball, tmp_path, layout):
    out = tmp_path / f"{layout} picture.png"
    said = medview("shot", ball[0], "-o", out, "--layout", layout, "--size", "400x300", "--labels", ball[1])
    assert said.code == 0, said.err
    assert said.out.strip() == str(out)
    assert "Traceback" not in said.err
    picture = pixels(out)
    assert picture.shape == (300, 400, 3)
    assert (picture.max(-1) > 60).mean() > 0.02, "the picture is dark"
    red = (picture[..., 0] > picture[..., 1] + 60) & (picture[..., 0] > picture[..., 2] + 60)
    assert red.any(), "the mask is not seen"


def test_a_display_changes_nothing(medview, ball, tmp_path, display):
    pictures = []
    for name, shown in (("with", display), ("without", "")):
        out = tmp_path / f"{name}.png"
        words = ("shot", ball[0], "-o", out, "--layout", "axial", "--size", "300x300")
        assert medview(*words, display=shown).code == 0
        pictures.append(pixels(out))
    assert np.abs(pictures[0] - pictures[1]).mean() < 1


def test_position_window_and_theme_are_obeyed(here, ball, tmp_path):
    def shot(name, *words):
        out = tmp_path / f"{name}.png"
        said = here("shot", ball[0], "-o", out, "--size", "300x300", *words)
        assert said.code == 0, said.err
        return pixels(out)

    at_ball = shot("ball", "--layout", "axial", "--at", "-20,20,0", "--window", "800", "--level", "400")
    above = shot("above", "--layout", "axial", "--at", "-20,20,30", "--window", "800", "--level", "400")
    white = (at_ball.min(-1) > 240) & (above.min(-1) < 200)
    rows, columns = np.nonzero(white)
    # patient's left is on the right of the screen, the front is up
    assert columns.mean() > 150
    assert rows.mean() < 150
    dark = shot("dark", "--layout", "axial", "--at", "-20,20,0", "--window", "8000", "--level", "4000")
    assert dark.mean() < 0.7 * at_ball.mean()
    light = shot("light", "--layout", "3d", "--theme", "light")
    assert light.mean() > shot("night", "--layout", "3d").mean() + 20


def test_what_cannot_be_drawn_is_refused_and_leaves_no_picture(here, ball, tmp_path):
    scan, _ = ball
    out = tmp_path / "x.png"
    here("shot", tmp_path / "none.nii", "-o", out).demand_refusal()
    here("shot", scan, "-o", out, "--window", "0").demand_refusal()
    here("shot", scan, "-o", out, "--labels", tmp_path / "none.nii").demand_refusal()
    here("shot", tmp_path, "-o", out, "--labels", out).demand_refusal()
    (tmp_path / "folder.png").mkdir()
    said = here("shot", scan, "-o", tmp_path / "folder.png", "--layout", "axial")
    said.demand_refusal(code=said.code)
    assert here("shot", scan, "-o", tmp_path / "x.jpg").code == 2
    assert not out.exists()
    assert not list(tmp_path.glob(".medview*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_window_opens_a_scan_and_leaves_when_it_is_told_to(start, ball, display, tmp_path, number):
    child = start("open", ball[0], "--layout", "axial", display=display)
    # long enough for the window to be there, even on a busy machine
    end_s = time.monotonic() + 6
    while time.monotonic() < end_s and child.poll() is None:
        time.sleep(0.1)
    assert child.poll() is None, child.stderr.read()
    child.send_signal(number)
    child.wait(20)
    words = child.stderr.read()
    assert "Traceback" not in words
    assert "error" not in words.lower(), words
    assert child.returncode == (130 if number == signal.SIGINT else -number)


def test_the_window_refuses_what_is_not_there(medview, display, tmp_path):
    said = medview("open", tmp_path / "gone.nii", display=display)
    assert "gone.nii" in said.demand_refusal()
