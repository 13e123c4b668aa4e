"""A trained scene is dropped: seen from inside, flown through, picked, compared with a real picture."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from fake_render import RADIUS, render
from person import CTRL, Person
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from medview.app import App, Start
from medview.core.lens import Lens
from medview.core.radiance import FIRST_MM_PER_UNIT
from medview.gui.theme import apply_theme
from medview.jobs.lanes import ThreadLane
from medview.ml.field_folder import BAKED_NAME, FRAMES_FOLDER
from medview.session.fields.rendering import Phase

sys.path.append(str(Path(__file__).parents[1] / "unit" / "session"))

from field_folders import make_field

AWAY = 1.6


@pytest.fixture
def folder(tmp_path):
    """An opaque green ball of radius 0.5 that two cameras saw from the front; their pictures are magenta."""
    poses = np.tile(np.eye(4), (2, 1, 1))
    poses[:, 2, 3] = AWAY, AWAY + 0.2
    made = make_field(
        tmp_path / "ball",
        count=2,
        box=np.array([[-1.0, -1, -1], [1, 1, 1]]),
        poses=poses,
        lenses=(Lens.of_view_angle(64, 48, 60),) * 2,
        held_out=(1,),
    )
    cells = np.stack(np.meshgrid(*(np.linspace(-0.98, 0.98, 50),) * 3, indexing="ij"), axis=-1)
    baked = np.zeros((50, 50, 50, 4), np.uint8)
    baked[..., 1], baked[..., 3] = 255, 255 * (np.linalg.norm(cells, axis=-1) < RADIUS)
    np.save(made / BAKED_NAME, baked)
    (made / FRAMES_FOLDER).mkdir()
    for number in range(2):
        picture = Image.fromarray(np.full((48, 64, 3), (250, 0, 250), np.uint8))
        picture.save(made / FRAMES_FOLDER / f"{number:05}.jpg", quality=100)
    return made


@pytest.fixture
def person(qapp, home):
    apply_theme(qapp, "dark")
    app = App(fields_lane=ThreadLane("medview-fields"))
    app.workflows.field_rendering._target = render
    sitting = Person(app, Start())
    yield sitting
    sitting.leave()


def pane(person):
    return person.app.view.volume.widget


def middle(person):
    """Red, green, blue in the middle of the 3-D pane."""
    person.settle()
    image = pane(person).grab().toImage()
    return image.pixelColor(image.width() // 2, image.height() // 2).getRgb()[:3]


def wait_shown(person):
    rendering = person.app.workflows.field_rendering
    person.wait(lambda: rendering.phase is Phase.SHOWN, "the picture at full resolution", 20)


def test_a_scene_is_flown_through_picked_and_compared_with_a_real_picture(person, folder):
    person.drop(folder)
    person.wait(lambda: person.layers, "the open scene")
    wait_shown(person)
    person.wait(lambda: middle(person) == (0, 255, 0), "the ball")
    bar = person.app.view.field_bar
    assert bar.widget.isVisible()
    assert person.app.view.volume._is_flying

    # a click carries the crosshair to the surface that is seen
    QTest.mouseClick(pane(person), Qt.MouseButton.LeftButton, CTRL, pane(person).rect().center())
    person.wait(lambda: person.state.view.cursor_ras[2] > 20, "the crosshair on the ball")
    assert person.state.view.cursor_ras == pytest.approx((0, 0, RADIUS * FIRST_MM_PER_UNIT), abs=0.5)

    # a drag is followed at once by the baked ball, and then by the true one
    phases = []
    person.app.workflows.field_rendering.changed.connect(
        lambda: phases.append(person.app.workflows.field_rendering.phase)
    )
    centre = pane(person).rect().center()
    QTest.mousePress(pane(person), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)
    QTest.mouseMove(pane(person), centre + QPoint(4, 2))
    QTest.mouseRelease(pane(person), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)
    person.wait(lambda: Phase.SHOWN in phases, "the picture after the drag", 20)
    assert phases == [Phase.MOVING, Phase.REFINING, Phase.SHOWN]

    # the real picture of the next view, half of it
    bar._on.click()
    bar._framed.click()
    person.wait(lambda: 110 < middle(person)[0] < 140, "the blended picture", 20)
    assert middle(person) == pytest.approx((125, 127, 125), abs=6)
    bar._framed.click()
    person.wait(lambda: middle(person)[0] < 40, "the view without it", 20)


def test_saved_pictures_say_what_a_scene_is(person, folder, tmp_path):
    from medview.present.volume_plan import picture_mark

    person.drop(folder)
    person.wait(lambda: person.layers, "the open scene")
    person.app.view.save_picture(tmp_path / "panes.png", picture_mark(person.state))
    saved = Image.open(tmp_path / "panes.png")
    assert "Scale arbitrary: not for measurement" in saved.text["Description"]
    assert "inferred" in saved.text["Description"]
