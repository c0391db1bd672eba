"""The wheel as pip installs it: the command under every age of glibc, the plugins in every debugger there is.

scripts/make-wheel makes one; HOGNOSE_WHEEL names another than dist/hognose-*.whl.
"""

import glob
import json
import os
import subprocess
import sys

import pytest

import compare
import debugger as debuggers
import discover
from debuggee import Debuggee

pytestmark = pytest.mark.slow


def wheel():
    found = glob.glob(os.environ.get("HOGNOSE_WHEEL") or os.path.join(discover.ROOT, "dist", "hognose-*.whl"))
    return max(found, key=os.path.getmtime) if found else None


def glibcs():
    """The C libraries of the trees that interpreters were fetched with: name, loader, folders of libraries."""
    for python in discover.pythons():
        tree = python.command[0].partition("/usr/bin/")[0]
        loader = os.path.join(tree, "lib64", "ld-linux-x86-64.so.2")
        loader = loader if os.path.exists(loader) else os.path.join(tree, "usr", loader[len(tree) + 1 :])
        if tree and os.path.exists(loader) and "release" in python.flavour:
            folders = [os.path.join(tree, part, "x86_64-linux-gnu") for part in ("lib", "usr/lib")]
            yield pytest.param(loader, ":".join(folders), id=python.name)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of an environment that has it."""
    if not wheel():
        pytest.skip("there is no wheel: scripts/make-wheel makes one")
    folder = str(tmp_path_factory.mktemp("wheel"))
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [os.path.join(folder, "bin", "pip"), "install", "-q", "--no-index", wheel()]
    subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
    return folder


def site(folder):
    return glob.glob(os.path.join(folder, "lib", "python3.*", "site-packages", "hognose"))[0]


@pytest.mark.parametrize("loader, folders", list(glibcs()) or [pytest.param(None, None)])
def test_under_another_glibc(installed, any_python, loader, folders):
    if not loader:
        pytest.skip("no tree with another glibc is here; scripts/get-pythons fetches some")
    with Debuggee(any_python, "threads") as process:
        program = os.path.join(installed, "bin", "hognose")
        command = [loader, "--library-path", folders, program, "dump", str(process.pid), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        assert done.returncode == 0, done.stderr
        compare.assert_same(json.loads(done.stdout), process.truth, pid=process.pid)


@pytest.mark.parametrize("any_debugger", discover.debuggers_and_gaps())
def test_in_a_debugger(installed, any_python, any_debugger, monkeypatch):
    name = {"gdb": "hognose-gdb.py", "lldb": "hognose-lldb.so"}[any_debugger.kind]
    monkeypatch.setattr(discover, "plugin_path", lambda _kind: os.path.join(site(installed), name))
    with Debuggee(any_python, "threads") as process:
        dump = debuggers.dump(any_debugger, debuggers.live(process.pid))
        compare.assert_same(dump, process.truth, pid=process.pid)


def venvs():
    return [python for python in discover.pythons() if python.name.startswith(("pyenv", "system"))]


@pytest.mark.parametrize("python", venvs())
def test_pip_of_every_python(python, tmp_path):
    """Where its pip knows of wheels for a glibc by its version, from 20.3 on."""
    if not wheel():
        pytest.skip("there is no wheel: scripts/make-wheel makes one")
    subprocess.run([*python.command, "-m", "venv", str(tmp_path)], check=True, stdout=subprocess.DEVNULL)
    pip = str(tmp_path / "bin" / "pip")
    version = subprocess.run([pip, "--version"], stdout=subprocess.PIPE, universal_newlines=True).stdout.split()[1]
    done = subprocess.run(
        [pip, "install", "-q", "--no-index", wheel()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if discover.version_key(version) < (20, 3):
        assert done.returncode != 0 and "not a supported wheel" in done.stdout
        return
    assert done.returncode == 0, done.stdout
    told = subprocess.run([str(tmp_path / "bin" / "hognose"), "--version"], stdout=subprocess.PIPE, text=True)
    assert told.stdout.startswith("hognose ")
