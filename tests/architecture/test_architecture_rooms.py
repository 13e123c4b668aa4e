"""Rooms: what may know what, names that say what they hold, docstrings at every door."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(path.parent for path in (ROOT / "medview").rglob("__init__.py"))
MODULES = sorted(path for path in (ROOT / "medview").rglob("*.py") if path.name != "__init__.py")
EMPTY_WORDS = ("util", "utils", "helper", "helpers", "misc", "common", "manager")


def test_import_contracts_hold() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_room_says_what_belongs_there_and_imports_nothing() -> None:
    for package in PACKAGES:
        tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), package
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not imports, package


def test_every_module_says_its_one_idea() -> None:
    silent = [path for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent


def test_names_say_what_things_hold() -> None:
    assert not [path for path in MODULES if path.stem in EMPTY_WORDS]


def fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_core_needs_neither_windows_nor_drawing_nor_torch() -> None:
    names = ", ".join(f"medview.core.{path.stem}" for path in (ROOT / "medview/core").glob("[a-z]*.py"))
    heavy = "{'PySide6', 'vtkmodules', 'torch', 'nibabel', 'SimpleITK', 'scipy'}"
    assert fresh(f"import sys, {names}; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_listing_the_models_needs_no_torch_and_little_time() -> None:
    code = (
        "import sys, time; import medview.ml.registry as registry; start = time.perf_counter();"
        "registry.installed().specs(); spent = time.perf_counter() - start;"
        "print('torch' in sys.modules, spent < 1)"
    )
    assert fresh(code) == "False True"


def test_every_model_is_described_whole() -> None:
    registry = importlib.import_module("medview.ml.registry").installed()
    assert registry.specs()
    for spec in registry.specs():
        for param in (*spec.params, *spec.train_params):
            assert param.help.strip(), f"{spec.id}.{param.name}"
        assert spec.licence
        assert spec.citation
        for entry in filter(None, (spec.entry, spec.train_entry)):
            module = entry.split(":")[0]
            assert importlib.util.find_spec(module) is not None
