"""Networks equal those of the packages that trained them, by name and by number."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from medview.ml.foreign.nnunet_plans import Architecture
from medview.zoo.foreign.monai.networks import new_network
from medview.zoo.foreign.nnunet_networks import NnUNet

_WHY = "it is not a dependency: it pins timm, which brings torchvision and another torch"
PLAN = Architecture(
    name="PlainConvUNet",
    features=(8, 16, 32),
    kernels=((1, 3, 3), (3, 3, 3), (3, 3, 3)),
    strides=((1, 1, 1), (1, 2, 2), (2, 2, 2)),
    convolutions=(2, 2, 2),
    decoder=(2, 2),
)


def demand_equal(theirs: nn.Module, ours: nn.Module, x: torch.Tensor) -> None:
    assert list(theirs.state_dict()) == list(ours.state_dict())
    ours.load_state_dict(theirs.state_dict())
    theirs.eval(), ours.eval()
    with torch.no_grad():
        assert torch.equal(theirs(x), ours(x))


@pytest.mark.parametrize("name", ["PlainConvUNet", "ResidualEncoderUNet"])
@pytest.mark.parametrize("dims", [2, 3])
def test_nnunet_network_equals_dynamic_network_architectures(name, dims):
    theirs = pytest.importorskip("dynamic_network_architectures.architectures.unet", reason=_WHY)
    plan = dataclasses.replace(
        PLAN,
        name=name,
        kernels=tuple(size[-dims:] for size in PLAN.kernels),
        strides=tuple(size[-dims:] for size in PLAN.strides),
        convolutions=(1, 3, 2),
        decoder=(1, 2),
    )
    blocks = "n_conv_per_stage" if name == "PlainConvUNet" else "n_blocks_per_stage"
    made = getattr(theirs, name)(
        2, 3, features_per_stage=plan.features, conv_op=getattr(nn, f"Conv{dims}d"), num_classes=4,
        kernel_sizes=plan.kernels, strides=plan.strides, n_conv_per_stage_decoder=plan.decoder,
        conv_bias=True, norm_op=getattr(nn, f"InstanceNorm{dims}d"),
        norm_op_kwargs={"eps": 1e-5, "affine": True}, nonlin=nn.LeakyReLU, nonlin_kwargs={"inplace": True},
        **{blocks: plan.convolutions},
    )  # fmt: skip
    demand_equal(made, NnUNet(plan, 2, 4), torch.randn(1, 2, *[8, 16, 16][-dims:]))


MONAI = [
    ("UNet", {"spatial_dims": 3, "channels": [4, 8, 16], "strides": [2, 2], "num_res_units": 2,
              "norm": "batch"}),
    ("UNet", {"spatial_dims": 2, "channels": [4, 8, 16], "strides": [2, 2]}),
    ("UNet", {"spatial_dims": 3, "channels": [4, 8, 16, 32], "strides": [1, 2, 2], "num_res_units": 1,
              "norm": ["group", {"num_groups": 2}], "act": ["leakyrelu", {"negative_slope": 0.1}],
              "dropout": 0.2}),
    ("BasicUNet", {"spatial_dims": 2, "features": [4, 4, 8, 8, 8, 4]}),
    ("SegResNet", {"spatial_dims": 3, "init_filters": 8, "dropout_prob": 0.2}),
    ("SegResNet", {"spatial_dims": 2, "norm": "batch", "blocks_down": [1, 2], "blocks_up": [1]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "facts"), MONAI)
def test_monai_network_equals_monai(name, facts):
    theirs = pytest.importorskip("monai.networks.nets", reason="monai is not a dependency")
    facts = {**facts, "in_channels": 2, "out_channels": 4}
    words = {key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()}
    size = 32 if name == "BasicUNet" else 16
    demand_equal(
        getattr(theirs, name)(**words),
        new_network({"name": name, **facts}),
        torch.randn(1, 2, *[size] * facts["spatial_dims"]),
    )


def test_nnunet_names_as_its_checkpoints_have_them():
    """The layout of dynamic-network-architectures 0.4.4, also where the package is absent."""
    names = list(NnUNet(dataclasses.replace(PLAN, convolutions=(1, 1, 1), decoder=(1, 1)), 1, 2).state_dict())
    assert names[0] == "encoder.stages.0.0.convs.0.conv.weight"
    assert "encoder.stages.0.0.convs.0.all_modules.1.bias" in names
    assert "decoder.encoder.stages.2.0.convs.0.norm.weight" in names
    assert "decoder.transpconvs.1.weight" in names
    assert "decoder.seg_layers.0.weight" in names
    residual = NnUNet(dataclasses.replace(PLAN, name="ResidualEncoderUNet"), 1, 2).state_dict()
    assert "encoder.stem.convs.0.conv.weight" in residual
    assert "encoder.stages.1.blocks.0.skip.1.conv.weight" in residual


def test_the_old_style_of_plans_builds_the_same_network(tmp_path):
    from medview.ml.foreign.limits import Fields
    from medview.ml.foreign.nnunet_plans import architecture_of

    table = {
        "UNet_class_name": "PlainConvUNet", "UNet_base_num_features": 8, "unet_max_num_features": 20,
        "conv_kernel_sizes": [[3, 3, 3]] * 3, "pool_op_kernel_sizes": [[1, 1, 1], [2, 2, 2], [2, 2, 2]],
        "n_conv_per_stage_encoder": [2, 2, 2], "n_conv_per_stage_decoder": [2, 2],
    }  # fmt: skip
    found = architecture_of(Fields(table, "plans.json", tmp_path))
    assert found.features == (8, 16, 20)
    assert found.has_bias and found.norm_affine
