"""Films as they come: whole, cut off, turned, lying about themselves, and no films at all."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.io.video import count_frames, is_video, probe, read_frames
from medview.io.video_writing import write_video, writing_video

SIZE = (48, 64)


def numbered(index, size=SIZE):
    """A frame whose grey tells its number, also after lossy coding; its upper left corner is red."""
    image = np.full((*size, 3), 20 + 7 * index, np.uint8)
    image[: size[0] // 4, : size[1] // 4] = (220, 20, 20)
    return image


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def number_of(image):
    height, width = image.shape[:2]
    return round((float(image[height // 2 :, width // 2 :].mean()) - 20) / 7)


@pytest.fixture
def film(tmp_path):
    def made(name="film.mp4", frames=24, fps=25.0):
        path = tmp_path / name
        write_video(path, (numbered(index) for index in range(frames)), fps)
        return path

    return made


def atom_at(data, name):
    """Where the content of an atom begins."""
    return data.index(name) + 4


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.m4v", "film.avi", "FILM.MP4"])
def test_what_is_written_is_read_frame_for_frame(film, name):
    path = film(name)
    facts = probe(path)
    assert (facts.width, facts.height, facts.fps, facts.rotation_deg) == (64, 48, 25.0, 0)
    assert facts.duration_s == pytest.approx(24 / 25)
    assert count_frames(path).frames == 24
    seen = list(read_frames(path, range(24)))
    assert [number_of(frame.image) for frame in seen] == list(range(24))
    assert [frame.time_s for frame in seen] == pytest.approx([index / 25 for index in range(24)], abs=1e-3)
    assert seen[3].image[2, 2, 0] > 180
    assert seen[3].image[2, 2, 2] < 60


def test_chosen_frames_are_those_and_decoding_stops_after_the_last(film):
    decoded = []
    seen = list(read_frames(film(), [17, 3, 5, 3, 99], decoded.append))
    assert [(frame.index, number_of(frame.image)) for frame in seen] == [(3, 3), (5, 5), (17, 17)]
    assert decoded[-1] == 24
    decoded.clear()
    list(read_frames(film(), [4], decoded.append))
    assert decoded[-1] == 5


def test_a_film_cut_off_in_the_middle_gives_what_can_be_read_and_says_how_much(film):
    path = film("film.avi", frames=24)
    data = path.read_bytes()
    # the mark before the 13th frame is its last word; one more mark stands in the head
    path.write_bytes(b"00dc".join(data.split(b"00dc")[:14]) + b"00dc")
    count = count_frames(path)
    assert count.frames == 12
    assert count.warning == "film.avi is damaged: 12 of 24 frames can be read, 12 cannot"
    assert [number_of(frame.image) for frame in read_frames(path, range(24))] == list(range(12))


def test_a_lie_about_the_number_of_frames_is_found_by_counting(film):
    path = film("film.avi", frames=10)
    data = bytearray(path.read_bytes())
    total = atom_at(data, b"avih") + 4 + 16
    stream = atom_at(data, b"strh") + 4 + 32
    assert struct.unpack_from("<I", data, total)[0] == struct.unpack_from("<I", data, stream)[0] == 10
    struct.pack_into("<I", data, total, 5000)
    struct.pack_into("<I", data, stream, 5000)
    path.write_bytes(data)
    assert count_frames(path).frames == 10


def test_times_are_the_film_s_own_where_frames_last_differently(film):
    path = film(frames=8, fps=10.0)
    path.write_bytes(with_two_rates(path.read_bytes()))
    seen = list(read_frames(path, range(8)))
    assert [number_of(frame.image) for frame in seen] == list(range(8))
    expected = [0.0, 0.1, 0.2, 0.3, 0.4, 0.7, 1.0, 1.3]
    assert [frame.time_s for frame in seen] == pytest.approx(expected, abs=1e-3)


def with_two_rates(data):
    """The same film of eight frames, of which the last four are shown three times as long."""
    made = bytearray(data.replace(b"edts", b"free"))
    table = atom_at(made, b"stts")
    version, entries, count, delta = struct.unpack_from(">4I", made, table)
    assert (version, entries, count) == (0, 1, 8)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"):
        size = atom_at(made, name) - 8
        struct.pack_into(">I", made, size, struct.unpack_from(">I", made, size)[0] + 8)
    made[table + 4 : table + 16] = struct.pack(">5I", 2, 4, delta, 4, 3 * delta)
    return bytes(made)


def test_a_film_of_a_turned_camera_stands_upright(film):
    path = film()
    data = bytearray(path.read_bytes())
    matrix = atom_at(data, b"tkhd") + 40
    assert struct.unpack_from(">9i", data, matrix) == (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", data, matrix, 0, 65536, 0, -65536, 0, 0, 48 << 16, 0, 1 << 30)
    path.write_bytes(data)
    facts = probe(path)
    frame = next(read_frames(path, [5]))
    assert facts.rotation_deg == 90
    assert frame.image.shape == (facts.height, facts.width, 3) == (64, 48, 3)
    # what was the upper left corner is turned to the upper right
    assert frame.image[4, -4, 0] > 180
    assert frame.image[4, 4, 0] < 100


def test_the_ending_does_not_matter_but_the_content_does(film, tmp_path):
    film("film.avi").rename(tmp_path / "other.mp4")
    assert count_frames(tmp_path / "other.mp4").frames == 24
    assert is_video(tmp_path / "other.mp4")
    picture = tmp_path / "picture.mp4"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    assert not is_video(picture)
    with pytest.raises(InputRefused, match=r"picture\.mp4: it is not a film, whatever its name says"):
        probe(picture)


def hostile_files(tmp_path):
    playlist = tmp_path / "list.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:10,\nhttp://localhost:9/film.ts\n")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(b"\0\0\0\x20ftypisom" + np.random.default_rng(1).bytes(4000))
    bare = tmp_path / "bare.avi"
    bare.write_bytes(b"RIFF\xff\xff\xff\x7fAVI " + b"\0" * 300)
    return {
        playlist: "it is not a film",
        empty: "the file is empty",
        noise: "damaged",
        bare: "damaged|not one frame",
        tmp_path / "none.mp4": "there is no such file",
        tmp_path: "it is a folder",
    }


def test_what_is_no_film_is_refused_in_one_sentence_and_in_silence(tmp_path, capfd):
    for path, words in hostile_files(tmp_path).items():
        for door in (probe, count_frames):
            with pytest.raises(InputRefused, match=words):
                door(path)
    assert capfd.readouterr() == ("", "")


def test_frames_larger_than_the_memory_are_refused_before_they_are_decoded(film, monkeypatch):
    path = film()
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 50_000})())
    with pytest.raises(InputRefused, match=r"64 x 48 pixels need .* GB of memory"):
        probe(path)


def test_a_cut_mp4_without_its_table_is_refused(film):
    path = film()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputRefused, match="it is damaged, was cut off"):
        probe(path)


def test_a_save_that_is_cancelled_leaves_the_old_film_and_nothing_else(film, tmp_path):
    path = film()
    before = path.read_bytes()
    with pytest.raises(Cancelled), writing_video(path, 25) as draft:
        draft.add(numbered(0))
        raise Cancelled
    assert path.read_bytes() == before
    assert names_in(tmp_path) == ["film.mp4"]


def test_a_full_disk_is_told_and_leaves_nothing(small_disk):
    place = small_disk(64)
    noise = np.random.default_rng(0)
    with pytest.raises(RunFailed, match=r"Cannot save film\.avi"):
        frames = (noise.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(60))
        write_video(place / "film.avi", frames, 25)
    assert names_in(place) == []


@pytest.mark.parametrize(
    ("name", "size", "fps", "words"),
    [
        ("film.gif", SIZE, 25, "written as MP4, MOV or AVI"),
        ("film.mp4", (47, 64), 25, "frames of 64 x 47 pixels"),
        ("film.mp4", SIZE, 0, "0 frames per second"),
        ("film.mp4", SIZE, float("nan"), "nan frames per second"),
        ("absent/film.mp4", SIZE, 25, "does not exist"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, name, size, fps, words):
    with pytest.raises(InputRefused, match=words):
        write_video(tmp_path / name, [numbered(0, size)], fps)
    assert names_in(tmp_path) == []


def test_no_frame_and_frames_of_two_sizes_are_no_film(tmp_path):
    with pytest.raises(InputRefused, match="no frame to write"):
        write_video(tmp_path / "film.mp4", [], 25)
    with pytest.raises(RunFailed, match="a frame is 32 x 32 pixels"):
        write_video(tmp_path / "film.mp4", [numbered(0), numbered(1, (32, 32))], 25)
    assert names_in(tmp_path) == []
