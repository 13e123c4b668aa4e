"""What a failed write means, however a library tells it."""

from __future__ import annotations

import errno

import pytest

from medview.core.disk import room_words, write_failure_words

FULL = ("the disk is full", "Free some space, or save to another disk.")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("1000 requested and 24 written"),
        RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)"),
        RuntimeError("[enforce fail] . PytorchStreamWriter failed writing file data/0: file write failed"),
        RuntimeError("basic_ios::clear: iostream error"),
        RuntimeError("[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0"),
    ],
)
def test_every_way_to_tell_a_full_disk_is_understood(error):
    assert room_words(error) == FULL


@pytest.mark.parametrize(
    "error", [OSError(errno.EACCES, "Permission denied"), RuntimeError("os error 28"), ValueError("full")]
)
def test_other_failures_are_none(error):
    assert room_words(error) is None


def test_rights_and_limits_have_their_sentences_and_the_rest_the_system_s_own():
    assert write_failure_words(OSError(errno.EROFS, "x"))[0] == "this disk can only be read"
    assert "larger than this disk" in write_failure_words(OSError(errno.EFBIG, "x"))[0]
    assert write_failure_words(OSError(errno.EIO, "Input/output error"))[0] == (
        "the system says: Input/output error"
    )
