"""Training parameters that all fields share (P09, in the viewer), so that a word means the same everywhere.

What concerns the reading of a capture (frames, crop, circle, tool masks) is no parameter of a training. The
seed and the device are fields of every request. No torch.
"""

from __future__ import annotations

from medview.core.params import Bool, Choice, Float, Int, Param, Text

LENGTHS = ("steps",)
"""Shared parameters that may differ when a training is resumed."""


def field_params(
    demo: str, card: str, *, lambda_depth: float = 0.1, lambda_dist: float = 0.0, space: str = "box"
) -> tuple[Param, ...]:
    """The shared parameters.

    Args:
        demo: What the preset ``cpu-demo`` means for the method, in words.
        card: What ``gpu-default`` means.
        lambda_depth: Default weight of known depths.
        lambda_dist: Default weight against floaters.
        space: Default extent of the scene.
    """
    return (
        _preset(demo, card),
        *_SIZES,
        _POSE_REFINE,
        _PROGRESSIVE,
        _APPEND_EVERY,
        _lambda_dist(lambda_dist),
        _lambda_depth(lambda_depth),
        _DEPTH_FROM_POINTS,
        _HELD_OUT,
        _NORMALISE,
        _space(space),
        *_SCENE,
        _BACKGROUND,
        _CELLS,
    )


def _preset(demo: str, card: str) -> Choice:
    return Choice(
        name="preset",
        title="Preset",
        help=f"For a CPU: {demo}. For a graphics card: {card}. Automatic takes what fits the device.",
        default="auto",
        choices=("auto", "cpu-demo", "gpu-default"),
        titles=("Automatic", "For a CPU", "For a graphics card"),
    )


_SIZES: tuple[Param, ...] = (
    Int(
        name="steps",
        title="Steps",
        help="How long it learns; 0: as the preset says, on a graphics card by the number of pictures.",
        default=0,
        minimum=0,
        maximum=1_000_000,
        lowest_word="as the preset says",
    ),
    Int(
        name="rays",
        title="Rays in a step",
        help="Pixels that a step learns from; more give calmer learning and longer steps.",
        default=0,
        minimum=0,
        maximum=65_536,
        lowest_word="as the preset says",
    ),
    Int(
        name="samples",
        title="Samples on a ray",
        help="Places that the field is asked for along each ray, the most where their number varies.",
        default=0,
        minimum=0,
        maximum=4096,
        lowest_word="as the preset says",
    ),
)
_POSE_REFINE = Bool(
    name="pose_refine",
    title="Refine poses",
    help="Correct the cameras while learning. Needs 1000 steps and more; of no use where poses are exact.",
    default=False,
)
_PROGRESSIVE = Bool(
    name="progressive",
    title="Find poses from picture to picture",
    help=(
        "Experimental, for dense films whose poses could not be found: begins with five known poses "
        "and appends one after the other at its predecessor's pose. It lessens errors, it does not end them."
    ),
    default=False,
    advanced=True,
)
_APPEND_EVERY = Int(
    name="append_every",
    title="Steps between two pictures",
    help="How long the newest picture is learned before the next one comes; with the setting above only.",
    default=75,
    minimum=1,
    maximum=10_000,
    advanced=True,
)
_DEPTH_FROM_POINTS = Bool(
    name="depth_from_points",
    title="Depths from surface points",
    help="Where no depth maps are known: take depths from the known surface points that a camera sees.",
    default=False,
    advanced=True,
)
_HELD_OUT = Text(
    name="held_out",
    title="Held-out views",
    help="Numbers of the views that are not learned from, from 0, such as 4, 14; empty: every tenth.",
    advanced=True,
)
_NORMALISE = Bool(
    name="normalise",
    title="Normalise the scene",
    help="Bring the cameras within -1 and 1, upright, before learning; off: the capture's coordinates.",
    default=True,
    advanced=True,
)
_SCENE: tuple[Param, ...] = (
    Float(
        name="near",
        title="Nearest",
        help=(
            "Distance of the first sample in the scene; 0: half of the nearest known depth, or 0.05 where "
            "none is known."
        ),
        default=0.0,
        minimum=0.0,
        maximum=1e6,
        advanced=True,
    ),
    Float(
        name="far",
        title="Farthest",
        help="Distance of the last sample; 0: a quarter beyond the farthest known depth, or across the box.",
        default=0.0,
        minimum=0.0,
        maximum=1e6,
        advanced=True,
    ),
    Text(
        name="box",
        title="Box",
        help=(
            "Six numbers in the scene, lower corner then upper; empty: around cameras and known surface, or, "
            "where none is known, around cameras and what they look at."
        ),
        advanced=True,
    ),
)
_BACKGROUND = Choice(
    name="background",
    title="Background while learning",
    help="Random colours teach that tissue is opaque; black suits objects before a black background.",
    default="random",
    choices=("random", "black"),
    titles=("Random colours", "Black"),
    advanced=True,
)
_CELLS = Int(
    name="cells",
    title="Cells while moving",
    help="Cells a side of the coarse copy that stands for the field while the view moves.",
    default=96,
    minimum=16,
    maximum=256,
    advanced=True,
)


def _lambda_depth(default: float) -> Float:
    return Float(
        name="lambda_depth",
        title="Weight of known depths",
        help="Weight of the error of depth where depths are known, such as in stereo endoscopy; 0: none.",
        default=default,
        minimum=0.0,
        maximum=100.0,
        advanced=True,
    )


def _lambda_dist(default: float) -> Float:
    return Float(
        name="lambda_dist",
        title="Weight against floaters",
        help="Weight of the distortion loss, which draws each ray's weights together.",
        default=default,
        minimum=0.0,
        maximum=10.0,
        advanced=True,
    )


def _space(default: str) -> Choice:
    return Choice(
        name="space",
        title="Extent of the scene",
        help="A box with nothing outside of it, or all of space with what is far away squeezed.",
        default=default,
        choices=("box", "contracted"),
        titles=("A box", "All of space"),
        advanced=True,
    )
