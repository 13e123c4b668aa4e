"""Memory that layers free stays with the process during a run: the system would clear it each time anew.

A layer's map of some megabytes is freed as soon as the next layer has read it. By default the C library
hands it back to the system, which gives it out again page by page, filled with zeros: for networks with few
channels a good part of the time. Only where the C library is GNU's; elsewhere nothing happens.
"""

from __future__ import annotations

import ctypes
import functools
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of the settings in ``malloc.h``."""
_LARGEST_BYTES = 32 * 2**20
"""Larger pieces are handed back at once: the library allows no more."""
_KEPT_BYTES = 2**30


@functools.cache
def _library() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def keep_freed_memory() -> None:
    """From now on, keep up to 1 GiB of freed pieces of at most 32 MiB for what comes next."""
    library = _library()
    if library is not None:
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)


def release_freed_memory() -> None:
    """Hand all that is free back to the system, as after a run, and keep less from then on."""
    library = _library()
    if library is not None:
        library.mallopt(_TRIM_THRESHOLD, 2 * _LARGEST_BYTES)
        library.malloc_trim(ctypes.c_size_t(0))
