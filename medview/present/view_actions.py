"""The View menu: panes, slices, zoom, sides, planes and what is drawn over the scan."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.state import Convention, Layout, Orientation, PaneView, Planes
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.slice_stack import slice_stack

_ZOOM_STEP = 1.25
_PAGE = 10
_LAYOUTS = (
    (Layout.FOUR_UP, "Four panes", "F5", "four-up"),
    (Layout.AXIAL, "Axial alone", "F6", "axial"),
    (Layout.CORONAL, "Coronal alone", "F7", "coronal"),
    (Layout.SAGITTAL, "Sagittal alone", "F8", "sagittal"),
    (Layout.VOLUME, "3-D alone", "F9", "volume"),
)
_STEPS = (
    ("slice_up", "Next slice", ("Up", "Right"), 1, "Go one slice towards the head, front or right."),
    ("slice_down", "Previous slice", ("Down", "Left"), -1, "Go one slice towards the feet, back or left."),
    ("page_up", "Ten slices on", ("PgUp",), _PAGE, "Go ten slices towards the head, front or right."),
    ("page_down", "Ten slices back", ("PgDown",), -_PAGE, "Go ten slices towards the feet, back or left."),
)


def view_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the View menu, in its order."""
    return (
        *(_layout_action(desk, *row) for row in _LAYOUTS),
        *_pane_actions(desk),
        *_slice_actions(desk),
        *_side_actions(desk),
        *_switches(desk),
        *_screen_actions(desk),
    )


def _layout_action(desk: Desk, layout: Layout, title: str, key: str, icon: str) -> Action:
    return Action(
        action_id=f"view.layout_{layout.value.replace('-', '_')}",
        title=title,
        run=desk.setter(layout=layout),
        checked=lambda: desk.state.view.layout is layout,
        shortcuts=(key,),
        tip=f"Show {title.lower()}. A double click on a pane maximises it.",
        icon=icon,
        group="layout",
    )


def _pane_actions(desk: Desk) -> tuple[Action, ...]:
    def action(name: str, title: str, keys: tuple[str, ...], tip: str, run: Callable[[], object]) -> Action:
        return Action(
            action_id=f"view.{name}",
            title=title,
            run=run,
            why_not=desk.needs_scan,
            shortcuts=keys,
            tip=tip,
            icon={"maximise": "maximise", "reset": "reset"}.get(name, ""),
            group="zoom",
        )

    return (
        action(
            "maximise",
            "Maximise pane",
            ("M",),
            "Fill the window with the pane under the mouse, or come back.",
            lambda: desk.pane.toggle_maximised(),
        ),
        action(
            "reset",
            "Reset view",
            ("R",),
            "Fit the scan into every pane and go to its middle.",
            lambda: reset_view(desk),
        ),
        action(
            "zoom_in",
            "Zoom in",
            ("+", "="),
            "Enlarge the pane under the mouse; Ctrl+wheel does the same.",
            lambda: desk.pane.zoom(_ZOOM_STEP),
        ),
        action(
            "zoom_out",
            "Zoom out",
            ("-",),
            "Shrink the pane under the mouse; Ctrl+wheel does the same.",
            lambda: desk.pane.zoom(1 / _ZOOM_STEP),
        ),
    )


def reset_view(desk: Desk) -> None:
    """Fit the scan into every pane, go to its middle slices, and turn the 3-D camera to the front."""
    base = desk.state.base
    if base is None:
        return
    x, y, z = (float(n) for n in base.geometry.center_ras)
    cursor = x, y, z
    for orientation in Orientation:
        stack = slice_stack(desk.state, orientation)
        cursor = stack.moved(cursor, stack.index_of(cursor)) if stack is not None else cursor
    panes = {orientation: PaneView() for orientation in Orientation}
    desk.session.set_view(cursor_ras=cursor, panes=panes)
    desk.volume_view.reset_camera()


def _slice_actions(desk: Desk) -> tuple[Action, ...]:
    def action(name: str, title: str, keys: tuple[str, ...], tip: str, run: Callable[[], object]) -> Action:
        return Action(
            action_id=f"view.{name}",
            title=title,
            run=run,
            why_not=desk.needs_scan,
            shortcuts=keys,
            tip=f"{tip} Acts on the pane under the mouse.",
            group="slices",
        )

    def stepper(steps: int) -> Callable[[], None]:
        return lambda: desk.pane.step(steps)

    return (
        *(action(name, title, keys, tip, stepper(steps)) for name, title, keys, steps, tip in _STEPS),
        action(
            "slice_first",
            "First slice",
            ("Home",),
            "Go to the lowest slice.",
            lambda: desk.pane.go_to_end(False),
        ),
        action(
            "slice_last",
            "Last slice",
            ("End",),
            "Go to the highest slice.",
            lambda: desk.pane.go_to_end(True),
        ),
    )


def _side_actions(desk: Desk) -> tuple[Action, ...]:
    def convention(value: Convention, tip: str) -> Action:
        return Action(
            action_id=f"view.{value.value}",
            title=f"{value.value.capitalize()} sides",
            run=desk.setter(convention=value),
            checked=lambda: desk.state.view.convention is value,
            tip=tip,
            group="sides",
        )

    def planes(value: Planes, title: str, tip: str) -> Action:
        return Action(
            action_id=f"view.planes_{value.value}",
            title=title,
            run=desk.setter(planes=value),
            checked=lambda: desk.state.view.planes is value,
            tip=tip,
            group="planes",
        )

    return (
        convention(Convention.RADIOLOGICAL, "The patient's left is on the right of the screen."),
        convention(Convention.NEUROLOGICAL, "The patient's left is on the left of the screen."),
        planes(Planes.PATIENT, "Planes of the patient", "Cut along the patient's own axes."),
        planes(
            Planes.SCAN, "Planes of the scan", "Cut along the scan's own slices, also where they are tilted."
        ),
    )


def _switches(desk: Desk) -> tuple[Action, ...]:
    def switch(name: str, field: str, title: str, keys: tuple[str, ...], tip: str) -> Action:
        return Action(
            action_id=f"view.{name}",
            title=title,
            run=desk.switch(field),
            checked=lambda: bool(getattr(desk.state.view, field)),
            shortcuts=keys,
            tip=tip,
            icon="crosshair" if name == "crosshair" else "",
            group="drawn",
        )

    return (
        switch("crosshair", "crosshair", "Crosshair", ("X",), "Show where the three planes meet."),
        switch(
            "overlays", "overlays", "Texts and scale", ("O",), "Show letters, corner texts and scale bar."
        ),
        switch(
            "interpolate", "interpolate", "Smooth pixels", ("I",), "Blend between pixels; off shows voxels."
        ),
    )


def _screen_actions(desk: Desk) -> tuple[Action, ...]:
    return (
        Action(
            action_id="view.theme",
            title="Light theme",
            run=lambda: desk.settings.set("theme", "dark" if _is_light(desk) else "light"),
            checked=lambda: _is_light(desk),
            tip="Light panels for bright rooms; slices stay on black.",
            icon="theme",
            group="screen",
        ),
        Action(
            action_id="view.full_screen",
            title="Full screen",
            run=desk.window.toggle_full_screen,
            shortcuts=("F11",),
            tip="Fill the screen, or come back.",
            group="screen",
        ),
    )


def _is_light(desk: Desk) -> bool:
    return bool(desk.settings.value("theme") == "light")
