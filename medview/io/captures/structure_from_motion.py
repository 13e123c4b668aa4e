"""Poses of frames by structure from motion (P09, preprocessing 3c): incremental mapping through pycolmap.

Schönberger JL, Frahm JM. Structure-from-motion revisited. CVPR 2016. Everything that COLMAP writes on the
way lies in a scratch folder; what is returned is in our own words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused, RunFailed
from medview.core.lens import Lens
from medview.core.pose_frame import flipped_axes, inverse
from medview.io.captures.colmap_features import DATABASE_NAME, MaskOf, colmap, find_features, match_features
from medview.io.captures.colmap_model import lens_parameters
from medview.io.captures.sfm_wish import PosesWish
from medview.io.watch import Watch

FEATURES_SHARE, MATCHES_SHARE = 0.35, 0.65
"""How much of the whole is done after the features, and after the matches."""
_FEWEST_FRAMES = 3
_SHOWN_EVERY_S = 1.0
_TITLE = "Cannot find poses"
_HINT = "Take more and sharper frames, closer to each other; leave out glare, instruments and the black rim."

Points = tuple[NDArray[np.float32], NDArray[np.uint8]]
Show = Callable[[NDArray[np.float32], NDArray[np.uint8]], None]
"""Shown the points (N, 3) and colours (N, 3) of the growing scene; may raise `Cancelled`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FoundPoses:
    """Cameras of the largest connected scene that was found.

    Args:
        pictures: Those whose pose was found, in order.
        poses: (n, 4, 4) camera to scene, OpenGL axes; the unit of length is arbitrary.
        lenses: One for each.
        points: (N, 3) float32 surface points.
        points_rgb: (N, 3) uint8.
        total: Frames that were given.
        reprojection_px: Mean distance between where a point was seen and where it is computed.
        scenes: Number of scenes found that do not hang together; the others are not kept.
    """

    pictures: tuple[Path, ...]
    poses: NDArray[np.float64]
    lenses: tuple[Lens, ...]
    points: NDArray[np.float32]
    points_rgb: NDArray[np.uint8]
    total: int
    reprojection_px: float
    scenes: int

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        parts = f"; {self.scenes} scenes do not hang together, the largest is kept" if self.scenes > 1 else ""
        return (
            f"{len(self.pictures)} of {self.total} frames have a pose, {len(self.points)} points, "
            f"reprojection error {self.reprojection_px:.2f} pixels{parts}"
        )


def poses_from_motion(
    pictures: Sequence[Path], mask_of: MaskOf, wish: PosesWish, scratch: Path, watch: Watch, show: Show
) -> FoundPoses:
    """Find the cameras of pictures of one scene at rest.

    Args:
        pictures: In one folder, in the order of the video.
        mask_of: Where features are looked for.
        wish: How.
        scratch: An empty folder for files of the way.
        watch: Told of the progress; while mapping it is asked between two frames only.
        show: Shown the scene while it grows.

    Raises:
        InputRefused: Too few pictures, or one that cannot be read.
        RunFailed: pycolmap is not installed, or no scene was found.
    """
    if len(pictures) < _FEWEST_FRAMES:
        raise InputRefused(_TITLE, f"{len(pictures)} of at least {_FEWEST_FRAMES} frames are there", _HINT)
    colmap().set_random_seed(wish.seed)
    find_features(pictures, mask_of, wish, scratch, watch.between(0, FEATURES_SHARE))
    matches = match_features(pictures, wish, scratch, watch.between(FEATURES_SHARE, MATCHES_SHARE))
    if not matches:
        raise RunFailed(_TITLE, f"no two of {len(pictures)} frames show the same place", _HINT)
    scenes = _mapped(pictures, wish, scratch, watch.between(MATCHES_SHARE, 1), show)
    if not scenes:
        raise RunFailed(_TITLE, f"{len(pictures)} frames do not add up to a scene", _HINT)
    best = max(scenes, key=lambda scene: (scene.num_reg_images(), scene.num_points3D()))
    return _found(best, pictures, 1 + _apart(scenes, best))


def _apart(scenes: Sequence[Any], best: Any) -> int:
    """Scenes of which no frame is in the best; the others are earlier tries at the same place."""
    kept = set(best.reg_image_ids())
    return sum(kept.isdisjoint(scene.reg_image_ids()) for scene in scenes)


def _mapped(pictures: Sequence[Path], wish: PosesWish, scratch: Path, watch: Watch, show: Show) -> list[Any]:
    """All scenes, each of frames that hang together."""
    library = colmap()
    manager = library.ReconstructionManager()
    with library.Database.open(scratch / DATABASE_NAME) as database:
        pipeline = library.IncrementalPipeline(_mapping(library, wish, pictures[0].parent), database, manager)

        shown_s = 0.0

        def tell() -> None:
            nonlocal shown_s
            scene = manager.get(manager.size() - 1)
            count = scene.num_reg_images()
            if time.monotonic() - shown_s > _SHOWN_EVERY_S:
                show(*_cloud(scene))
                shown_s = time.monotonic()
            watch.at(count / len(pictures), f"Placing frame {count} of {len(pictures)}")

        for moment in ("INITIAL_IMAGE_PAIR_REG_CALLBACK", "NEXT_IMAGE_REG_CALLBACK"):
            pipeline.add_callback(getattr(library.IncrementalPipelineCallback, moment), tell)
        pipeline.run()
    return [manager.get(number) for number in range(manager.size())]


def _mapping(library: Any, wish: PosesWish, folder: Path) -> Any:
    options = library.IncrementalPipelineOptions()
    options.image_path = str(folder)
    options.num_threads = wish.threads
    options.min_model_size = _FEWEST_FRAMES
    for part in (options, options.mapper, options.triangulation):
        part.random_seed = wish.seed
    if wish.faint:
        _accept_less(options)
    if wish.lens is not None:
        options.ba_refine_focal_length = options.ba_refine_extra_params = False
        options.mapper.abs_pose_refine_focal_length = options.mapper.abs_pose_refine_extra_params = False
    return options


def _accept_less(options: Any) -> None:
    """Fewer matches and narrower angles than COLMAP asks for (100, 30 matches; 16, 6, 1.5 degrees)."""
    mapper = options.mapper
    mapper.init_min_num_inliers, mapper.abs_pose_min_num_inliers = 40, 15
    mapper.init_min_tri_angle, mapper.ba_local_min_tri_angle = 4.0, 2.0
    mapper.filter_min_tri_angle = options.triangulation.min_angle = 0.5


def _cloud(scene: Any) -> Points:
    points = list(scene.points3D.values())
    places = np.array([point.xyz for point in points], np.float32).reshape(-1, 3)
    return places, np.array([point.color for point in points], np.uint8).reshape(-1, 3)


def _found(scene: Any, pictures: Sequence[Path], scenes: int) -> FoundPoses:
    registered = {image.name: image for image in scene.images.values() if image.has_pose}
    kept = tuple(picture for picture in pictures if picture.name in registered)
    images = [registered[picture.name] for picture in kept]
    cameras_from_scene = np.tile(np.eye(4), (len(kept), 1, 1))
    cameras_from_scene[:, :3] = [image.cam_from_world().matrix() for image in images]
    points, colours = _cloud(scene)
    return FoundPoses(
        pictures=kept,
        poses=flipped_axes(inverse(cameras_from_scene)),
        lenses=tuple(
            _lens(scene.cameras[image.camera_id], picture)
            for image, picture in zip(images, kept, strict=True)
        ),
        points=points,
        points_rgb=colours,
        total=len(pictures),
        reprojection_px=float(scene.compute_mean_reprojection_error()),
        scenes=scenes,
    )


def _lens(camera: Any, picture: Path) -> Lens:
    stated = lens_parameters(camera.model.name, [float(value) for value in camera.params], picture)
    return Lens(width=camera.width, height=camera.height, **stated)
