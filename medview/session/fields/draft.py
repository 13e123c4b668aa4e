"""The scene that a person is about to train: what was chosen so far, and why it cannot go on yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from medview.core.circle import Circle
from medview.core.volume import AnyArray
from medview.session.fields.captures import CaptureLook, FrameSight
from medview.session.fields.reading import AUTO, GIVEN, NONE, fitting_downscale, reading_defaults
from medview.session.fields.wish import SceneWish

READING, TAKING, FINDING, MAKING = "reading", "taking", "finding", "making"


@dataclass(frozen=True, eq=False, kw_only=True)
class SceneDraft:
    """What was chosen.

    Args:
        look: The capture; None where none is open.
        problem: Why the last one could not be opened; empty where it could.
        reading: Values of `medview.session.fields.reading.READING`.
        drawn: The circle as a person drew it, in pixels of the stored frames.
        excluded: Names of frames that are left out.
        frame: Number of the frame whose mask is shown.
        sight: That frame; None until it has been read.
        method: Id of the chosen method.
        params: Its training parameters, as far as a person has set them, by method.
        out: The field folder to write; None where nothing can be suggested.
        growing: (N, 6) surface points and colours of a search for poses under way; None before the first.
        job_id: Of the job that prepares the capture; empty where none runs.
        busy: What that job does: one of the words above.
    """

    look: CaptureLook | None = None
    problem: str = ""
    reading: Mapping[str, Any] = field(default_factory=reading_defaults)
    drawn: Circle | None = None
    excluded: frozenset[str] = frozenset()
    frame: int = 0
    sight: FrameSight | None = None
    method: str = ""
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    out: Path | None = None
    growing: AnyArray | None = None
    job_id: str = ""
    busy: str = ""

    def with_look(self, look: CaptureLook, out: Path) -> SceneDraft:
        """The draft for another capture; how it is trained stays as it was set."""
        reading = {**reading_defaults(), "downscale": fitting_downscale(look.size[0])}
        if not look.is_video:
            reading["n_frames"] = min(max(len(look.frames), 3), 5000)
        damaged = frozenset(frame.name for frame in look.frames if frame.is_damaged)
        return SceneDraft(
            look=look, reading=reading, excluded=damaged, method=self.method, params=self.params, out=out
        )

    @property
    def circle(self) -> Circle | None:
        """The circle that is used, in pixels of the stored frames; None for the whole picture."""
        if self.look is None or self.reading["circle"] == NONE:
            return None
        circle = self.look.circle if self.reading["circle"] == AUTO else self._drawn(self.look)
        share = 1 - float(self.reading["radius_percent"]) / 100
        return circle.shrunk(share) if circle is not None else None

    def _drawn(self, look: CaptureLook) -> Circle:
        """The circle that was drawn; before anybody has, one to begin with."""
        width, height = look.size
        return self.drawn or look.circle or Circle(width / 2, height / 2, min(width, height) / 2)

    def with_circle(self, circle: Circle) -> SceneDraft:
        """The draft with the circle that a person drew."""
        reading = {**self.reading, "circle": GIVEN, "radius_percent": 100.0}
        return replace(self, drawn=circle, reading=reading)

    @property
    def kept(self) -> int:
        """Frames that take part: not left out, camera known."""
        if self.look is None:
            return 0
        known = [frame for frame in self.look.frames if frame.has_pose and frame.name not in self.excluded]
        return min(len(known), int(self.reading["n_frames"]))

    def wish(self, device: str) -> SceneWish:
        """What a training of it would be asked for."""
        assert self.look is not None
        assert self.out is not None
        circle = self.circle
        reading = {name: value for name, value in self.reading.items() if name not in ("sharpest",)}
        drawn: Any = NONE
        if circle is not None:
            drawn = {"cx": circle.cx, "cy": circle.cy, "radius": circle.radius}
        return SceneWish(
            capture=self.look.path,
            out=self.out,
            model_id=self.method,
            params=dict(self.params.get(self.method, {})),
            reading={**reading, "circle": drawn, "radius_percent": 100.0, "exclude": sorted(self.excluded)},
            device=device,
        )
