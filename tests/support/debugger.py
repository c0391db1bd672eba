"""Debuggers run as a user runs them in a script: one batch, one target, some commands.

The same calls serve gdb and lldb of every version, and tests/tools/run_session, which is no debugger at all: of
what is typed into one it knows the py- commands and the settings. A Target says what to look at (a live
process, a core file with or without its executable, a gdbserver, nothing at all); run() gives
back what was printed and the exit status; dump() what py-dump --json wrote.
"""

import json
import os
import subprocess
import tempfile
from collections import namedtuple

import debuggee
import discover

TIMEOUT_SECONDS = 180

#: kind: live, core, remote or none. value: the pid, the core's path, the port.
Target = namedtuple("Target", "kind value executable")
Outcome = namedtuple("Outcome", "status stdout stderr command")

NOTHING = Target("none", None, None)


def live(pid):
    return Target("live", pid, None)


def core(path, executable=None):
    return Target("core", path, executable)


def remote(port, executable=None):
    return Target("remote", port, executable)


class DebuggerError(Exception):
    pass


def run(debugger, target, *commands, options=(), load=True, variables=None):
    """Run commands with the plugin loaded; the exit status is that of the last of them."""
    if debugger.kind == "none":
        command = session_command(target, commands, options, load)
    else:
        build = {"gdb": gdb_command, "lldb": lldb_command}[debugger.kind]
        command = [debugger.path, *debugger.args, *build(debugger, target, commands, options, load)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=dict(environment(), **variables or {}),
        stderr=subprocess.PIPE,
        timeout=TIMEOUT_SECONDS,
    )
    return Outcome(
        done.returncode,
        done.stdout.decode(errors="backslashreplace"),
        done.stderr.decode(errors="backslashreplace"),
        command,
    )


def environment():
    """Ours, without what would make a debugger download symbols or colour its output."""
    without = ("DEBUGINFOD_URLS", "LS_COLORS", "COLUMNS", "TERM", "NO_COLOR")
    return {key: value for key, value in os.environ.items() if key not in without}


def gdb_command(debugger, target, commands, options, load):
    command = ["-batch", "-nx"]
    if discover.version_key(debugger.version) >= (12,):
        command += ["-iex", "set debuginfod enabled off"]
    command += options
    if target.executable:
        command.append(target.executable)
    command += {"live": ["-p", str(target.value)], "core": ["-c", str(target.value)]}.get(target.kind, [])
    before = ["target remote 127.0.0.1:%s" % target.value] if target.kind == "remote" else []
    before += ["source " + discover.plugin_path("gdb")] if load else []
    for word in before + list(commands):
        command += ["-ex", word]
    return command


def lldb_command(_debugger, target, commands, options, load):
    command = ["--batch", "--no-lldbinit"]
    before = ["settings set symbols.enable-external-lookup false", "settings set target.preload-symbols false"]
    before += ["plugin load " + discover.plugin_path("lldb")] if load else []
    for word in before:
        command += ["-O", word]
    command += options
    if target.executable:
        command += ["--file", target.executable]
    command += {"live": ["-p", str(target.value)], "core": ["--core", str(target.value)]}.get(target.kind, [])
    connect = ["gdb-remote 127.0.0.1:%s" % target.value] if target.kind == "remote" else []
    for word in connect + list(commands):
        command += ["-o", word]
    return command


def session_command(target, commands, options, load):
    known = all(line.startswith(("py-", "set hognose ")) and not line.startswith("py-set") for line in commands)
    wanting = [line for line in commands if "--native" in line or line.startswith(("py-sample", "py-top"))]
    is_odd = target.kind == "live" and (wanting or not can_be_held(target.value))
    if target.kind == "remote" or not load or options or not known or is_odd:
        discover.skip_without_debugger()
    return [discover.session_path(), "-" if target.kind == "none" else str(target.value), *commands]


def can_be_held(pid):
    """Whether it is a process, has not ended, and no debugger has it. What is made of others is each debugger's own."""
    try:
        status = debuggee.status_of("/proc/%d/status" % pid)
    except OSError:
        return False
    return int(status["Tgid"]) == pid and status["State"][0] not in "ZX" and int(status["TracerPid"]) == 0


def last_words(debugger, target):
    """What lets a remote process go on and its server end; nothing to do elsewhere."""
    if target.kind != "remote":
        return []
    return ["detach" if debugger.kind == "gdb" else "process detach"]


def dump(debugger, target, *arguments, options=()):
    """What py-dump --json says of the target, parsed. Fails with the debugger's words."""
    return json_of(debugger, target, "py-dump", *arguments, options=options)


def json_of(debugger, target, command, *arguments, options=()):
    with tempfile.TemporaryDirectory(prefix="hognose-json-") as folder:
        path = os.path.join(folder, "out.json")
        words = " ".join([command, "--json", "--output", path, *arguments])
        outcome = run(debugger, target, words, *last_words(debugger, target), options=options)
        if not os.path.exists(path):
            raise DebuggerError(
                "%s wrote nothing (exit status %d)\n%s\n%s\n%s"
                % (words, outcome.status, " ".join(outcome.command), outcome.stdout[-3000:], outcome.stderr)
            )
        with open(path, encoding="utf-8") as file:
            return json.load(file)


def dump_remote(debugger, pid, executable=None, options=()):
    """The same through a gdbserver of its own; the process goes on afterwards."""
    with debuggee.Gdbserver(pid) as server:
        return dump(debugger, remote(server.port, executable), options=options)
