"""py-exc against traceback.format_exc(), in both debuggers."""

import re

import pytest

import debugger as debuggers
import discover
from debuggee import Debuggee


def frames_and_words(told):
    """The frames of a traceback, and the lines that are no frame and no source."""
    frames = re.findall(r'^ *File ".*?([^/"]+)", line (\d+), in (.+)$', told, re.MULTILINE)
    words = re.findall(r"^ *(The above .*|During handling .*|see the manual)$", told, re.MULTILINE)
    return frames, words


@pytest.mark.parametrize("python", [python for python in discover.pythons_and_gaps() if python.name != "pyenv-3.6.15"])
def test_chain_that_is_handled(python, debugger):
    with Debuggee(python, "exceptions") as process:
        told = debuggers.run(debugger, debuggers.live(process.pid), "py-exc").stdout
        assert frames_and_words(told) == frames_and_words(process.truth["told"])
        assert "KeyError('host')" in told and "RuntimeError('no host')" in told and "Being handled:" in told
