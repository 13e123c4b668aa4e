"""What the program knows of the method before torch is loaded."""

from __future__ import annotations

from medview.core.params import Choice
from medview.ml.spec import Estimate, ModelSpec, Task
from medview.zoo.fields.params import field_params

SPEC = ModelSpec(
    id="instant-ngp",
    version="1.0",
    title="Instant-NGP",
    task=Task.FIELD,
    summary=(
        "Learns a scene from a film with known cameras, so that it can be looked at from anywhere: a hash "
        "grid of many resolutions and two small networks. The best method of the laparoscopy study."
    ),
    inputs=(),
    outputs=(),
    train_params=(
        *field_params(
            demo="8 levels up to 256 cells, 384 rays, 40 samples, 1000 steps",
            card="16 levels up to 2048 cells, 4096 rays, at most 1024 samples, an occupancy grid",
        ),
        Choice(
            name="occupancy",
            title="Occupancy grid",
            help="Remembers where nothing is and asks the field elsewhere only. Pays in long trainings.",
            default="auto",
            choices=("auto", "off", "64", "128"),
            titles=("As the preset says", "Off", "64 cells a side", "128 cells a side"),
            advanced=True,
        ),
    ),
    entry="medview.zoo.fields.rendering:render",
    train_entry="medview.zoo.fields.instant_ngp.training:train",
    estimate=Estimate(),
    licence="Apache-2.0",
    citation=(
        "Nguyen KT, Tozzi F, Rashidian N, Willaert W, Vankerschaver J, De Neve W. Towards Abdominal 3-D "
        "Scene Rendering from Laparoscopy Surgical Videos Using NeRFs. MLMI 2023, LNCS 14348. "
        "Müller T, Evans A, Schied C, Keller A. Instant Neural Graphics Primitives with a Multiresolution "
        "Hash Encoding. ACM TOG 2022."
    ),
    note="Synthetic views of arbitrary scale, not for measurement.",
)
