"""What the program knows of the method before torch is loaded."""

from __future__ import annotations

from medview.ml.spec import ModelSpec, Task
from medview.zoo.fields.params import field_params

SPEC = ModelSpec(
    id="nerf",
    version="1.0",
    title="NeRF (reference)",
    task=Task.FIELD,
    summary=(
        "The first radiance field: sines of the position and one deep network. Slow; it is here as the "
        "reference that the others are compared with."
    ),
    inputs=(),
    outputs=(),
    train_params=field_params(
        demo="256 rays, 40 samples, 1000 steps",
        card="4096 rays, 192 samples, steps by the number of pictures",
    ),
    entry="medview.zoo.fields.rendering:render",
    train_entry="medview.zoo.fields.nerf.training:train",
    licence="Apache-2.0",
    citation=(
        "Mildenhall B, Srinivasan PP, Tancik M, Barron JT, Ramamoorthi R, Ng R. NeRF: Representing Scenes "
        "as Neural Radiance Fields for View Synthesis. ECCV 2020."
    ),
    note="Synthetic views of arbitrary scale, not for measurement.",
)
