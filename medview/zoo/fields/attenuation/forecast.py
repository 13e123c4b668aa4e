"""Memory and time of a run, told before torch is loaded."""

from __future__ import annotations

from medview.core.errors import MedviewError
from medview.core.geometry import Geometry
from medview.ml.request import RunRequest
from medview.ml.spec import Forecast
from medview.zoo.fields.attenuation.orbit import Orbit
from medview.zoo.fields.attenuation.settings import DENSE, HASH, PLANES, Settings, cells, samples_per_ray

_START_S = 2.0
_CROSSING_S = 60e-9
"""One face that a ray of the simulation passes."""
_LEARNED_POINT_S = {DENSE: 1.2e-6, PLANES: 2.5e-6, HASH: 6e-6}
"""One sample, forth and back."""
_READ_POINT_S = 0.35e-6
_SART_POINT_S = 150e-9
_COMPARED_VOXEL_S = 2e-6
_RAY_BYTES, _POINT_BYTES, _CELL_BYTES, _VOXEL_BYTES = 36, 700, 64, 60
_BASE_BYTES = 0.5e9


def forecast(request: RunRequest) -> Forecast:
    """Bytes beyond the inputs and seconds on one core, from the scan's grid and the parameters."""
    settings, geometry = Settings.of(request.params), request.first.geometry
    try:
        orbit = settings.orbit(geometry)
    except MedviewError:
        # the run will say so
        return Forecast(_BASE_BYTES, _START_S)
    return Forecast(_bytes(settings, geometry, orbit), _seconds(settings, geometry, orbit))


def _seconds(settings: Settings, geometry: Geometry, orbit: Orbit) -> float:
    rays = orbit.views * orbit.rows * orbit.columns
    samples = samples_per_ray(geometry, orbit)
    i, j, k = geometry.shape
    simulated = rays * (i + j + k) * _CROSSING_S
    learned = settings.steps * settings.rays * samples * _LEARNED_POINT_S[settings.encoding]
    classical = settings.sweeps * rays * samples * _SART_POINT_S
    return _START_S + simulated + learned + classical + i * j * k * (_READ_POINT_S + _COMPARED_VOXEL_S)


def _bytes(settings: Settings, geometry: Geometry, orbit: Orbit) -> float:
    rays = orbit.views * orbit.rows * orbit.columns
    i, j, k = cells(geometry, orbit)
    voxels = geometry.shape[0] * geometry.shape[1] * geometry.shape[2]
    points = settings.rays * samples_per_ray(geometry, orbit)
    return (
        _BASE_BYTES
        + rays * _RAY_BYTES
        + points * _POINT_BYTES
        + i * j * k * _CELL_BYTES
        + voxels * _VOXEL_BYTES
    )
