"""What it means to a person that something could not be written."""

from __future__ import annotations

import errno
import re

_FULL = ("the disk is full", "Free some space, or save to another disk.")
_REASONS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("your quota on this disk is used up", "Free some space, or save to another disk."),
    errno.EFBIG: ("the file is larger than this disk or your limits allow", "Save to another disk."),
    errno.EACCES: ("you may not write to this folder", "Choose another folder."),
    errno.EPERM: ("you may not write to this folder", "Choose another folder."),
    errno.EROFS: ("this disk can only be read", "Choose another folder."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name."),
}
_TORCH_WORDS = ("PytorchStreamWriter failed writing", "iostream error", "unexpected pos")
"""What torch.save says of a file that could not be written whole; it passes no number on."""
_LACKS_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_failure_words(error: OSError) -> tuple[str, str]:
    """Detail and hint for a write that failed; the system's own words where it is none of the usual."""
    known = _REASONS.get(_number(error))
    return known or (f"the system says: {error.strerror or error}", "")


def room_words(error: BaseException) -> tuple[str, str] | None:
    """Detail and hint where a write failed for lack of room; None for any other failure.

    Libraries tell it in their own ways: numpy by two counts, safetensors by the system's number in its
    text, torch by the names of its writers.
    """
    if isinstance(error, OSError):
        number = _number(error)
        return _REASONS[number] if number in _LACKS_ROOM else None
    told = re.search(r"\(os error (\d+)\)", str(error))
    if told is not None and int(told[1]) in _LACKS_ROOM:
        return _REASONS[int(told[1])]
    return _FULL if any(words in str(error) for words in _TORCH_WORDS) else None


def _number(error: OSError) -> int:
    if error.errno is None and re.search(r"\d+ requested and \d+ written", str(error)):
        return errno.ENOSPC
    return error.errno or 0
