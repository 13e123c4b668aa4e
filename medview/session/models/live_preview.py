"""What a running model has finished so far, shown over the scan until it has ended."""

from __future__ import annotations

import numpy as np

from medview.core.labels import LabelMap, Patch
from medview.core.layers import ImageDisplay, Layer
from medview.core.state import Preview
from medview.core.volume import AnyArray, Source, Volume, value_range
from medview.jobs.job import JobPreviewed
from medview.ml.spec import ModelSpec, OutputSpec
from medview.session.models.results import label_table, output_display
from medview.session.session import Session


class LivePreview:
    """Finished boxes of a run's first label output, or of its first image where it has no labels.

    Args:
        session: Where it is shown.
        spec: The model.
        first: The input whose grid the boxes lie on.
    """

    def __init__(self, session: Session, spec: ModelSpec, first: Layer) -> None:
        self._session = session
        self._title = spec.title
        self._output = _shown_output(spec)
        self._first = first
        self._geometry = first.geometry
        self._numbers: AnyArray | None = None
        self._preview: Preview | None = None

    def take(self, event: JobPreviewed) -> None:
        """Show one more box; boxes of other outputs or beyond the grid are left out."""
        if self._output is None or event.name != self._output.name or event.array.ndim != 3:
            return
        ends = np.add(event.offset_ijk, event.array.shape)
        if min(event.offset_ijk) < 0 or (ends > self._geometry.shape).any():
            return
        with_box = self._with_labels if self._output.kind == "labels" else self._with_numbers
        self._preview = with_box(self._output, event)
        self._session.set_preview(self._preview)

    def clear(self) -> None:
        """Take it away; the preview of another run stays."""
        if self._preview is not None and self._session.state.preview is self._preview:
            self._session.set_preview(None)

    def _with_labels(self, output: OutputSpec, event: JobPreviewed) -> Preview:
        labels = self._preview.labels if self._preview is not None else None
        if labels is None:
            labels = LabelMap.empty(self._geometry, label_table(output, {}), np.uint16)
        with labels.edit():
            labels.apply(Patch(event.offset_ijk, event.array.astype(np.uint16)))
        return Preview(title=self._title, labels=labels, revision=labels.revision)

    def _with_numbers(self, output: OutputSpec, event: JobPreviewed) -> Preview:
        """What has not come yet is no number, and is not drawn."""
        display = self._display(output, event.array)
        if self._numbers is None:
            self._numbers = np.full(self._geometry.shape, np.nan, np.float32)
        i, j, k = event.offset_ijk
        ni, nj, nk = event.array.shape
        self._numbers[i : i + ni, j : j + nj, k : k + nk] = event.array
        image = Volume(
            name=output.title,
            # a view of its own: the numbers below it go on growing
            data=self._numbers[:],
            geometry=self._geometry,
            source=Source(path=None, format="computed", stored=self._geometry, dtype="float32"),
            values=value_range(event.array),
            value_unit=output.value_unit,
        )
        revision = 0 if self._preview is None else self._preview.revision + 1
        return Preview(title=self._title, image=image, display=display, revision=revision)

    def _display(self, output: OutputSpec, box: AnyArray) -> ImageDisplay:
        if self._preview is not None and self._preview.display is not None:
            return self._preview.display
        wanted = output_display(output)
        if wanted is not None:
            return wanted
        of_scan = self._first.display
        is_alike = isinstance(self._first.data, Volume) and self._first.data.value_unit == output.value_unit
        if is_alike and isinstance(of_scan, ImageDisplay):
            return ImageDisplay(low=of_scan.low, high=of_scan.high)
        values = value_range(box)
        return ImageDisplay(low=values.low, high=values.high)


def _shown_output(spec: ModelSpec) -> OutputSpec | None:
    labels = [output for output in spec.outputs if output.kind == "labels"]
    images = [output for output in spec.outputs if not output.on_request]
    return next(iter(labels or images), None)
