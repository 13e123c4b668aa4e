"""A model's card: facts, tables, reliability curves, and the button of its self-test."""

from __future__ import annotations

import html
from collections.abc import Iterator

from psygnal import Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from medview.gui.reliability_view import ReliabilityView
from medview.gui.texts import label, plain_tip
from medview.gui.theme import Colours
from medview.present.ports.card_port import CardFact, CardPage, CardTable

_CURVES_WIDTH_PX = 300
_MOST_CURVES = 3
_FIRST = ("What it is for", "Mind", "Cannot run", "Known failures", "Trained on", "Licence")


class CardDialog:
    """Shows a card beside the work. Kept as long as the window, hidden while it is not needed.

    Args:
        parent: The window.
        colours: Of the theme.
    """

    self_test_asked = Signal(str)

    def __init__(self, parent: QWidget, colours: Colours) -> None:
        self._colours = colours
        self._page: CardPage | None = None
        self.dialog = QDialog(parent)
        self.dialog.setModal(False)
        self._title = label("", "title", wraps=True)
        self._text = QTextBrowser()
        self._text.setOpenLinks(False)
        self._text.setWordWrapMode(QTextOption.WrapMode.WordWrap)  # a narrow column must not cut words
        self._text.setAccessibleName("Facts about the model")
        self._curves = [ReliabilityView(colours) for _ in range(_MOST_CURVES)]
        self._curves_note = label("", "muted", wraps=True)
        self._finding = label("", "", wraps=True)
        self._test = QPushButton("Self-test")
        self._test.clicked.connect(self._ask_test)
        for curve in self._curves:
            curve.hide()
        self._put_together()
        self.dialog.resize(980, 660)

    def show(self, page: CardPage) -> None:
        """Show a page; the finding of an earlier test is gone."""
        self._page = page
        self.dialog.setWindowTitle("Model card")
        self._title.setText(page.title)
        self._fill()
        self._finding.setText("")
        self._test.setEnabled(bool(page.self_test) and not page.problem)
        why_not = page.problem or ("" if page.self_test else "The model folder holds no self-test.")
        self._test.setToolTip(plain_tip(why_not or page.self_test))
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def show_self_test(self, text: str, is_good: bool | None) -> None:
        """Tell what the self-test found; None while it runs."""
        self._finding.setObjectName("error" if is_good is False else "")
        self._finding.style().polish(self._finding)
        self._finding.setText(text)
        self._test.setEnabled(is_good is not None)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for curve in self._curves:
            curve.dress(colours)
        self._fill()

    def _put_together(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(8)
        for curve in self._curves:
            curve.setFixedWidth(_CURVES_WIDTH_PX)
            right.addWidget(curve)
        for part in (self._curves_note, self._finding):
            part.setFixedWidth(_CURVES_WIDTH_PX)
            right.addWidget(part)
        right.addStretch(1)
        right.addWidget(self._test)
        close = QPushButton("Close")
        close.setToolTip("Close (Esc)")
        close.clicked.connect(self.dialog.reject)
        right.addWidget(close)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(self._text, 1)
        body.addLayout(right)
        column = QVBoxLayout(self.dialog)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addLayout(body, 1)

    def _fill(self) -> None:
        page = self._page
        if page is None:
            return
        self._text.setHtml(card_html(page, self._colours))
        for place, view in enumerate(self._curves):
            view.setVisible(place < len(page.curves))
            if place < len(page.curves):
                view.show_curve(page.curves[place])
        note = page.curves_note if page.curves else "Its calibration has not been measured."
        self._curves_note.setText(note)

    def _ask_test(self) -> None:
        if self._page is not None:
            self.self_test_asked.emit(self._page.model_id)


def card_html(page: CardPage, colours: Colours) -> str:
    """Facts and tables as rich text; whatever a card says is text, never markup."""
    # measurements stand between what a person must know and what they may look up
    facts = [(fact.heading in _FIRST, _fact_html(fact, colours)) for fact in page.facts]
    parts = [text for is_first, text in facts if is_first]
    parts += [_table_html(table, colours) for table in page.tables]
    parts += ["<br>", *(text for is_first, text in facts if not is_first)]
    return f"<div style='color:{colours.text}'>{''.join(parts)}</div>"


def _fact_html(fact: CardFact, colours: Colours) -> str:
    colour, weight = (colours.danger, "bold") if fact.is_alarming else (colours.text, "normal")
    body = html.escape(fact.text).replace("\n", "<br>")
    return (
        f"<p style='margin:0 0 9px 0'>{_muted(fact.heading, colours)}"
        f"<br><span style='color:{colour};font-weight:{weight}'>{body}</span></p>"
    )


def _table_html(table: CardTable, colours: Colours) -> str:
    sides = ["left", *("right" if _is_number(column) else "left" for column in _columns_of(table)[1:])]
    head = "".join(
        f"<th align='{side}' valign='bottom'>{_muted(words, colours)}</th>"
        for side, words in zip(sides, table.columns, strict=True)
    )
    rows = "".join(_row_html(row, sides) for row in _without_repeats(table.rows))
    return (
        f"<p style='margin:12px 0 4px 0'>{_muted(table.heading, colours)}</p>"
        f"<table cellpadding='4' cellspacing='0'><tr>{head}</tr>{rows}</table>"
    )


def _row_html(row: tuple[str, ...], sides: list[str]) -> str:
    cells = (
        f"<td align='{side}' valign='top'>{html.escape(cell).replace(' ± ', '&nbsp;±&nbsp;')}</td>"
        for side, cell in zip(sides, row, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _columns_of(table: CardTable) -> list[tuple[str, ...]]:
    return [tuple(row[place] for row in table.rows) for place in range(len(table.columns))]


def _is_number(cells: tuple[str, ...]) -> bool:
    return all(cell[:1] in "0123456789-–" for cell in cells)


def _without_repeats(rows: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, ...]]:
    """A first cell that repeats the one above stays empty."""
    above = ""
    for row in rows:
        yield ("" if row[0] == above else row[0], *row[1:])
        above = row[0]


def _muted(text: str, colours: Colours) -> str:
    return f"<span style='color:{colours.muted}'>{html.escape(text)}</span>"
