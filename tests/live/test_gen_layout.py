"""scripts/gen-layout: the committed rows of core/layout/versions are what real interpreters have.

Each interpreter that scripts/get-pythons knows is asked: for its DWARF where it has some, and from 3.13 on for the
debug-offset table in its file, which a stripped one has too. One that has neither is skipped by name.
"""

import functools
import importlib.machinery
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GEN_LAYOUT = ROOT / "scripts" / "gen-layout"
NOTHING_TO_ASK = 2

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")]


def gen_layout(*arguments, script=GEN_LAYOUT):
    return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, timeout=120)


def installed():
    loader = importlib.machinery.SourceFileLoader("gen_layout", str(GEN_LAYOUT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("gen_layout", loader))
    dont_write, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # no scripts/gen-layout.pyc
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = dont_write
    return {entry["name"]: entry for entry in module.installed()}


PYTHONS = installed()


@functools.lru_cache
def with_dwarf(release):
    """The first of a minor release that is known to have debug information."""
    for name, entry in PYTHONS.items():
        plain = not {"debug", "free-threaded"} & set(entry["flavour"])
        if entry["version"].startswith(release + ".") and plain and gen_layout(name).returncode == 0:
            return name
    pytest.skip(f"no CPython {release} with debug information")


@pytest.mark.parametrize("name", PYTHONS or [pytest.param("-", marks=pytest.mark.skip("no interpreters: get-pythons"))])
def test_committed_rows_are_those_of(name):
    ran = gen_layout("--check", name)
    if ran.returncode == NOTHING_TO_ASK:
        pytest.skip(f"{name}: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.rstrip().endswith("agree")


def rows(text):
    return dict(re.findall(r"^AT\((\w+),\s+(\d+)\)$", text, re.M))


#: Types of extension modules.
WITHOUT_DEBUG_INFORMATION = ("simplequeue_", "semlock_", "task_", "future_", "taskwakeup_")


@pytest.mark.parametrize("release", ["3.6", "3.8", "3.11", "3.12"])
def test_printed_rows_are_the_committed_ones(release):
    ran = gen_layout(with_dwarf(release))
    major, minor = release.split(".")
    committed = ROOT / "core" / "layout" / "versions" / f"{major}.{int(minor):02}.def"
    printed, every = rows(ran.stdout), rows((committed.parent / "every.def").read_text())
    of_version = rows(committed.read_text())
    own = {field: offset for field, offset in printed.items() if every.get(field) != offset}
    assert own.items() <= of_version.items()
    # types of extension modules that have no debug information of their own
    assert all(field.startswith(WITHOUT_DEBUG_INFORMATION) for field in set(of_version) - set(printed))


def copy_of_layout(folder):
    """A tree in which a row can be spoiled."""
    (folder / "scripts").mkdir()
    shutil.copy(GEN_LAYOUT, folder / "scripts")
    shutil.copytree(ROOT / "core" / "layout", folder / "core" / "layout")
    return folder / "scripts" / "gen-layout", folder / "core" / "layout" / "versions"


@pytest.mark.parametrize(
    "row, spoiled, said",
    [
        (r"AT\(code_co_name,.*\)", "AT(code_co_name, 128)", "code.co_name: {} says 128, the debug information 120"),
        (r"AT\(code_co_name,.*\)", "", "code.co_name: {} says absent, the debug information 120"),
        (r"HEADER\(.*\)", "AT(frame_f_back, 24)", "frame.f_back: {} says 24, the debug information absent"),
        (
            r"TRAIT\(unicode_kind_shift,.*\)",
            "TRAIT(unicode_kind_shift, 3)",
            "unicode_kind_shift: {} says 3, the debug information 2",
        ),
    ],
)
def test_a_wrong_row_is_found(tmp_path, row, spoiled, said):
    script, versions = copy_of_layout(tmp_path)
    text, count = re.subn(row, spoiled, (versions / "3.12.def").read_text())
    assert count == 1
    (versions / "3.12.def").write_text(text)
    ran = gen_layout("--check", with_dwarf("3.12"), script=script)
    assert ran.returncode == 1
    assert said.format("versions/3.12.def") in ran.stdout


def test_a_wrong_row_is_found_in_the_table(tmp_path):
    """A stripped interpreter has no more than its table."""
    name = next((name for name, entry in PYTHONS.items() if name.startswith("trixie-3.13")), None)
    if not name:
        pytest.skip("trixie-3.13 is not installed")
    script, versions = copy_of_layout(tmp_path)
    text, count = re.subn(r"\nAT\(interp_id,.*\)", "\nAT(interp_id, 7264)", (versions / "3.13.def").read_text())
    assert count == 1
    (versions / "3.13.def").write_text(text)
    ran = gen_layout("--check", name, script=script)
    assert ran.returncode == 1
    assert "interp.id: versions/3.13.def says 7264, the debug-offset table 7272" in ran.stdout


def test_a_version_without_a_file_is_printed_whole(tmp_path):
    script, versions = copy_of_layout(tmp_path)
    (versions / "3.12.def").unlink()
    name = with_dwarf("3.12")
    assert rows(gen_layout(name, script=script).stdout) == rows(gen_layout(name).stdout)
    ran = gen_layout("--check", name, script=script)
    assert ran.returncode == NOTHING_TO_ASK
    assert "there is no core/layout/versions/3.12.def" in ran.stderr


def test_list_names_the_interpreters():
    assert [line.split()[0] for line in gen_layout("--list").stdout.splitlines()] == list(PYTHONS)


def test_what_is_no_python_is_said():
    ran = gen_layout("--check", "/bin/true")
    assert ran.returncode == NOTHING_TO_ASK and "cannot be asked for its version" in ran.stderr
