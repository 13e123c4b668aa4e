"""Views that remember what they were shown and let a test act as the person would."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from medview.present.ports.slice_port import Pointer


class FakeSliceView:
    scrolled = Signal(int, bool, bool)
    pressed = Signal(Pointer)
    moved = Signal(Pointer)
    released = Signal(Pointer)
    double_clicked = Signal(Pointer)
    left = Signal()

    def __init__(self):
        self.plans = []
        self.shapes = []

    @property
    def plan(self):
        return self.plans[-1]

    def show(self, plan):
        self.plans.append(plan)

    def set_cursor_shape(self, shape):
        self.shapes.append(shape)

    def drag(self, *positions_ras, button="left", px=None):
        px = px or [(100.0 + 10 * n, 100.0) for n in range(len(positions_ras))]
        pointers = [
            Pointer(position_ras=tuple(ras), position_px=at, button=button)
            for ras, at in zip(positions_ras, px, strict=True)
        ]
        self.pressed.emit(pointers[0])
        for pointer in pointers[1:]:
            self.moved.emit(pointer)
        self.released.emit(pointers[-1])


class FakeVolumeView:
    picked = Signal(object)
    maximise_asked = Signal()
    cut = Signal(object, object, bool)
    field_asked = Signal(object)
    field_moved = Signal()
    flight_ended = Signal()

    def __init__(self):
        self.plans = []
        self.pictures = []
        self.through = []
        self.is_flying = False
        self.calls = []
        self.has_scissors = False

    def set_scissors(self, is_on):
        self.has_scissors = is_on

    def drop_outline(self):
        return False

    def show(self, plan):
        self.plans.append(plan)

    def show_field(self, picture):
        self.pictures.append(picture)

    def set_flying(self, is_flying):
        self.is_flying = is_flying

    def look_through(self, pose, lens):
        self.through.append((pose, lens))

    def ask_camera(self, answer):
        answer(*self.through[-1])

    def reset_camera(self):
        self.calls.append("reset")

    def view_from(self, direction):
        self.calls.append(direction)


class FakeFieldBar:
    changed = Signal(str, object)
    stepped = Signal(int)
    jumped = Signal(int)
    framed = Signal(bool)
    flown = Signal(bool)

    def __init__(self):
        self.plan = None

    def show(self, plan):
        self.plan = plan


class FakeSceneView:
    capture_asked = Signal(str)
    value_changed = Signal(str, object)
    frame_chosen = Signal(int)
    frame_excluded = Signal(int, bool)
    circle_moved = Signal(float, float, float)
    stroke_painted = Signal(object, float, bool)
    deed_asked = Signal(str)
    method_chosen = Signal(str)
    param_changed = Signal(str, object)
    out_chosen = Signal(object)
    continue_asked = Signal(object)
    forget_asked = Signal(object)
    look_chosen = Signal(object)
    look_changed = Signal(str, object)

    def __init__(self):
        self.plan = None
        self.opened = []
        self.reveals = 0
        self.capture = None
        self.discards = True
        self.asked = []

    def show(self, plan):
        self.plan = plan

    def reveal(self):
        self.reveals += 1

    def open_step(self, name):
        self.opened.append(name)

    def ask_capture(self, kind):
        self.asked.append(kind)
        return self.capture

    def ask_discard(self, name):
        self.asked.append(name)
        return self.discards


class FakeLayersView:
    activated = Signal(object)
    changed = Signal(object, str, object)
    window_changed = Signal(object, float, float)
    moved = Signal(object, int)
    removed = Signal(object)

    def __init__(self):
        self.rows = ()
        self.active_id = None
        self.shows = 0
        self.colormaps = ()

    def show(self, rows, active_id):
        self.rows, self.active_id = rows, active_id
        self.shows += 1

    def show_colormaps(self, names):
        self.colormaps = names


class FakeProposalView:
    judged = Signal(bool, object)
    piece_judged = Signal(bool, int)
    piece_chosen = Signal(int)
    stepped = Signal(int)
    doubt_asked = Signal()
    match_chosen = Signal(int, object)
    tool_chosen = Signal(object)

    def __init__(self):
        self.plans = []
        self.revealed = 0

    @property
    def plan(self):
        return self.plans[-1]

    def show(self, plan):
        self.plans.append(plan)

    def reveal(self):
        self.revealed += 1


class FakeToolsView:
    model_chosen = Signal(str)
    role_chosen = Signal(str, object)
    value_changed = Signal(str, object)
    target_chosen = Signal(object)
    run_asked = Signal()
    cancel_asked = Signal(str)
    training_used = Signal(str)
    training_resumed = Signal(str)
    training_dismissed = Signal(str)
    card_asked = Signal()
    doubt_asked = Signal()

    def show_doubt(self, text, why_not):
        self.doubt = (text, why_not)

    def __init__(self):
        self.ended, self.every_jobs, self.doubt = (), [], None
        self.models, self.chosen, self.form, self.jobs, self.outcome = (), "", None, (), None
        self.forms = 0

    def show_models(self, rows, chosen):
        self.models, self.chosen = rows, chosen

    def show_form(self, form):
        self.form = form
        self.forms += 1

    def show_jobs(self, rows):
        self.jobs = rows
        self.every_jobs.append(rows)

    def show_ended_trainings(self, rows):
        self.ended = rows

    def show_outcome(self, text, is_error):
        self.outcome = (text, is_error)


class FakeTrainingView:
    model_chosen = Signal(str)
    data_chosen = Signal(object)
    out_chosen = Signal(object)
    value_changed = Signal(str, object)
    start_asked = Signal()
    closed = Signal()

    def __init__(self):
        self.forms, self.closings = [], 0

    @property
    def form(self):
        return self.forms[-1]

    def show(self, form):
        self.forms.append(form)

    def close(self):
        self.closings += 1


class FakeHistoryView:
    chosen = Signal(int)

    def __init__(self):
        self.plans, self.reveals = [], 0

    @property
    def plan(self):
        return self.plans[-1]

    def show(self, plan):
        self.plans.append(plan)

    def reveal(self):
        self.reveals += 1


class FakeRecoveryView:
    restore_asked = Signal(str)
    discard_asked = Signal(str)
    closed = Signal()

    def __init__(self):
        self.rows, self.is_open, self.asked, self.discards = (), False, [], True

    def show(self, rows):
        self.rows, self.is_open = rows, True

    def close(self):
        if self.is_open:
            self.is_open = False
            self.closed.emit()

    def ask_discard(self, name):
        self.asked.append(name)
        return self.discards


class FakeWorklistView:
    triggered = Signal(str)
    case_chosen = Signal(str)
    whose_chosen = Signal(str)
    filtered = Signal(str, str)
    left_out = Signal(tuple)

    def __init__(self):
        self.plans, self.reveals, self.folder, self.place = [], 0, None, (0, 0)

    @property
    def plan(self):
        return self.plans[-1]

    @property
    def states(self):
        return {row.case_id: row.state for row in self.plan.rows}

    def show(self, plan):
        self.plans.append(plan)

    def reveal(self):
        self.reveals += 1

    def ask_folder(self):
        return self.folder

    def presence(self):
        return self.place


class FakeEditView:
    tool_chosen = Signal(object)
    radius_changed = Signal(float)
    hand_changed = Signal(object)
    mask_asked = Signal()

    def __init__(self):
        self.plans = []

    @property
    def plan(self):
        return self.plans[-1]

    def show(self, plan):
        self.plans.append(plan)


class FakeLabelsView:
    chosen = Signal(int)
    added = Signal()
    changed = Signal(tuple, dict)
    moved = Signal(tuple, int)
    removed = Signal(tuple)
    merged = Signal(tuple, int)
    split_asked = Signal(int)
    jump_asked = Signal(int)
    measure_asked = Signal(tuple)
    editor_asked = Signal(int)
    rule_changed = Signal(object)

    def __init__(self):
        self.plans, self.editors, self.questions, self.answer = [], [], [], True

    @property
    def plan(self):
        return self.plans[-1]

    def show(self, plan):
        self.plans.append(plan)

    def show_editor(self, entry, vocabulary):
        self.editors.append((entry, vocabulary))

    def ask_removal(self, question):
        self.questions.append(question)
        return self.answer


class FakeRefineView:
    chosen = Signal(str)
    value_changed = Signal(str, object)
    apply_asked = Signal()

    def __init__(self):
        self.plans = []

    @property
    def plan(self):
        return self.plans[-1]

    def show(self, plan):
        self.plans.append(plan)


class FakeWindowView:
    triggered = Signal(str)
    dropped = Signal(tuple)
    recent_chosen = Signal(Path)
    frame_chosen = Signal(int)
    close_asked = Signal()
    preference_changed = Signal(str, object)
    self_test_asked = Signal(str)

    def __init__(self):
        self.pages, self.self_tests, self.pictures, self.copies = [], [], [], 0
        self.rows = {}
        self.action_shows = 0
        self.title = ("", False)
        self.layout = None
        self.readout = ()
        self.hints = []
        self.export_path = None
        self.frames = (0, 1, "")
        self.recent = ()
        self.errors = []
        self.warnings = []
        self.themes = []
        self.closed = False
        self.full_screen = 0
        self.about = ""
        self.guides = 0
        self.texts = []
        self.asked_unsaved = []
        self.answers = {
            "contours file": None,
            "paths": (),
            "folder": None,
            "series": (),
            "save": None,
            "picture": None,
            "labels file": None,
            "labels path": None,
            "unsaved": "cancel",
            "text": None,
            "model": None,
            "install": False,
            "pair": None,
        }
        self.pairs = ()
        self.install_questions = []
        self.suggested = None
        self.series = ()

    def show_actions(self, rows):
        self.rows = {row.action_id: row for row in rows}
        self.action_shows += 1

    def show_title(self, document, is_unsaved):
        self.title = (document, is_unsaved)

    def show_layout(self, layout):
        self.layout = layout

    def show_readout(self, lines):
        self.readout = lines

    def show_hint(self, text):
        self.hints.append(text)

    def show_frames(self, frame, count, text):
        self.frames = (frame, count, text)

    def show_recent(self, rows):
        self.recent = rows

    def show_error(self, title, detail, hint):
        self.errors.append((title, detail, hint))

    def show_warnings(self, title, lines):
        self.warnings.append((title, lines))

    def ask_paths(self):
        return self.answers["paths"]

    def ask_folder(self):
        return self.answers["folder"]

    def ask_series(self, rows):
        self.series = rows
        return self.answers["series"]

    def ask_pair(self, rows, chosen):
        self.pairs = (rows, chosen)
        return self.answers["pair"]

    def ask_model_file(self):
        return self.answers["model"]

    def ask_model_folder(self):
        return self.answers["model"]

    def ask_install(self, question):
        self.install_questions.append(question)
        return self.answers["install"]

    def ask_save_path(self, suggestion):
        self.suggested = suggestion
        return self.answers["save"]

    def ask_unsaved(self, names, before):
        self.asked_unsaved.append((names, before))
        return self.answers["unsaved"]

    def ask_text(self, title, label, text):
        return self.answers["text"]

    def set_theme(self, name):
        self.themes.append(name)

    def toggle_full_screen(self):
        self.full_screen += 1

    def show_about(self, text):
        self.about = text

    def show_text(self, title, text):
        self.texts.append((title, text))

    def show_card(self, page):
        self.pages.append(page)

    def show_self_test(self, text, is_good):
        self.self_tests.append((text, is_good))

    def ask_labels_file(self):
        return self.answers["labels file"]

    def ask_export_path(self, title, suggestion):
        self.export_suggestion = suggestion
        return self.export_path

    def ask_contours_file(self):
        return self.answers["contours file"]

    def ask_labels_path(self, suggestion):
        self.suggested = suggestion
        return self.answers["labels path"]

    def ask_picture_path(self):
        return self.answers["picture"]

    def save_picture(self, path, mark):
        self.pictures.append((path, mark))

    def copy_picture(self):
        self.copies += 1

    def show_preferences(self, params, values):
        self.preferences = {param.name: values[param.name] for param in params}

    def show_guide(self):
        self.guides += 1

    def close(self):
        self.closed = True
