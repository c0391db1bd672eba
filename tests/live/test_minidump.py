"""Dumps that lldb alone can open."""

import subprocess

import debugger as debuggers


def test_stacks_alone(lldb, any_python, tmp_path):
    """lldb gives what the files hold for what the dump lacks: Python as it was before it ran."""
    path = tmp_path / "stacks.dmp"
    program = "import signal; print(flush=True); signal.pause()"
    with subprocess.Popen([*any_python.command, "-c", program], stdout=subprocess.PIPE) as process:
        try:
            process.stdout.readline()
            words = "process save-core --plugin-name=minidump --style=stack %s" % path
            debuggers.run(lldb, debuggers.live(process.pid), words, load=False)
        finally:
            process.kill()
    outcome = debuggers.run(lldb, debuggers.core(path), "py-dump")
    assert outcome.status == 1
    assert "this dump lacks its data" in outcome.stderr
    assert "run on" not in outcome.stderr
