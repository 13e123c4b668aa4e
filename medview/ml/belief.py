"""How sure a segmentation is: the parameters and outputs that every segmentation model shares.

A spec concatenates them: ``params=(*OWN, *BELIEF_PARAMS)`` and
``outputs=(*OWN, *belief_outputs("Vessel"))``. The other half, in torch, is `medview.zoo.belief`.
"""

from __future__ import annotations

from medview.core.params import Bool, Choice, Param
from medview.ml.spec import OutputSpec

FLIPS = {"off": 1, "flip": 2, "flips": 4}
"""Choices of the parameter ``spread`` and how often each runs the network."""

BELIEF_OUTPUTS = ("probability", "entropy", "spread")
"""Names of the outputs, which are those of the parameters that ask for them."""

LARGEST_SPREAD = 0.5
"""Of probabilities: half of them 0, the others 1."""

BELIEF_PARAMS: tuple[Param, ...] = (
    Bool(
        name="probability",
        title="Also give the probability",
        help="An image of the probability, 0 to 1, that a voxel belongs to any of the structures.",
        default=False,
    ),
    Bool(
        name="entropy",
        title="Also give the entropy",
        help="An image of the doubt, 0 (sure) to 1 (any answer is as likely): where to look first.",
        default=False,
    ),
    Choice(
        name="spread",
        title="Test-time mirroring",
        help=(
            "Runs the network on mirrored copies too, takes the mean of the answers as the result, and "
            "gives an image of how far they lie apart."
        ),
        default="off",
        choices=tuple(FLIPS),
        titles=("Off", "Left and right: 2 × the time", "Left-right and front-back: 4 × the time"),
    ),
)


def belief_outputs(structure: str, *, synthesized: bool = False) -> tuple[OutputSpec, ...]:
    """Outputs for what `BELIEF_PARAMS` ask for.

    Args:
        structure: What the model finds, as a title begins: ``"Vessel"``, ``"Lesion"``.
        synthesized: As the model's label output: what it finds was never imaged.

    Returns:
        ``probability`` (0 to 1) of any structure, ``entropy`` (0 to 1) and ``spread`` (standard deviation
        of the probability over mirrored passes, 0 to 0.5), each made on request only.
    """
    # over a scan, colour maps leave what lies below their range clear
    rows = (
        ("probability", f"{structure} probability", "viridis", (0.05, 1.0)),
        ("entropy", f"{structure} entropy (doubt)", "magma", (0.1, 1.0)),
        ("spread", f"{structure} spread over mirrored passes", "inferno", (0.02, LARGEST_SPREAD / 2)),
    )
    return tuple(
        OutputSpec(
            name=name,
            title=title,
            kind="image",
            on_request=True,
            synthesized=synthesized,
            colormap=colormap,
            value_range=ends,
        )
        for name, title, colormap, ends in rows
    )


def pass_count(spread: object) -> int:
    """How often a run with this value of the parameter ``spread`` runs the network, for forecasts."""
    return FLIPS.get(str(spread), 1)
