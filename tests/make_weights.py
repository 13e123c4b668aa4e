"""Writes a model folder for t2-vessels, small and untrained: ``python make_weights.py FOLDER``.

The last bias is set so that about one voxel in a hundred of a noisy disc counts as vessel.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from medview.ml.card import WEIGHTS_NAME, ModelCard, file_sha256, write_card
from medview.zoo.inference import save_weights
from medview.zoo.segment.t2_vessels.model_folder import new_network
from medview.zoo.segment.t2_vessels.settings import NetworkSettings
from medview.zoo.segment.t2_vessels.spec import SPEC


def main(folder: Path) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    settings = NetworkSettings(width="small", pixel_spacing_mm=2.0)
    net = new_network(settings).eval()
    with torch.inference_mode():
        found = torch.logit(net(torch.rand(1, 1, 96, 96), need_reconstruction=False).vessels)
        net.synthesis.head.bias -= found.quantile(0.99)
    save_weights(net.state_dict(), folder / WEIGHTS_NAME)
    card = ModelCard(
        model_id=SPEC.id,
        version=SPEC.version,
        title="Quick and untrained",
        sha256=file_sha256(folder / WEIGHTS_NAME),
        settings=settings.as_table(),
    )
    write_card(folder, card)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
