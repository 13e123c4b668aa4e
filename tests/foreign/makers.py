"""Model folders of other programs, small and real, written by the tests themselves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from onnx_bytes import brightness_network

LEVEL = 0.5
#: Axes left, superior, posterior, turned by some degrees about all of them, and coarse along one.
SPACING_MM = (1.5, 1.0, 3.0)


def scan_file(folder: Path, shape=(26, 30, 12), name: str = "scan.nii.gz") -> tuple[Path, np.ndarray]:
    """An oblique, flipped, anisotropic scan: 1 in two balls, 0 in a shell of air, 0.2 elsewhere."""
    i, j, k = np.indices(shape)
    data = np.full(shape, 0.2, np.float32)
    for centre, radius_mm in (((9, 10, 6), 7.0), ((18, 21, 5), 5.0)):
        away = sum(((at - c) * mm) ** 2 for at, c, mm in zip((i, j, k), centre, SPACING_MM, strict=True))
        data[away < radius_mm**2] = 1.0
    data[:2], data[:, -3:] = 0, 0
    path = folder / name
    nib.save(nib.Nifti1Image(data, affine()), path)
    return path, data


def affine() -> np.ndarray:
    a, b = np.radians(12), np.radians(-7)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn = turn @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    axes = np.array([[-1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # stored: left, superior, posterior
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ axes @ np.diag(SPACING_MM)
    matrix[:3, 3] = (31, -12, 44)
    return matrix


def card_text(model_id: str, file: str, settings: str, form: str = "onnx", more: str = "") -> str:
    return (
        f'model_id = "{model_id}"\nversion = "1"\ntitle = "Bright things"\nlicence = "CC0-1.0"\n{more}\n'
        f'[settings]\nformat = "{form}"\nfile = "{file}"\n{settings}\n'
    )


def onnx_folder(
    folder: Path, settings: str = 'labels = ["Bright"]', network: bytes | None = None, **how
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "net.onnx").write_bytes(brightness_network(**how) if network is None else network)
    (folder / "card.toml").write_text(card_text("bright-onnx", "net.onnx", settings))
    return folder


# nnU-Net


def plans(patch=(16, 16, 8), spacing=(2.0, 2.0, 2.0), residual: bool = False) -> dict:
    dims = len(patch)
    conv = f"torch.nn.modules.conv.Conv{dims}d"
    norm = f"torch.nn.modules.instancenorm.InstanceNorm{dims}d"
    blocks = "n_blocks_per_stage" if residual else "n_conv_per_stage"
    name = "ResidualEncoderUNet" if residual else "PlainConvUNet"
    return {
        "dataset_name": "Dataset777_Bright",
        "plans_name": "nnUNetPlans",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "configurations": {
            "3d_fullres": {
                "data_identifier": "nnUNetPlans_3d_fullres",
                "patch_size": list(patch),
                "spacing": list(spacing),
                "normalization_schemes": ["ZScoreNormalization"],
                "use_mask_for_norm": [False],
                "resampling_fn_data": "resample_data_or_seg_to_shape",
                "resampling_fn_data_kwargs": {
                    "is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None,
                },
                "architecture": {
                    "network_class_name": f"dynamic_network_architectures.architectures.unet.{name}",
                    "arch_kwargs": {
                        "n_stages": 2,
                        "features_per_stage": [4, 8],
                        "conv_op": conv,
                        "kernel_sizes": [[3] * dims, [3] * dims],
                        "strides": [[1] * dims, [2] * dims],
                        blocks: [1, 1],
                        "n_conv_per_stage_decoder": [1],
                        "conv_bias": True,
                        "norm_op": norm,
                        "norm_op_kwargs": {"eps": 1e-05, "affine": True},
                        "dropout_op": None,
                        "dropout_op_kwargs": None,
                        "nonlin": "torch.nn.LeakyReLU",
                        "nonlin_kwargs": {"inplace": True},
                    },
                    "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
                },
            }
        },
        "foreground_intensity_properties_per_channel": {
            "0": {"mean": 1.0, "std": 0.1, "percentile_00_5": 0.9, "percentile_99_5": 1.1}
        },
    }  # fmt: skip


def dataset_table() -> dict:
    return {
        "channel_names": {"0": "T2"},
        "labels": {"background": 0, "bright": 1},
        "numTraining": 3,
        "file_ending": ".nii.gz",
        "licence": "CC-BY-4.0",
    }


def nnunet_folder(parent: Path, folds: int = 1, **how) -> Path:
    """A results folder whose network calls what is bright by one hand-made convolution."""
    import torch

    from medview.ml.foreign.limits import Fields
    from medview.ml.foreign.nnunet_model import _network

    folder = parent / "nnUNetTrainer__nnUNetPlans__3d_fullres"
    folder.mkdir(parents=True)
    (folder / "plans.json").write_text(json.dumps(plans(**how)))
    (folder / "dataset.json").write_text(json.dumps(dataset_table()))
    facts = _network(Fields(plans(**how), "plans.json", folder), "3d_fullres", 1, 2)
    for fold in range(folds):
        place = folder / f"fold_{fold}"
        place.mkdir()
        net = bright_nnunet(facts)
        checkpoint = {
            "network_weights": net.state_dict(),
            "optimizer_state": {"state": {}, "param_groups": [{"lr": 0.01}]},
            "grad_scaler_state": None,
            "logging": {"mean_fg_dice": [np.float64(0.9), np.float32(0.8)], "lrs": [0.01]},
            "_best_ema": np.float64(0.88),
            "current_epoch": 3,
            "init_args": {"configuration": "3d_fullres", "fold": fold},
            "trainer_name": "nnUNetTrainer",
            "inference_allowed_mirroring_axes": (0, 1, 2),
        }
        torch.save(checkpoint, place / "checkpoint_final.pth")
    return folder


def bright_nnunet(facts):
    """Normalised by itself, an image's bright part stays its brightest: read it off one channel."""
    import torch

    from medview.zoo.foreign.nnunet_networks import new_network

    torch.manual_seed(5)
    net = new_network(facts)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(0.02)
        fine = (net.encoder.stem if net.encoder.has_stem else net.encoder.stages[0][0]).convs[0]
        _pass_on(fine, 0)
        if net.encoder.has_stem:
            block = net.encoder.stages[0].blocks[0]
            for part in (block.conv1, block.conv2):
                part.conv.weight.zero_()
                part.norm.weight.zero_()
        last = net.decoder.stages[-1].convs[0]
        _pass_on(last, 4)
        head = net.decoder.seg_layers[-1]
        head.weight.zero_()
        head.weight[1, 0] = 8.0
        head.weight[0, 0] = -8.0
        head.bias[0], head.bias[1] = 6.0, -6.0
    return net


def _pass_on(block, channel: int) -> None:
    block.conv.weight[0].zero_()
    middle = tuple(size // 2 for size in block.conv.weight.shape[2:])
    block.conv.weight[(0, channel, *middle)] = 1.0
    block.conv.bias.zero_()
    block.norm.weight.fill_(1.0)
    block.norm.bias.zero_()


# MONAI

METADATA = {
    "name": "Bright things",
    "version": "0.1.0",
    "description": "Marks what is bright.",
    "license": "Apache-2.0",
    "references": ["Somebody, somewhere, 2024."],
    "network_data_format": {
        "inputs": {"image": {"modality": "MR", "num_channels": 1, "channel_def": {"0": "image"}}},
        "outputs": {"pred": {"num_channels": 2, "channel_def": {"0": "background", "1": "bright"}}},
    },
}
INFERENCE = {
    "network_def": {
        "_target_": "UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 2,
        "channels": [4, 8], "strides": [2], "num_res_units": 1, "norm": "batch",
    },
    "network": "@network_def",
    "preprocessing": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "LoadImaged", "keys": "image"},
            {"_target_": "EnsureChannelFirstd", "keys": "image"},
            {"_target_": "Orientationd", "keys": "image", "axcodes": "LPS"},
            {"_target_": "Spacingd", "keys": "image", "pixdim": [1.0, 1.0, 1.0], "mode": "bilinear"},
            {"_target_": "ScaleIntensityRanged", "keys": "image", "a_min": 0, "a_max": 1, "b_min": 0,
             "b_max": 1, "clip": True},
            {"_target_": "EnsureTyped", "keys": "image"},
        ],
    },
    "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [16, 16, 16], "overlap": 0.25},
    "postprocessing": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "Activationsd", "keys": "pred", "softmax": True},
            {"_target_": "Invertd", "keys": "pred", "transform": "@preprocessing", "orig_keys": "image"},
            {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
        ],
    },
}  # fmt: skip


def monai_folder(parent: Path, inference: dict | None = None) -> Path:
    import torch

    folder = parent / "bright_bundle"
    (folder / "configs").mkdir(parents=True)
    (folder / "models").mkdir()
    (folder / "configs" / "metadata.json").write_text(json.dumps(METADATA))
    (folder / "configs" / "inference.json").write_text(json.dumps(inference or INFERENCE))
    torch.save(bright_monai().state_dict(), folder / "models" / "model.pt")
    return folder


def bright_monai():
    """A UNet whose finest skip carries the image to the last, transposed convolution."""
    import torch

    from medview.zoo.foreign.monai.networks import new_network

    torch.manual_seed(5)
    net = new_network(
        {"name": "UNet", **{k: v for k, v in INFERENCE["network_def"].items() if k != "_target_"}}
    )
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        down, _skip, (up, after) = net.model
        # the shortcut takes every second voxel, and the way up repeats it
        down.residual.weight[0, 0, 1, 1, 1] = 1.0
        up.conv.weight[0, 0, 1:, 1:, 1:] = -8.0
        up.conv.weight[0, 1, 1:, 1:, 1:] = 8.0
        up.conv.bias[0], up.conv.bias[1] = 4.8, -4.8
        up.adn.N.weight.fill_(1.0)
        up.adn.A.weight.fill_(1.0)
        assert after.conv.unit0.conv.weight.abs().max() == 0
    return net.eval()
