"""What the program knows of the method before torch is loaded."""

from __future__ import annotations

from medview.ml.spec import Estimate, ModelSpec, Task
from medview.zoo.fields.params import field_params

SPEC = ModelSpec(
    id="nerfacto",
    version="1.0",
    title="Nerfacto",
    task=Task.FIELD,
    summary=(
        "Learns a scene from a film with known cameras: a hash grid with an appearance of its own for each "
        "picture, samples where two small networks propose them, all of space. For changing light."
    ),
    inputs=(),
    outputs=(),
    train_params=field_params(
        demo="8 levels up to 256 cells, 384 rays, 128, 48 and 24 samples, 1000 steps",
        card="16 levels up to 2048 cells, 4096 rays, 256, 96 and 48 samples",
        lambda_dist=0.002,
        space="contracted",
    ),
    entry="medview.zoo.fields.rendering:render",
    train_entry="medview.zoo.fields.nerfacto.training:train",
    estimate=Estimate(),
    licence="Apache-2.0",
    citation=(
        "Nguyen KT, Tozzi F, Rashidian N, Willaert W, Vankerschaver J, De Neve W. Towards Abdominal 3-D "
        "Scene Rendering from Laparoscopy Surgical Videos Using NeRFs. MLMI 2023, LNCS 14348. Tancik M, "
        "Weber E, Ng E, et al. Nerfstudio: A Modular Framework for Neural Radiance Field Development. "
        "SIGGRAPH 2023."
    ),
    note="Synthetic views of arbitrary scale, not for measurement.",
)
