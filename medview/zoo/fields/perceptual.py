"""Features of AlexNet and VGG16 for LPIPS, from weights that the user supplies.

Networks: Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014 (AlexNet, five
convolutions), and Simonyan and Zisserman, ICLR 2015 (VGG16); layers, scaling of the colours and the linear
layers as in Zhang et al., CVPR 2018, version 0.1. No weights lie in this program and none are fetched.

A file is a state dictionary as ``.safetensors`` or PyTorch's own format (read without unpickling code). It
holds the convolutions (``features.N.weight`` as torchvision names them, or ``net.sliceK.N.weight`` as LPIPS
does) and the linear layers (``linK.model.1.weight`` or ``lins.K.model.1.weight``). Both may lie in one file,
or in two files of one folder, which is then named.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.measure.perceptual import PerceptualDistance, perceptual_distance

_MOST_BYTES = 2**30
_ENDINGS = (".safetensors", ".pt", ".pth")
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
_CONVOLUTION = re.compile(r"(?:features|net\.slice\d+)\.(\d+)\.(weight|bias)")
_LINEAR = re.compile(r"(?:lin|lins\.)(\d+)\.model\.1\.weight")
Conv = tuple[int, int, int, int, int]
#: Number in the network, channels out, kernel, stride, padding; and after which numbers features are taken.
ALEXNET: tuple[tuple[Conv, ...], tuple[int, ...]] = (
    ((0, 64, 11, 4, 2), (3, 192, 5, 1, 2), (6, 384, 3, 1, 1), (8, 256, 3, 1, 1), (10, 256, 3, 1, 1)),
    (0, 3, 6, 8, 10),
)
VGG16: tuple[tuple[Conv, ...], tuple[int, ...]] = (
    tuple(
        (number, channels, 3, 1, 1)
        for number, channels in zip(
            (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
            (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512),
            strict=True,
        )
    ),
    (2, 7, 14, 21, 28),
)
_POOLS = {11: (3, 2), 3: (2, 2)}
"""Kernel and stride of the pooling, by the kernel of the first convolution."""


class PerceptualNet(nn.Module):
    """Convolutions with features taken after some of them, and a weight for each feature.

    Args:
        plan: `ALEXNET` or `VGG16`.
    """

    def __init__(self, plan: tuple[tuple[Conv, ...], tuple[int, ...]] = ALEXNET) -> None:
        super().__init__()
        convolutions, self._taps = plan
        pool, stride = _POOLS[convolutions[0][2]]
        self._pool = nn.MaxPool2d(pool, stride)
        inputs = (3, *(channels for _, channels, _, _, _ in convolutions))
        self.features = nn.ModuleDict(
            {
                str(number): nn.Conv2d(given, channels, kernel, step, padding)
                for given, (number, channels, kernel, step, padding) in zip(
                    inputs, convolutions, strict=False
                )
            }
        )
        # a gap of three numbers in a row of convolution, rectifier, convolution is a pooling
        numbers = [number for number, *_ in convolutions]
        self._pooled = {after for before, after in pairwise(numbers) if after - before == 3}
        sizes = {number: channels for number, channels, *_ in convolutions}
        self.lins = nn.ParameterList([nn.Parameter(torch.zeros(sizes[tap])) for tap in self._taps])
        self.register_buffer("shift", torch.tensor(_SHIFT)[:, None, None], persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE)[:, None, None], persistent=False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(n, 3, H, W), 0-1 → (n, C, h, w) for each layer that features are taken from."""
        x = (2 * pictures - 1 - self.shift) / self.scale
        taken = []
        for number, convolution in self.features.items():
            if int(number) in self._pooled:
                x = self._pool(x)
            x = torch.relu(convolution(x))
            if int(number) in self._taps:
                taken.append(x)
        return taken

    def distance(
        self, image: NDArray[np.floating], truth: NDArray[np.floating], valid: NDArray[np.bool_]
    ) -> PerceptualDistance:
        """LPIPS of two pictures (H, W, 3), 0-1, where pixels `valid` (H, W) count for the circle."""
        pair = torch.from_numpy(np.stack([image, truth]).astype(np.float32)).permute(0, 3, 1, 2)
        with torch.inference_mode():
            features = self(pair.to(self.lins[0].device))
        one, other = ([layer[place].double().cpu().numpy() for layer in features] for place in (0, 1))
        weights = [weight.detach().double().cpu().numpy() for weight in self.lins]
        return perceptual_distance(one, other, weights, valid)


def load_perceptual(path: Path) -> PerceptualNet:
    """The network with weights from a file, or from the files of a folder.

    Raises:
        InputRefused: Nothing there can be read, or tensors are missing or of other sizes.
    """
    title = f"Cannot use the weights {path.name}"
    tensors = _sorted_out(_read(path, title))
    first = tensors.get("features.0.weight")
    if first is None:
        raise InputRefused(
            title, "they hold no convolutions", "Choose the features of AlexNet or VGG16 with LPIPS's layers."
        )
    net = PerceptualNet(ALEXNET if first.shape[-1] == 11 else VGG16)
    try:
        net.load_state_dict(tensors)
    except RuntimeError as reason:
        lines = str(reason).splitlines()
        raise InputRefused(title, f"they do not fit: {lines[-1].strip()}") from reason
    return net.eval()


def distances(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Any
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: LPIPS of pairs of pictures.

    Args:
        payload: ``weights``: path of the file or folder.
        arrays: ``images`` and ``truths`` (n, H, W, 3), 0-1, and ``valid`` (n, H, W).
        link: Told of every pair.

    Returns:
        ``lpips``: a list of {``circle``, ``frame``}, one for each pair.
    """
    net, found = load_perceptual(Path(payload["weights"])), []
    pairs = zip(arrays["images"], arrays["truths"], arrays["valid"], strict=True)
    for number, (image, truth, valid) in enumerate(pairs):
        link.progress(number / len(arrays["images"]), f"comparing view {number + 1}")
        found.append(vars(net.distance(image, truth, valid.astype(bool))))
    return {"lpips": found}, {}


def _read(path: Path, title: str) -> dict[str, Tensor]:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    chosen = [file for file in files if file.suffix in _ENDINGS]
    if not chosen:
        raise InputRefused(title, f"no file there ends with {', '.join(_ENDINGS)}")
    tensors: dict[str, Tensor] = {}
    for file in chosen:
        tensors |= _tensors_of(file, title)
    return tensors


def _tensors_of(file: Path, title: str) -> dict[str, Tensor]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputRefused(title, f"{file.name} is larger than any of these networks")
        if file.suffix == ".safetensors":
            return dict(load_file(file))
        loaded = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as reason:
        raise InputRefused(title, f"{file.name} cannot be read as tensors") from reason
    if not isinstance(loaded, Mapping):
        raise InputRefused(title, f"{file.name} holds no state dictionary")
    return {str(name): tensor for name, tensor in loaded.items() if isinstance(tensor, Tensor)}


def _sorted_out(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of this module for those of torchvision and LPIPS; whatever else is there is left out."""
    found = {}
    for name, tensor in tensors.items():
        if convolution := _CONVOLUTION.fullmatch(name):
            found[f"features.{convolution[1]}.{convolution[2]}"] = tensor
        elif linear := _LINEAR.fullmatch(name):
            found[f"lins.{linear[1]}"] = tensor.flatten()
    return found
