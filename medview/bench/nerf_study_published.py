"""What the paper published: data that a repetition is printed beside.

Nguyen KT, Tozzi F, Rashidian N, Willaert W, Vankerschaver J, De Neve W. Towards Abdominal 3-D Scene Rendering
from Laparoscopy Surgical Videos Using NeRFs. MLMI 2023, LNCS 14348, pp. 83-93: the tables of poses and of
image quality. Its film is private; one video of 2,784 frames, an RTX A6000. LPIPS needs weights and is left
to the tables. What stands under `PROTOTYPE` is not the paper's: it was measured for the method file P09 with
a prototype on the synthetic abdomen, one seed a setting.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "Nguyen et al., MLMI 2023 (P09)"


@dataclass(frozen=True)
class PublishedPoses:
    """Frames given, method, poses found, hours, minutes, seconds."""

    frames: int
    method: str
    found: int
    time: str


@dataclass(frozen=True)
class PublishedQuality:
    """Poses, method; mean and deviation over the evaluation views of PSNR in dB, SSIM and LPIPS."""

    poses: int
    method: str
    psnr: tuple[float, float]
    ssim: tuple[float, float]
    lpips: tuple[float, float]


@dataclass(frozen=True)
class PrototypeQuality:
    """Synthetic abdomen: setting, views, steps, PSNR in the circle, against rimless and rimmed truth."""

    is_masked: bool
    views: int
    steps: int
    circle: float
    rimless: float
    rimmed: float


POSES = (
    PublishedPoses(310, "COLMAP", 62, "0:08:26"),
    PublishedPoses(310, "HLOC", 43, "1:08:39"),
    PublishedPoses(310, "LocalRF", 310, "23:20:52"),
    PublishedPoses(1392, "COLMAP", 376, "0:49:29"),
    PublishedPoses(1392, "HLOC", 647, "21:51:34"),
    PublishedPoses(1392, "LocalRF", 1392, "75:10:54"),
    PublishedPoses(2784, "COLMAP", 2667, "4:32:53"),
)
_NGP, _ACC = "Instant-NGP", "NerfAcc"
QUALITY = (
    PublishedQuality(62, _ACC, (12.760, 0.424), (0.764, 0.018), (0.448, 0.020)),
    PublishedQuality(62, _NGP, (12.769, 0.231), (0.763, 0.008), (0.470, 0.028)),
    PublishedQuality(310, _ACC, (12.520, 2.439), (0.674, 0.084), (0.619, 0.097)),
    PublishedQuality(310, _NGP, (13.558, 1.620), (0.714, 0.051), (0.609, 0.099)),
    PublishedQuality(647, _ACC, (13.817, 1.447), (0.730, 0.044), (0.510, 0.084)),
    PublishedQuality(647, _NGP, (14.136, 1.350), (0.744, 0.034), (0.472, 0.053)),
    PublishedQuality(1392, _ACC, (13.602, 1.598), (0.704, 0.044), (0.548, 0.055)),
    PublishedQuality(1392, _NGP, (14.694, 1.244), (0.746, 0.025), (0.538, 0.051)),
    PublishedQuality(2667, _ACC, (14.226, 1.526), (0.713, 0.039), (0.529, 0.058)),
    PublishedQuality(2667, _NGP, (14.512, 1.549), (0.757, 0.025), (0.450, 0.050)),
)
PROTOTYPE = (
    PrototypeQuality(True, 36, 500, 32.5, 31.3, 11.6),
    PrototypeQuality(False, 36, 500, 17.9, 14.2, 14.1),
    PrototypeQuality(True, 6, 300, 24.3, 23.0, 11.7),
    PrototypeQuality(True, 12, 300, 28.0, 26.8, 11.7),
    PrototypeQuality(True, 36, 300, 30.0, 28.9, 11.7),
)
