"""What the program knows of the model before torch is loaded."""

from __future__ import annotations

from medview.core.params import Bool, Choice, Float, Int, Param
from medview.ml.spec import InputSpec, ModelSpec, OutputSpec, Task
from medview.zoo.fields.attenuation.settings import CONE, DENSE, HASH, PARALLEL, PLANES

_HERE = "medview.zoo.fields.attenuation"

_BEAM_PARAMS: tuple[Param, ...] = (
    Int(
        name="views",
        title="Radiographs",
        help="How many are simulated. Fewer than about 100 is sparse: the classical answer shows streaks.",
        default=50,
        minimum=2,
        maximum=720,
    ),
    Float(
        name="arc_deg",
        title="Arc",
        help="They are spread evenly over so much; below 180 degrees directions are missing for good.",
        unit="deg",
        default=360.0,
        minimum=10.0,
        maximum=360.0,
        step=5.0,
    ),
    Choice(
        name="beam",
        title="Beam",
        help="A cone from a point source, as in C-arms and cone-beam CT, or parallel rays.",
        default=CONE,
        choices=(CONE, PARALLEL),
        titles=("Cone", "Parallel"),
    ),
    Float(
        name="source_axis_mm",
        title="Source to axis",
        help="The source turns at this distance from the scan's long axis (cone only).",
        unit="mm",
        default=1000.0,
        minimum=50.0,
        maximum=10_000.0,
        step=50.0,
        advanced=True,
    ),
    Float(
        name="source_detector_mm",
        title="Source to detector",
        help="Always more than to the axis (cone only).",
        unit="mm",
        default=1500.0,
        minimum=60.0,
        maximum=20_000.0,
        step=50.0,
        advanced=True,
    ),
    Int(
        name="columns",
        title="Detector columns",
        help="Pixels across; the detector is as wide as it has to be, so more of them are finer ones.",
        default=128,
        minimum=16,
        maximum=1024,
        step=16,
    ),
    Float(
        name="photons",
        title="Photons per pixel",
        help="Expected where nothing is in the way; fewer give noise. 0: no noise.",
        default=0.0,
        minimum=0.0,
        maximum=1e9,
        step=10_000.0,
    ),
)

_FIELD_PARAMS: tuple[Param, ...] = (
    Choice(
        name="encoding",
        title="Encoding",
        help=(
            "What holds the features of a place: dense grids; three planes, which need less memory; or a "
            "hash table, as in the paper, which pays on a graphics card."
        ),
        default=DENSE,
        choices=(DENSE, PLANES, HASH),
        titles=("Dense grids", "Three planes", "Hash table"),
        advanced=True,
    ),
    Int(
        name="levels",
        title="Resolutions",
        help="Each has half the cells of the next along every axis.",
        default=4,
        minimum=1,
        maximum=8,
        advanced=True,
    ),
    Int(
        name="steps",
        title="Steps",
        help="Of learning; the error still falls slowly at the end.",
        default=1000,
        minimum=1,
        maximum=1_000_000,
        step=100,
    ),
    Int(
        name="rays",
        title="Rays per step",
        help="Drawn from all radiographs.",
        default=512,
        minimum=16,
        maximum=65_536,
        step=128,
        advanced=True,
    ),
    Float(
        name="adam_rate",
        title="Learning rate",
        help="At the start; it falls to a tenth.",
        default=0.02,
        minimum=1e-5,
        maximum=1.0,
        step=0.005,
        advanced=True,
    ),
    Int(
        name="sweeps",
        title="Classical sweeps",
        help="SART goes over the same radiographs so often, for comparison.",
        default=3,
        minimum=0,
        maximum=100,
        lowest_word="no comparison",
    ),
    Bool(name="difference", title="Give the difference", help="Field minus CT, in HU.", default=True),
    Bool(
        name="classical",
        title="Give the classical answer",
        help="What SART makes of the same radiographs, as a layer of its own.",
        default=False,
    ),
)

SPEC = ModelSpec(
    id="ct-attenuation",
    version="1.0",
    title="CT from a few radiographs",
    task=Task.SYNTHESIZE,
    summary=(
        "Simulates radiographs of a CT, learns a field of attenuation back from them, and shows how near it "
        "comes to the CT."
    ),
    inputs=(InputSpec(role="image", title="CT scan", modalities=("CT",)),),
    outputs=(
        OutputSpec(
            name="attenuation", title="CT from radiographs", kind="image", value_unit="HU", synthesized=True
        ),
        OutputSpec(
            name="difference",
            title="Field minus CT",
            kind="image",
            value_unit="HU",
            on_request=True,
            synthesized=True,
            colormap="blue to red",
            value_range=(-500.0, 500.0),
        ),
        OutputSpec(
            name="classical",
            title="CT from radiographs, SART",
            kind="image",
            value_unit="HU",
            on_request=True,
            synthesized=True,
        ),
    ),
    params=(*_BEAM_PARAMS, *_FIELD_PARAMS),
    entry=f"{_HERE}.pipeline:run",
    estimate=f"{_HERE}.forecast:forecast",
    licence="Apache-2.0",
    citation=(
        "Zha R, Zhang Y, Li H. NAF: neural attenuation fields for sparse-view CBCT reconstruction. "
        "MICCAI 2022."
    ),
    note="Computed from simulated radiographs, not acquired.",
)
