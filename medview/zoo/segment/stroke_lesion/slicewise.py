"""The network as the slice engine sees it: which maps it gives, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import Tensor, nn

from medview.zoo.belief import Belief, foreground
from medview.zoo.segment.stroke_lesion.data import nothing
from medview.zoo.segment.stroke_lesion.losses import unweighted
from medview.zoo.segment.stroke_lesion.network import StrokeNet
from medview.zoo.segment.stroke_lesion.settings import WIDTHS, NetworkSettings
from medview.zoo.slicewise.belief_maps import belief_passes, belief_pictures
from medview.zoo.slicewise.frames import stretched_frame
from medview.zoo.slicewise.intensity import Normalisation, min_max
from medview.zoo.slicewise.maps import Maps, MostLikely, OutputMap, Picture, Thresholded
from medview.zoo.slicewise.model import Forward, SliceModel

CLIPPED_PERCENT = 0.1
LEVELS = 6
FINEST = "finest"
"""The map of p6."""
ANY = "any"
"""The probability of a lesion: of CT, that of lesion or boundary, which is what doubt is told of."""
LESION_OF_CLASS = (0, 1, 1)
"""CT: the boundary lies within the lesion."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run shall give, and how maps are scaled.

    Args:
        belief: What is told of the doubt.
        threshold: Of the lesion, for MRI.
        attention: Also the attention maps.
        deep_outputs: Also the coarser outputs.
        is_clipped: Cut outliers off first.
    """

    belief: Belief = field(default_factory=Belief)
    threshold: float = 0.5
    attention: bool = False
    deep_outputs: bool = False
    is_clipped: bool = False

    @classmethod
    def of(cls, params: Mapping[str, Any], card: Mapping[str, Any], settings: NetworkSettings) -> Wanted:
        """Read parameters of the spec and settings of a card; without attention there are no maps of it."""
        return cls(
            belief=Belief.wanted(params, card),
            threshold=float(params.get("threshold", 0.5)),
            attention=bool(params.get("attention", False)) and settings.has_attention,
            deep_outputs=bool(params.get("deep_outputs", False)),
            is_clipped=bool(params.get("clip_percentile", False)),
        )

    @property
    def evidence(self) -> tuple[str, ...]:
        """Names of the network's further maps that become images of their own."""
        levels = [f"attention_{level}" for level in range(1, LEVELS + 1)] if self.attention else []
        outputs = [f"output_{number}" for number in range(1, LEVELS)] if self.deep_outputs else []
        return (*levels, *outputs)


class LesionMaps(nn.Module):
    """The maps that a run needs, and no more.

    Args:
        net: Trained.
        wanted: Whether attention and coarser outputs are needed.
        class_weights: Of the training, to be taken back.
    """

    def __init__(self, net: StrokeNet, wanted: Wanted, class_weights: Sequence[float] = ()) -> None:
        super().__init__()
        self.net, self._class_weights = net, tuple(class_weights)
        self._attention, self._deep = wanted.attention, wanted.deep_outputs

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (B, maps, H, W) to p6 (B, classes, H, W), and on request a1 … a6 and lesion p1 … p5."""
        prediction = self.net(x, need_all=self._deep)
        *coarse, finest = (unweighted(p, self._class_weights) for p in prediction.probabilities())
        maps = [finest]
        if self._attention:
            maps += prediction.attention
        if self._deep:
            maps += [p if p.shape[1] == 1 else 1 - p[:, :1] for p in coarse]
        return tuple(maps)


def slice_model(
    net: StrokeNet, settings: NetworkSettings, wanted: Wanted, present: Sequence[str]
) -> SliceModel:
    """The network, its frame and the outputs that were asked for.

    Args:
        net: Trained.
        settings: What it was made for.
        wanted: What to give.
        present: Roles that the run has; volumes of the others are read as zeros.
    """
    scale: Normalisation = min_max
    if wanted.is_clipped:
        scale = partial(min_max, clipped_percent=CLIPPED_PERCENT)
    return SliceModel(
        network=LesionMaps(net, wanted, settings.class_weights),
        maps=(FINEST, *wanted.evidence),
        normalise=[scale if role in present else nothing for role in settings.roles],
        frame=stretched_frame((settings.side_px, settings.side_px)),
        outputs=_outputs(settings, wanted),
        channels=WIDTHS[settings.width][0],
        passes=_passes(wanted.belief),
    )


def _passes(belief: Belief) -> Callable[[Forward, Tensor], Maps]:
    mirrored = belief_passes(belief, FINEST)

    def passes(forward: Forward, slices: Tensor) -> Maps:
        maps = mirrored(forward, slices)
        return {**maps, ANY: foreground(maps[FINEST])}

    return passes


def _outputs(settings: NetworkSettings, wanted: Wanted) -> list[OutputMap]:
    belief = wanted.belief
    if settings.classes == 1:
        then = belief.calibrated
        lesion: OutputMap = Thresholded(name="lesion", of=ANY, level=wanted.threshold, then=then)
    else:
        # the likeliest class stays so at every temperature
        lesion = MostLikely(name="lesion", of=FINEST, values=LESION_OF_CLASS)
    evidence = (Picture(name=name, of=name, low=0.0, high=1.0) for name in wanted.evidence)
    return [lesion, *belief_pictures(belief, ANY), *evidence]
