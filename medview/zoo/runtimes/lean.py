"""A network rewritten for inference: the same numbers up to rounding from fewer operations.

Every rule replaces neighbours in a sequence, or one module, by what computes the same:

- a batch normalisation with fixed statistics is folded into the convolution before it,
- a 3x3 convolution of a map whose pixels were doubled becomes one transposed convolution of stride 2, which
  multiplies 4 times per pixel instead of 9 and never makes the doubled map (see `doubled_kernel`),
- instance normalisation works on channels-last memory as it lies, where torch's own would copy it twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from medview.zoo.blocks import DoublingConv

Rule = Callable[[nn.Module], nn.Module | None]
"""What a module becomes; None: it stays."""


class ChannelsLastInstanceNorm(nn.Module):
    """Instance normalisation of (N, C, …) by numbers of the batch itself.

    Torch's own copies channels-last memory twice, and its group normalisation adds up in single precision one
    pixel after the other, which costs three digits on large slices. Means of torch are pairwise sums.

    Args:
        norm: What it stands for; without running statistics.
    """

    def __init__(self, norm: nn.InstanceNorm2d | nn.InstanceNorm3d) -> None:
        super().__init__()
        self._eps = norm.eps
        self._axes = (2, 3, 4) if isinstance(norm, nn.InstanceNorm3d) else (2, 3)
        shape = (1, norm.num_features, *(1 for _ in self._axes))
        weight, bias = norm.weight, norm.bias
        self.register_buffer("weight", torch.ones(shape) if weight is None else weight.detach().view(shape))
        self.register_buffer("bias", torch.zeros(shape) if bias is None else bias.detach().view(shape))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, …) to (N, C, …): (x - mean) / sqrt(variance + eps), scaled and shifted."""
        mean = x.mean(self._axes, keepdim=True)
        variance = x.square().mean(self._axes, keepdim=True) - mean.square()
        scale = self.weight * torch.rsqrt(variance.clamp(min=0) + self._eps)
        return torch.addcmul(self.bias - mean * scale, x, scale)


class LeanDoublingConv(nn.Module):
    """A `DoublingConv` without the doubled map and without putting maps side by side.

    Args:
        conv: What it stands for.
    """

    def __init__(self, conv: DoublingConv) -> None:
        super().__init__()
        weight = conv.weight.detach()
        self.below = _transposed(weight[:, : conv.channels_below], conv.bias)
        self.skip = nn.Conv2d(weight.shape[1] - conv.channels_below, len(weight), 3, padding=1, bias=False)
        self.skip.weight = nn.Parameter(weight[:, conv.channels_below :].clone())

    def forward(self, maps: tuple[Tensor, Tensor]) -> Tensor:
        """Map (N, D, h, w) and (N, C, 2h, 2w) to (N, K, 2h, 2w)."""
        below, skip = maps
        out: Tensor = self.below(below).add_(self.skip(skip))
        return out


def lean(network: nn.Module, with_norms: bool = True) -> nn.Module:
    """The network after all rules, ready to run; weights that no rule touches are shared with the original.

    Args:
        network: Trained; it is not changed.
        with_norms: Rewrite instance normalisation too, which pays for torch only.
    """
    network = shell(network)
    rules = (_lean_doubling, *((_lean_norm,) if with_norms else ()))
    for join in (_fold_norms, _join_doublings):
        for module in list(network.modules()):
            if isinstance(module, nn.Sequential):
                join(module)
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            for rule in rules:
                found = rule(child)
                if found is not None:
                    setattr(module, name, found)
    return network.eval()


def placed(network: nn.Module, device: str, memory_format: torch.memory_format) -> nn.Module:
    """The network (as `lean` made it) with its weights on a device, kernels of so many axes in a format.

    The original's weights stay as and where they are.
    """
    axes = 4 if memory_format == torch.channels_last else 5
    for module in network.modules():
        for name, value in module._parameters.items():
            if value is not None:
                layout = memory_format if value.ndim == axes else torch.preserve_format
                moved = value.detach().to(device, memory_format=layout)
                module._parameters[name] = nn.Parameter(moved, requires_grad=False)
        for name, value in module._buffers.items():
            module._buffers[name] = None if value is None else value.to(device)
    return network


def shell(network: nn.Module) -> nn.Module:
    """A network of its own, down to the leaves, around the same weights: copies cost time."""
    return _shell(network, {})


def _shell(module: nn.Module, made: dict[int, nn.Module]) -> nn.Module:
    if id(module) not in made:
        shell = made[id(module)] = type(module).__new__(type(module))
        shell.__dict__.update(module.__dict__)
        for name in ("_parameters", "_buffers", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs"):
            shell.__dict__[name] = module.__dict__[name].copy()
        children = module._modules.items()
        shell.__dict__["_modules"] = {
            name: None if child is None else _shell(child, made) for name, child in children
        }
    return made[id(module)]


def doubled_kernel(weight: Tensor) -> Tensor:
    """The kernel (C, K, 4, 4) of a transposed convolution (stride 2, padding 1) that doubles and convolves.

    Where every pixel of a map is repeated twice along both axes and a 3x3 kernel (K, C, 3, 3) goes over it
    with zeros around, two of its three rows, and columns, meet the same pixel of the map, so that their
    weights may be added beforehand; border pixels, too, come out the same.
    """
    kernel = weight.new_zeros(*weight.shape[:2], 4, 4)
    for row, column in itertools.product((0, 1), repeat=2):
        kernel[:, :, row : row + 3, column : column + 3] += weight
    return kernel.flip(2, 3).transpose(0, 1).contiguous()


def _transposed(weight: Tensor, bias: Tensor | None) -> nn.ConvTranspose2d:
    kernel = doubled_kernel(weight.detach())
    made = nn.ConvTranspose2d(*kernel.shape[:2], 4, stride=2, padding=1, bias=bias is not None)
    made.weight = nn.Parameter(kernel)
    if bias is not None:
        made.bias = nn.Parameter(bias.detach().clone())
    return made


def _fold_norms(module: nn.Sequential) -> None:
    for before, after in itertools.pairwise(range(len(module))):
        if _is_foldable(module[before], module[after]):
            _fold(module[before], module[after])
            module[after] = nn.Identity()


def _fold(conv: nn.Module, norm: nn.Module) -> None:
    numbers = norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    weight, bias = fuse_conv_bn_weights(conv.weight, conv.bias, *numbers)
    for name, value in (("weight", weight), ("bias", bias)):
        conv._parameters[name] = nn.Parameter(value.detach(), requires_grad=False)


def _join_doublings(module: nn.Sequential) -> None:
    for before, after in itertools.pairwise(range(len(module))):
        holder, place = _head(module, after)
        conv = holder[place]
        if _is_doubling(module[before]) and _is_plain_3x3(conv):
            module[before], holder[place] = nn.Identity(), _transposed(conv.weight, conv.bias)


def _head(module: nn.Sequential, place: int) -> tuple[nn.Sequential, int]:
    """Where the first layer lies of what may be sequences within sequences."""
    while isinstance(module[place], nn.Sequential) and len(module[place]):
        module, place = module[place], 0
    return module, place


def _is_foldable(first: nn.Module, second: nn.Module) -> bool:
    return (
        isinstance(first, nn.Conv2d | nn.Conv3d)
        and isinstance(second, nn.BatchNorm2d | nn.BatchNorm3d)
        and second.track_running_stats
    )


def _is_doubling(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Upsample) and layer.mode == "nearest" and layer.scale_factor == 2.0


def _is_plain_3x3(layer: nn.Module) -> bool:
    if type(layer) is not nn.Conv2d or layer.groups != 1 or layer.padding_mode != "zeros":
        return False
    numbers = layer.kernel_size, layer.stride, layer.padding, layer.dilation
    return numbers == ((3, 3), (1, 1), (1, 1), (1, 1))


def _lean_doubling(module: nn.Module) -> nn.Module | None:
    return LeanDoublingConv(module) if isinstance(module, DoublingConv) else None


def _lean_norm(module: nn.Module) -> nn.Module | None:
    is_instance = isinstance(module, nn.InstanceNorm2d | nn.InstanceNorm3d)
    return ChannelsLastInstanceNorm(module) if is_instance and not module.track_running_stats else None
