"""The preferences dialog over a real window: it shows what holds, and tells every change."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from medview.gui.preferences_dialog import PreferencesDialog
from medview.gui.theme import colours
from medview.session.settings import SETTINGS, Settings


def test_every_preference_is_shown_with_its_value_and_a_change_is_told(qtbot, tmp_path):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    settings = Settings(tmp_path)
    settings.set("theme", "light")
    heard = []
    preferences = PreferencesDialog(window, colours("dark"))
    preferences.changed.connect(lambda name, value: heard.append((name, value)))
    preferences.show(SETTINGS, settings.values)
    qtbot.waitExposed(preferences.dialog)
    fields = {field.accessibleName(): field for field in preferences.dialog.findChildren(QWidget)}
    assert {param.title for param in SETTINGS} <= fields.keys()
    theme, hints = fields["Theme"], fields["Hints"]
    assert isinstance(theme, QComboBox) and theme.currentText() == "Light"
    assert isinstance(hints, QCheckBox) and hints.isChecked()
    assert heard == []
    theme.setCurrentIndex(0)
    hints.click()
    assert heard == [("theme", "dark"), ("show_hints", False)]
    preferences.dress(colours("light"))
    preferences.dialog.reject()
    assert not preferences.dialog.isVisible()
