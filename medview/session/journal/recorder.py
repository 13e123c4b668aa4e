"""Listens to a session and hands what is done to the journal's writer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import strftime
from typing import Any

import numpy as np

import medview
from medview.core.errors import MedviewError, RunFailed
from medview.core.labels import LabelMap
from medview.core.volume import Volume
from medview.io.atomic_file import failure
from medview.session.deeds import Deed, Doing, Painted, Saved, StrokeTakenBack, WentTo
from medview.session.job_desk import Post
from medview.session.journal.arrays import HeldArray, writing_steps
from medview.session.journal.catalogue import JournalFolder, make_folder
from medview.session.journal.encoding import EMPTY, encoded
from medview.session.journal.plain import NotPlain
from medview.session.journal.scan_file import file_facts, hashing_steps
from medview.session.journal.writer import JournalWriter
from medview.session.session import Session

TITLE = "Cannot keep the journal"
_CHANGES = (Doing, Painted, WentTo, StrokeTakenBack)
"""Deeds before which no array may be half written: told before voxels change."""
_HINT = "The work goes on, but a crash would lose it: save it soon."


class Recorder:
    """Keeps the journal of a session. Its folder is made with the first deed.

    Args:
        session: Whose deeds are written.
        root: The folder of all journals.
        post: Runs a function on the window's thread soon; callable from any thread.
        on_trouble: Told once what keeps the journal from being written, and None when it goes on.
    """

    def __init__(
        self,
        session: Session,
        root: Path,
        post: Post,
        on_trouble: Callable[[MedviewError | None], None],
    ) -> None:
        self._session = session
        self._root = root
        self._post = post
        self._on_trouble = on_trouble
        self._folder: JournalFolder | None = None
        self._writer: JournalWriter | None = None
        self._arrays = 1
        self._held: list[HeldArray] = []
        self._looked: tuple[Any, ...] = ()
        self._is_stopped = False
        session.deeds.connect(self._hear)

    @property
    def folder(self) -> Path | None:
        """The folder of the running journal; None before the first deed."""
        return self._folder.path if self._folder is not None else None

    def settle(self, seconds: float = 10) -> bool:
        """Wait until all that was done is on disk; False where it is not within that time."""
        return self._writer is None or self._writer.settle(seconds)

    def go_on(self, folder: JournalFolder, offset: int, closing: list[dict[str, Any]]) -> None:
        """Go on with another session's journal, whose deeds have been done again here.

        Args:
            folder: Held by this process.
            offset: End of its last whole record.
            closing: Heads of records that end what was under way in it.
        """
        self.end()
        self._folder = folder
        self._arrays = folder.next_array()
        self._writer = JournalWriter(folder.journal, offset, self._tell)
        for head in closing:
            self._writer.put(head, [])

    def end(self) -> None:
        """Forget the journal: everything was saved, or given up on purpose."""
        self._close_writer(drops=True)
        if self._folder is not None:
            self._folder.remove()
        self._folder, self._looked, self._is_stopped = None, (), False

    def leave(self) -> None:
        """Stop writing and leave the journal for a later start, as a crash would."""
        self._close_writer(drops=False)
        if self._folder is not None:
            self._folder.release()
        self._folder, self._is_stopped = None, True

    def keep_labels(self, labels: LabelMap) -> str:
        """Keep the numbers as they are now; a map that holds no label needs no array."""
        if not labels.held_values():
            return EMPTY
        held = HeldArray(labels.array)
        self._held.append(held)
        return self._keep(held)

    def keep_scan(self, volume: Volume) -> dict[str, Any]:
        """Note where a scan lies, or keep the array of one that lies nowhere."""
        facts = file_facts(volume)
        if facts is None:
            return {"array": self._keep(HeldArray(volume.data))}
        self._open().put_work(
            partial(hashing_steps, Path(facts["path"]), partial(self._keep_hash, facts["path"]))
        )
        return {"file": facts}

    def _keep_hash(self, path: str, sha256: str) -> None:
        if self._writer is not None:
            self._writer.put({"deed": "hashed", "path": path, "sha256": sha256}, [])

    def _keep(self, held: HeldArray) -> str:
        writer, name = self._open(), str(self._arrays)
        assert self._folder is not None
        self._arrays += 1
        writer.put_work(partial(writing_steps, self._folder.array(name), held))
        return name

    def _hear(self, deed: Deed) -> None:
        if self._is_stopped:
            return
        try:
            if isinstance(deed, _CHANGES):
                self._freeze()
            head, parts = encoded(deed, self)
            writer = self._open()
        except (NotPlain, MemoryError, OSError) as error:
            self._stop(error)
            return
        if isinstance(deed, Saved):
            head["left"] = self._is_left_unsaved(deed)
        self._note_view(writer)
        writer.put(head, parts)

    def _freeze(self) -> None:
        """Voxels are about to change: arrays that are still being written stay as they were."""
        held, self._held = self._held, []
        for array in held:
            array.freeze()

    def _is_left_unsaved(self, saved: Saved) -> bool:
        """Whether anything is unsaved once this is known to be saved."""
        layers = self._session.state.layers
        others = any(layer.is_unsaved for layer in layers if layer.id != saved.layer_id)
        return others or any(
            layer.id == saved.layer_id and layer.revision != saved.revision for layer in layers
        )

    def _open(self) -> JournalWriter:
        if self._writer is None:
            self._folder = make_folder(self._root)
            self._writer = JournalWriter(self._folder.journal, None, self._tell)
            facts = {
                "program": medview.__version__,
                "started": strftime("%Y-%m-%dT%H:%M:%S"),
                "undo_budget_bytes": self._session.undo_stack.budget_bytes,
            }
            self._writer.put({"deed": "began", **facts}, [])
        return self._writer

    def _note_view(self, writer: JournalWriter) -> None:
        """Where the person looks is noted with what is done there."""
        view = self._session.state.view
        looked = (view.cursor_ras, view.frame, view.label_value)
        if looked != self._looked:
            self._looked = looked
            place = [float(part) for part in np.asarray(view.cursor_ras)]
            head = {"deed": "looked", "cursor": place, "frame": view.frame, "label": view.label_value}
            writer.put(head, [])

    def _tell(self, error: OSError | None) -> None:
        """The writer's thread."""
        if error is None:
            self._post(lambda: self._on_trouble(None))
            return
        told = failure(self._root, error)
        self._post(lambda: self._on_trouble(RunFailed(TITLE, told.detail, f"{told.hint} {_HINT}".strip())))

    def _stop(self, error: BaseException) -> None:
        """A journal with a gap would bring back something that never was: it ends here."""
        self._is_stopped = True
        detail = "memory ran out" if isinstance(error, MemoryError) else str(error)
        if isinstance(error, OSError):
            detail = failure(self._root, error).detail
        self._on_trouble(RunFailed(TITLE, detail, _HINT))

    def _close_writer(self, *, drops: bool) -> None:
        if self._writer is not None:
            self._writer.close(drops=drops)
            self._writer = None
