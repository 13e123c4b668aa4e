"""Training a radiance field: what is demanded before, and what must lie in the folder afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import InputRefused, RunFailed
from medview.core.lens import Lens
from medview.core.posed_views import PosedViews
from medview.ml.field_folder import read_facts
from medview.ml.field_request import FieldRequest
from medview.ml.registry import Registry
from medview.ml.runner import train_field


class Methods:
    """A registry of one method."""

    def __init__(self, spec):
        self.spec = spec

    def find(self, _model_id):
        return self.spec


def views(count=10, is_masked=False):
    lens = Lens.of_view_angle(6, 4, 60)
    return PosedViews(
        names=tuple(f"{n}.png" for n in range(count)),
        images=np.full((count, 4, 6, 3), 7, np.uint8),
        valid=np.full((count, 4, 6), not is_masked),
        lenses=(lens,) * count,
        poses=np.tile(np.eye(4), (count, 1, 1)),
        times=np.zeros(count),
        points=np.zeros((0, 3), np.float32),
        points_rgb=np.zeros((0, 3), np.uint8),
    )


def request(out, **changes):
    facts = {"model_id": "scene", "version": "1.0", "views": views(), "out": out / "my.field"}
    return FieldRequest(**{**facts, **changes})


def test_a_field_folder_says_how_it_came_about(tmp_path, ctx, fake_models):
    ctx.note("Memory ran short.")
    result = train_field(request(tmp_path, params={"steps": "3"}, seed=5), ctx, Methods(fake_models.SCENE))
    assert result.folder == tmp_path / "my.field"
    assert result.scores == {"psnr_circle": 20.5}
    facts = read_facts(result.folder)
    assert facts.held_out == tuple(views().split[1]) != ()
    told = facts.provenance
    assert (told["model"], told["params"], told["seed"], told["views"]) == ("scene", {"steps": 3}, 5, 10)
    assert told["occupancy"] == "off", "what the method noted itself is kept"
    assert told["notes"] == ["Memory ran short."]
    assert len(told["weights_sha256"]) == 64


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"params": {"steps": 0}}, "Steps"),
        ({"views": views(2)}, "2 posed views are too few"),
        ({"views": views(is_masked=True)}, "the masks leave no pixel to learn from"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_anything_is_written(
    tmp_path, ctx, fake_models, changes, words
):
    with pytest.raises(InputRefused, match=words):
        train_field(request(tmp_path, **changes), ctx, Methods(fake_models.SCENE))
    assert list(tmp_path.iterdir()) == []


def test_a_model_for_scans_learns_no_scene(tmp_path, ctx, fake_models):
    with pytest.raises(InputRefused, match="does not learn scenes"):
        train_field(request(tmp_path), ctx, Methods(fake_models.SPEC))


@pytest.mark.parametrize(
    ("entry", "words"),
    [("learn", "holds no field.json"), ("learn_scene_without_cells", "holds no baked.npy")],
)
def test_an_incomplete_folder_is_a_failed_training(tmp_path, ctx, fake_models, entry, words, monkeypatch):
    spec = fake_models.make_spec(
        id="scene", task=fake_models.Task.FIELD, inputs=(), outputs=(), train_entry=f"fake_models:{entry}"
    )
    monkeypatch.setattr(fake_models, "learn", lambda asked, ctx: _weights_only(fake_models, asked, ctx))
    with pytest.raises(RunFailed, match=words):
        train_field(request(tmp_path), ctx, Methods(spec))


def _weights_only(fake_models, asked, ctx):
    scores = fake_models.learn_scene(asked, ctx)
    (asked.out / "field.json").unlink()
    return scores


def test_methods_that_learn_scenes_are_listed_apart_from_models_that_learn_from_subjects(
    fake_models, tmp_path, monkeypatch
):
    (tmp_path / "scene_spec.py").write_text("from fake_models import SCENE as SPEC\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry(["fake_models", "scene_spec"], with_plugins=False)
    assert [spec.id for spec in registry.specs()] == ["threshold", "scene"]
    assert [spec.id for spec in registry.learning()] == ["threshold"]
    assert [spec.id for spec in registry.scene_methods()] == ["scene"]
