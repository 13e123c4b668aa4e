"""What the window presenter asks of the main window: menus, status, questions, messages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from psygnal import SignalInstance

from medview.core.params import Param
from medview.core.state import Layout
from medview.present.ports.card_port import CardPage
from medview.present.ports.install_question import InstallQuestion
from medview.present.ports.menu_port import ActionRow, RecentRow


@dataclass(frozen=True, kw_only=True)
class SeriesRow:
    """One DICOM series of the picker."""

    title: str
    modality: str
    detail: str
    is_suggested: bool


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """One mask that can be compared with another; those of one `grid` fit together."""

    name: str
    grid: int


class WindowViewPort(Protocol):
    """The main window: menus, title, status, questions, messages."""

    triggered: SignalInstance  # (action_id: str)
    dropped: SignalInstance  # (paths: tuple[Path, ...])
    recent_chosen: SignalInstance  # (Path)
    frame_chosen: SignalInstance  # (int)
    close_asked: SignalInstance  # ()
    preference_changed: SignalInstance  # (name: str, value)
    self_test_asked: SignalInstance  # (model_id: str)

    def show_actions(self, rows: tuple[ActionRow, ...]) -> None:
        """Build or refresh menus, tool bar and keys."""

    def show_title(self, document: str, is_unsaved: bool) -> None:
        """Show what is open; never a patient's name."""

    def show_layout(self, layout: Layout) -> None:
        """Show these panes."""

    def show_readout(self, lines: tuple[str, ...]) -> None:
        """Show position and values under the mouse."""

    def show_hint(self, text: str) -> None:
        """Show one line in the status bar: what the mouse does now, or what has just happened."""

    def show_frames(self, frame: int, count: int, text: str) -> None:
        """Show the time slider; a count of 1 hides it."""

    def show_recent(self, rows: tuple[RecentRow, ...]) -> None:
        """Fill the Recent menu and the start page."""

    def show_error(self, title: str, detail: str, hint: str) -> None:
        """Tell a failure; never blocks the program."""

    def show_warnings(self, title: str, lines: tuple[str, ...]) -> None:
        """Say what was guessed or repaired, in a bar that can be dismissed."""

    def ask_paths(self) -> tuple[Path, ...]:
        """Ask for files to open; empty on cancel."""

    def ask_folder(self) -> Path | None:
        """Ask for a DICOM folder; None on cancel."""

    def ask_series(self, rows: tuple[SeriesRow, ...]) -> tuple[int, ...]:
        """Ask which series to open; empty on cancel."""

    def ask_model_file(self) -> Path | None:
        """Ask for a zip of a model; None on cancel."""

    def ask_model_folder(self) -> Path | None:
        """Ask for a model folder; None on cancel."""

    def ask_install(self, question: InstallQuestion) -> bool:
        """Show what a model is, and ask whether to install it."""

    def ask_pair(self, rows: tuple[PairRow, ...], chosen: tuple[int, int]) -> tuple[int, int] | None:
        """Ask which two masks to compare; None on cancel."""

    def ask_save_path(self, suggestion: Path) -> Path | None:
        """Ask where to save; None on cancel. Overwriting has been confirmed by the dialog."""

    def ask_unsaved(self, names: tuple[str, ...], before: str) -> str:
        """Warn of unsaved work: ``"save"``, ``"discard"`` or ``"cancel"``."""

    def ask_text(self, title: str, label: str, text: str) -> str | None:
        """Ask for a line of text; None on cancel."""

    def set_theme(self, name: str) -> None:
        """Show ``"dark"`` or ``"light"``."""

    def toggle_full_screen(self) -> None:
        """Fill the screen, or come back."""

    def show_about(self, text: str) -> None:
        """Show version, licences and what the program is not for."""

    def show_text(self, title: str, text: str) -> None:
        """Show plain text with line breaks, such as the list of keys or a model's card."""

    def show_card(self, page: CardPage) -> None:
        """Show a model's card, beside which work goes on."""

    def show_self_test(self, text: str, is_good: bool | None) -> None:
        """Tell on the card what a self-test found; None while it runs."""

    def ask_labels_file(self) -> Path | None:
        """Ask for a table of labels to load; None on cancel."""

    def ask_contours_file(self) -> Path | None:
        """Ask for a DICOM structure set to load; None on cancel."""

    def ask_labels_path(self, suggestion: Path) -> Path | None:
        """Ask where to save a table of labels; None on cancel."""

    def ask_export_path(self, title: str, suggestion: Path) -> Path | None:
        """Ask where to write a file of the kind of the suggestion's ending; None on cancel."""

    def ask_picture_path(self) -> Path | None:
        """Ask where to save a picture of the panes; None on cancel."""

    def save_picture(self, path: Path, mark: str) -> None:
        """Save what the panes show as PNG; `mark` is written into it as text too."""

    def copy_picture(self) -> None:
        """Put what the panes show on the clipboard."""

    def show_preferences(self, params: tuple[Param, ...], values: dict[str, Any]) -> None:
        """Let the person change preferences; every change is told at once."""

    def show_guide(self) -> None:
        """Open the user guide."""

    def close(self) -> None:
        """Close the window for good."""
