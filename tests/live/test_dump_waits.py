"""py-dump and py-threads name what a thread waits for, as py-why does: test_why.py holds that to the truth."""

import json
import re

import pytest
import why_truth
from test_cli import told
from test_why import few_pythons

import debugger as debuggers
import discover
from debuggee import Debuggee

KEYS = ("kind", "address", "name", "held_by", "grade")


def waits_of_why(document):
    nodes = {node["id"]: node for node in document["nodes"]}
    return {
        thread["os_thread_id"]: {key: nodes[thread["waits_for"]][key] for key in KEYS}
        for thread in document["threads"]
        if thread["waits_for"]
    }


def waits_of_dump(document):
    return {
        thread["os_thread_id"]: {key: thread["waits_for"][key] for key in KEYS}
        for thread in document["threads"]
        if thread["waits_for"]
    }


@pytest.mark.parametrize("command", ("py-dump", "py-threads"))
@pytest.mark.parametrize("python", few_pythons())
def test_the_same_as_py_why(python, command, gdb, lldb):
    with Debuggee(python, "waits") as process:
        why_truth.settle(process)
        targets = [(gdb, debuggers.live(process.pid)), (lldb, debuggers.core(process.gcore()))]
        for debugger, target in targets:
            wanted = waits_of_why(debuggers.json_of(debugger, target, "py-why"))
            found = waits_of_dump(debuggers.json_of(debugger, target, command))
            assert len(wanted) > 10
            assert found == wanted


def words_of_why(text):
    return {line.strip() for line in text.splitlines() if re.match(r"    (waits for|sleeps|in) ", line)}


def test_the_same_words(debugger):
    """How long it has waited and how long it may still wait is another number at each look."""
    python = few_pythons()[0]
    with Debuggee(python, "waits") as process:
        why_truth.settle(process)
        outcome = debuggers.run(debugger, debuggers.live(process.pid), "py-why --all", "py-dump", "py-threads")
        assert outcome.status == 0, outcome.stderr
        why, dump, threads = re.split(r"(?m)^(?=Process \d|[* ]*Thread +LWP )", outcome.stdout)[-3:]
        words = [line for line in words_of_why(why) if "; for " not in line and "at most" not in line]
        assert len(words) > 5
        for one in words:
            assert re.sub(r"\s+", " ", one) in re.sub(r"\s+", " ", dump)
            assert re.sub(r"\s+", " ", one) in re.sub(r"\s+", " ", threads)


def test_of_a_process_that_runs(gdb):
    """It is not stopped: the waits are of the same moment as the stacks."""
    python = discover.pythons()[0]
    with Debuggee(python, "wait_graphs", 3, 6) as process:
        why_truth.settle(process)
        why = debuggers.json_of(gdb, debuggers.live(process.pid), "py-why")
        assert not why_truth.graph_differences(why, process.truth)
        assert waits_of_dump(json.loads(told("dump", str(process.pid), "--json"))) == waits_of_why(why)
