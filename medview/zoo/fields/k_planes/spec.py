"""What the program knows of the method before torch is loaded."""

from __future__ import annotations

from medview.core.params import Float, Int
from medview.ml.spec import Estimate, ModelSpec, Task
from medview.zoo.fields.params import field_params

SPEC = ModelSpec(
    id="k-planes",
    version="1.0",
    title="K-planes",
    task=Task.FIELD,
    summary=(
        "Learns a scene from a film with known cameras as products of planes: the fastest method on a CPU, "
        "and the one for scenes that move."
    ),
    inputs=(),
    outputs=(),
    train_params=(
        *field_params(
            demo="planes of at most 128 nodes, 12 features each, 1024 rays, 40 samples, 4000 steps",
            card="planes of at most 8 to 512 nodes, 16 features each, 4096 rays, 128 samples, 20000 steps",
            space="contracted",
        ),
        Int(
            name="instants",
            title="Nodes in time",
            help="How finely motion is resolved, in moving scenes; 0: one for two pictures, at most 100.",
            default=0,
            minimum=0,
            maximum=1000,
            lowest_word="automatic",
            advanced=True,
        ),
        Float(
            name="smooth_space",
            title="Smoothness in space",
            help="Weight against differences of neighbouring nodes; more hides noise and fine texture alike.",
            default=0.02,
            minimum=0.0,
            maximum=10.0,
            advanced=True,
        ),
        Float(
            name="smooth_time",
            title="Smoothness in time",
            help="Weight against sudden moves; moving scenes only.",
            default=0.01,
            minimum=0.0,
            maximum=10.0,
            advanced=True,
        ),
        Float(
            name="rest",
            title="Rest",
            help="Weight against motion where none is needed; moving scenes only.",
            default=0.001,
            minimum=0.0,
            maximum=10.0,
            advanced=True,
        ),
    ),
    entry="medview.zoo.fields.rendering:render",
    train_entry="medview.zoo.fields.k_planes.training:train",
    estimate=Estimate(),
    licence="Apache-2.0",
    citation=(
        "Fridovich-Keil S, Meanti G, Warburg F, Recht B, Kanazawa A. K-Planes: Explicit Radiance Fields in "
        "Space, Time, and Appearance. CVPR 2023."
    ),
    note="Synthetic views of arbitrary scale, not for measurement.",
)
