"""LPIPS: the formula by hand, the networks' shapes, and weights from files of the user's."""

import math

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from medview.core.errors import InputRefused
from medview.measure.perceptual import perceptual_distance, unit_features
from medview.zoo.fields.perceptual import ALEXNET, VGG16, PerceptualNet, distances, load_perceptual

SIDE = 40
ALL = np.ones((SIDE, SIDE), bool)


@pytest.fixture(scope="module")
def net():
    return random_net()


@pytest.fixture
def pair():
    random = np.random.default_rng(2)
    return random.random((SIDE, SIDE, 3)), random.random((SIDE, SIDE, 3))


def random_net(plan=ALEXNET):
    torch.manual_seed(4)
    made = PerceptualNet(plan).eval()
    for weight in made.lins:
        weight.data.uniform_(0, 1)
    return made


def test_the_formula_on_two_places_of_two_features() -> None:
    one = np.array([[[3.0, 0.0]], [[4.0, 0.0]]])
    other = np.array([[[5.0, 0.0]], [[0.0, 0.0]]])
    weight = np.array([2.0, 10.0])
    # unit features (.6, .8) and (1, 0): 2 * .16 + 10 * .64 = 6.72 at the first place, 0 at the second
    found = perceptual_distance([one], [other], [weight], np.array([[True, False]]))
    assert found.frame == pytest.approx(3.36)
    assert found.circle == pytest.approx(6.72)


def test_features_have_length_one_and_nothing_stays_nothing() -> None:
    units = unit_features(np.array([[[3.0, 0]], [[4.0, 0]]]))
    assert units[:, 0].T.tolist() == [pytest.approx([0.6, 0.8]), [0, 0]]


def test_without_a_valid_pixel_the_circle_has_no_number(net, pair) -> None:
    assert math.isnan(net.distance(*pair, ~ALL).circle)


def test_equal_pictures_are_at_distance_0_and_the_order_does_not_matter(net, pair) -> None:
    first, second = pair
    assert net.distance(first, first, ALL).frame == 0
    there, back = net.distance(first, second, ALL), net.distance(second, first, ALL)
    assert there.frame > 0
    assert there.frame == pytest.approx(back.frame, rel=1e-9)
    assert there.circle == pytest.approx(there.frame)


def test_alexnet_is_the_network_written_out(net, pair) -> None:
    x = torch.from_numpy(pair[0].astype(np.float32)).permute(2, 0, 1)[None]
    weights = {name: tensor.detach() for name, tensor in net.state_dict().items()}

    def conv(x, number, **how):
        made = functional.conv2d(
            x, weights[f"features.{number}.weight"], weights[f"features.{number}.bias"], **how
        )
        return torch.relu(made)

    scaled = (2 * x - 1 - torch.tensor([-0.030, -0.088, -0.188])[:, None, None]) / torch.tensor(
        [0.458, 0.448, 0.450]
    )[:, None, None]
    one = conv(scaled, 0, stride=4, padding=2)
    two = conv(functional.max_pool2d(one, 3, 2), 3, padding=2)
    three = conv(functional.max_pool2d(two, 3, 2), 6, padding=1)
    four = conv(three, 8, padding=1)
    five = conv(four, 10, padding=1)
    for wanted, found in zip((one, two, three, four, five), net(x), strict=True):
        assert torch.equal(wanted, found)


def test_vgg_takes_features_before_each_pooling() -> None:
    layers = PerceptualNet(VGG16)(torch.zeros(1, 3, 32, 32))
    assert [tuple(layer.shape[1:]) for layer in layers] == [
        (64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 2, 2),
    ]  # fmt: skip


def test_weights_named_as_lpips_and_torchvision_name_them_give_the_same_number(net, pair, tmp_path) -> None:
    state = net.state_dict()
    together = {}
    apart = ({}, {"features.99.nothing": torch.zeros(1)})
    for name, tensor in state.items():
        if name.startswith("lins."):
            shaped = tensor.reshape(1, -1, 1, 1).clone()
            together[f"lins.{name[5:]}.model.1.weight"] = shaped
            apart[0][f"lin{name[5:]}.model.1.weight"] = shaped
        else:
            together[name.replace("features.", "net.slice3.")] = tensor
            apart[1][name] = tensor
    save_file(together, tmp_path / "one.safetensors")
    folder = tmp_path / "two"
    folder.mkdir()
    torch.save(apart[0], folder / "linear.pth")
    torch.save(apart[1], folder / "alexnet.pth")
    wanted = net.distance(*pair, ALL)
    assert load_perceptual(tmp_path / "one.safetensors").distance(*pair, ALL) == wanted
    assert load_perceptual(folder).distance(*pair, ALL) == wanted


def test_a_file_that_is_no_network_is_refused(tmp_path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"nothing")
    with pytest.raises(InputRefused, match="cannot be read"):
        load_perceptual(path)
    save_file({"other": torch.zeros(2)}, tmp_path / "w.safetensors")
    with pytest.raises(InputRefused, match="no convolutions"):
        load_perceptual(tmp_path / "w.safetensors")
    save_file({"features.0.weight": torch.zeros(64, 3, 11, 11)}, tmp_path / "v.safetensors")
    with pytest.raises(InputRefused, match="do not fit"):
        load_perceptual(tmp_path / "v.safetensors")


def test_code_in_a_file_is_never_run(tmp_path) -> None:
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    torch.save({"features.0.weight": Trap()}, tmp_path / "trap.pth")
    with pytest.raises(InputRefused, match="cannot be read"):
        load_perceptual(tmp_path / "trap.pth")
    assert not (tmp_path / "sprung").exists()


def test_the_job_measures_every_pair(net, pair, tmp_path) -> None:
    class Link:
        def progress(self, _fraction, _message):
            pass

    state = net.state_dict()
    named = {
        (f"lin{name[5:]}.model.1.weight" if name.startswith("lins.") else name): tensor
        for name, tensor in state.items()
    }
    save_file(named, tmp_path / "w.safetensors")
    arrays = {
        "images": np.stack([pair[0], pair[0]]),
        "truths": np.stack([pair[0], pair[1]]),
        "valid": np.stack([ALL, ALL]),
    }
    value, _ = distances({"weights": str(tmp_path / "w.safetensors")}, arrays, Link())
    assert value["lpips"][0] == {"circle": 0.0, "frame": 0.0}
    assert value["lpips"][1]["frame"] == pytest.approx(net.distance(*pair, ALL).frame)
