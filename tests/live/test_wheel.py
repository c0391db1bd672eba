"""The wheels as pip installs them: the command under every age of glibc, the plugins in every debugger there is;
and for musl, in a bare tree of a musl Python.

scripts/make-wheel makes the one, with --musl the other; HOGNOSE_WHEEL names others than dist/hognose-*.whl.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

import compare
import debugger as debuggers
import discover
from debuggee import Debuggee

pytestmark = pytest.mark.slow


def wheel(libc="glibc"):
    found = glob.glob(os.environ.get("HOGNOSE_WHEEL") or os.path.join(discover.ROOT, "dist", "hognose-*.whl"))
    found = [path for path in found if ("musllinux" in path) == (libc == "musl")]
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


# ---- musl ----

BARE = "/usr/local/bin/python3.13"
# The tree sees the tests, which it runs, and their files; all of that ends with the command.
ENTER = """
for folder in /proc /tmp {tests}; do mkdir -p {tree}$folder && mount --rbind $folder {tree}$folder || exit; done
exec chroot {tree} "$@"
"""


def musl_wheel():
    found = wheel("musl")
    if not found:
        pytest.skip("there is no wheel for musl: scripts/make-wheel --musl makes one")
    return found


def run(*command):
    return subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


class BareTree:
    """musl, its Python, the wheel in an environment of that, and nothing else."""

    def __init__(self, folder, python):
        script = ENTER.format(tests=discover.TESTS, tree=folder)
        self.enter = ["unshare", "--mount", "sh", "-c", script, "enter"]
        self.python = discover.Python("bare-musl", [*self.enter, BARE], python.version, python.flavour)
        self.folder = folder
        prefix = os.path.dirname(os.path.dirname(os.path.realpath(python.command[0])))
        unused = shutil.ignore_patterns("__pycache__", "include", "share", "config-*", "*.a")
        shutil.copytree(prefix, os.path.join(folder, "usr", "local"), symlinks=True, ignore=unused)
        os.mkdir(os.path.join(folder, "lib"))
        shutil.copy("/lib/ld-musl-x86_64.so.1", os.path.join(folder, "lib"))
        shutil.copy(musl_wheel(), folder)
        self.told(BARE, "-m", "venv", "/venv")
        self.told("/venv/bin/pip", "install", "-q", "--no-index", "/" + os.path.basename(musl_wheel()))

    def run(self, *command):
        return run(*self.enter, *command)

    def told(self, *command):
        done = self.run(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def hognose(self, *words):
        return self.told("/venv/bin/hognose", *words)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    musl_wheel()
    pythons = [python for python in discover.pythons() if "musl" in python.flavour]
    if not pythons:
        pytest.skip("no Python for musl is here; scripts/get-pythons --only musl313 builds one")
    if os.geteuid() or run("unshare", "--mount", "true").returncode:
        pytest.skip("this takes the right to mount and to change the root")
    return BareTree(str(tmp_path_factory.mktemp("musl")), pythons[0])


def test_musl_hung_process(bare):
    with Debuggee(bare.python, "threads") as process:
        document = json.loads(bare.hognose("dump", process.pid, "--json"))
        compare.assert_same(document, process.truth, pid=process.pid)
        waits = json.loads(bare.hognose("why", process.pid, "--json"))
        assert len(waits["threads"]) == len(process.truth["threads"])
        core = os.path.join(process.folder, "small.core")
        bare.hognose("core", process.pid, "-o", core)
        compare.assert_same(json.loads(bare.hognose("dump", core, "--json")), process.truth, pid=process.pid)


def test_musl_children(bare):
    with Debuggee(bare.python, "workers") as process:
        document = json.loads(bare.hognose("dump", "--children", process.pid, "--json"))
        pids = [one["target"]["pid"] for one in document["processes"]]
        assert pids == [process.pid, *process.truth["children"]]
        assert "4 threads in 4 processes" in bare.hognose("dump", "--children", process.pid)


def test_musl_busy_process(bare):
    """With the priority and on the CPUs that the kernel gives, which musl's own functions do not ask for."""
    with Debuggee(bare.python, "busy") as process:
        profile = os.path.join(process.folder, "busy.json")
        text = bare.hognose("sample", "-d", "2", process.pid, "-o", profile)
        with open(profile) as file:
            names = {function["name"] for function in json.load(file)["functions"]}
        assert {"spin", "add_up", "square"} <= names, text
        assert "add_up" in bare.hognose("top", process.pid, "--count", "1", "--duration", "2")


def test_musl_init_files(bare):
    home = os.path.join(bare.folder, "root")
    os.mkdir(home)
    at_home = "import os, sys; os.environ['HOME'] = '/root'; os.execv(sys.argv[1], sys.argv[1:])"
    environment = ["/venv/bin/python", "-c", at_home]
    with open(os.path.join(home, ".gdbinit"), "w") as file:
        file.write("set pagination off")
    done = bare.run(*environment, "/venv/bin/hognose", "install")
    assert done.returncode == 0 and "lldb: this hognose has no lldb plugin" in done.stdout, done.stderr
    with open(os.path.join(home, ".gdbinit")) as file:
        assert "/hognose/hognose-gdb.py" in file.read()
    refused = bare.run(*environment, "/venv/bin/hognose", "install", "--lldb")
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1 and "it was built for musl" in refused.stderr
    assert bare.run(*environment, "/venv/bin/hognose", "uninstall").returncode == 0
    with open(os.path.join(home, ".gdbinit")) as file:
        assert file.read() == "set pagination off"


def test_musl_extension(bare):
    """There is no gdb for musl here. But musl refuses to load what calls a function that is not there."""
    look = "import sys, sysconfig; sys.path[:0] = [sysconfig.get_path('platlib') + '/hognose']; import _hognose"
    assert "_hognose.abi3.so" in bare.told("/venv/bin/python", "-c", look + "; print(_hognose)")


@pytest.mark.parametrize("python", venvs())
def test_musl_command_reads_any_python(python, tmp_path):
    """It is linked statically: it runs where there is no musl."""
    with zipfile.ZipFile(musl_wheel()) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".data/scripts/hognose"))
        program = archive.extract(name, str(tmp_path))
    os.chmod(program, 0o755)
    with Debuggee(python, "threads") as process:
        done = run(program, "dump", process.pid, "--json")
        assert done.returncode == 0, done.stderr
        compare.assert_same(json.loads(done.stdout), process.truth, pid=process.pid)
