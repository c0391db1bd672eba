"""py-why of eventfd, timerfd, signalfd, inotify and pidfd: tests/programs/event_waits.py says what they are."""

import pytest
import why_truth
from test_why import assert_none, few_pythons

import debugger as debuggers
from debuggee import Debuggee


@pytest.mark.parametrize("python", few_pythons())
def test_files_of_the_kernel(python, debugger):
    with Debuggee(python, "event_waits") as process:
        why_truth.settle(process)
        document = debuggers.json_of(debugger, debuggers.live(process.pid), "py-why")
        assert_none(why_truth.wait_differences(document, process.truth))
        texts = {name: node["text"] for name, (_, node) in why_truth.by_name(document).items() if node}
        assert_none(
            [
                "%s: %r lacks %r" % (name, texts[name], wanted)
                for name, wanted in process.truth["words"].items()
                if wanted not in texts[name]
            ]
        )
