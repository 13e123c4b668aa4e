"""Many wishes, one frame."""

from __future__ import annotations

from medview.render.scheduler import RenderScheduler


class Loop:
    """A clock and timers that move by hand."""

    def __init__(self):
        self.now = 0.0
        self.timers = []

    def start(self, delay_s, call):
        self.timers.append((self.now + delay_s, call))

    def advance(self, seconds):
        self.now += seconds
        due = [call for at, call in self.timers if at <= self.now]
        self.timers = [(at, call) for at, call in self.timers if at > self.now]
        for call in due:
            call()


def test_a_hundred_wishes_within_a_tick_draw_once():
    loop, drawn = Loop(), []
    scheduler = RenderScheduler(lambda: loop.now, loop.start)
    for number in range(100):
        scheduler.ask("axial", lambda number=number: drawn.append(number))
    loop.advance(0.1)
    assert drawn == [99]
    assert (scheduler.frames_asked, scheduler.frames_drawn) == (100, 1)


def test_ticks_keep_their_distance_and_each_canvas_its_frame():
    loop, drawn = Loop(), []
    scheduler = RenderScheduler(lambda: loop.now, loop.start, frame_s=0.02)
    scheduler.ask("axial", lambda: drawn.append("axial"))
    loop.advance(0.0)
    scheduler.ask("axial", lambda: drawn.append("axial"))
    scheduler.ask("coronal", lambda: drawn.append("coronal"))
    loop.advance(0.01)
    assert drawn == ["axial"]
    loop.advance(0.011)
    assert drawn == ["axial", "axial"]
    loop.advance(0.0)
    assert drawn == ["axial", "axial", "coronal"]


def test_the_window_breathes_between_the_canvases_of_a_tick():
    loop, drawn = Loop(), []
    scheduler = RenderScheduler(lambda: loop.now, loop.start)
    for name in ("axial", "coronal", "sagittal"):
        scheduler.ask(name, lambda name=name: drawn.append(name))
    for count in (1, 2, 3):
        assert not scheduler.is_idle
        loop.advance(0.0)
        assert len(drawn) == count
    assert scheduler.is_idle
    assert not loop.timers


def test_a_canvas_forgotten_between_two_of_a_tick_is_not_drawn():
    loop, drawn = Loop(), []
    scheduler = RenderScheduler(lambda: loop.now, loop.start)
    for name in ("axial", "coronal"):
        scheduler.ask(name, lambda name=name: drawn.append(name))
    loop.advance(0.0)
    scheduler.forget("coronal")
    loop.advance(0.0)
    assert drawn == ["axial"]


def test_a_wish_made_while_drawing_waits_for_the_next_tick():
    loop, drawn = Loop(), []
    scheduler = RenderScheduler(lambda: loop.now, loop.start)

    def draw():
        drawn.append(1)
        scheduler.ask("axial", draw)

    scheduler.ask("axial", draw)
    loop.advance(0.1)
    assert len(drawn) == 1
    loop.advance(0.1)
    assert len(drawn) == 2


def test_a_forgotten_canvas_is_not_drawn():
    loop, drawn = Loop(), []
    scheduler = RenderScheduler(lambda: loop.now, loop.start)
    scheduler.ask("axial", lambda: drawn.append(1))
    scheduler.forget("axial")
    loop.advance(0.1)
    assert drawn == []
