"""A dump against the truth, frame by frame.

The truth is what the process said of itself (tests/programs/truth.py). differences() returns
one readable paragraph for everything in which py-dump's JSON departs from it; an empty list
means that nothing does. Frames that a dump flags as incomplete or native are no Python frames
by Python's own account and are left out; nothing else is forgiven.
"""

import difflib

FRAME_FIELDS = ("name", "qualname", "filename", "module", "line", "end_line", "column", "end_column")


def assert_same(dump, truth, **expectations):
    found = differences(dump, truth, **expectations)
    assert not found, "\n".join(
        ["the dump is not the truth:"] + found + ["warning: " + warning for warning in dump["warnings"]]
    )


def differences(dump, truth, native_ids=True, pid=None):
    """`native_ids`: whether kernel thread ids can be known here. `pid`: the one expected."""
    return (
        document_differences(dump, truth, pid)
        + interpreter_differences(dump, truth)
        + thread_differences(dump, truth, native_ids)
    )


# ---- the document ----


def document_differences(dump, truth, pid):
    python = dump["python"]
    wanted = [
        ("schema", dump["schema"], "hognose.dump/1"),
        ("complete", dump["complete"], True),
        ("python.implementation", python["implementation"], "cpython"),
        ("python.version", python["version"], version_text(truth["version"])),
    ]
    for key in ("free_threaded", "debug_build"):
        if key in truth:
            wanted.append(("python." + key, python[key], truth[key]))
    if pid is not None:
        wanted.append(("target.pid", dump["target"]["pid"], pid))
    return [
        "%s: the dump has %r, the truth is %r" % (name, has, should) for name, has, should in wanted if has != should
    ]


def version_text(version_info):
    major, minor, micro, level, serial = version_info
    suffix = {"alpha": "a%d", "beta": "b%d", "candidate": "rc%d"}.get(level)
    return "%d.%d.%d" % (major, minor, micro) + (suffix % serial if suffix else "")


def interpreter_differences(dump, truth):
    collecting = [one["gc_collecting"] for one in dump["interpreters"]]
    wanted = [bool(truth.get("gc_collecting"))]
    if truth["version"] < [3, 7]:
        wanted.append(None)  # kept where no symbol leads
    found = (
        []
        if (True in collecting or collecting[0]) in wanted
        else ["gc_collecting: the dump has %r, the truth is %r" % (collecting, wanted)]
    )
    holders = [one["gil_holder"] for one in dump["interpreters"] if one["gil_holder"] is not None]
    if holders and "legal" not in truth:
        found.append("gil_holder: the dump has %r, but every thread is blocked" % holders)
    return found + order_differences(dump)


def order_differences(dump):
    """By Python's own ids of interpreters, the main one, 0, first; threads likewise."""
    ids = [one["id"] for one in dump["interpreters"]]
    of_threads = [one["interpreter"] for one in dump["threads"] if one["interpreter"] is not None]
    return [
        "%s are not in order: %r" % (what, order)
        for what, order in (("interpreters", ids), ("threads' interpreters", of_threads))
        if order != sorted(order) or order[:1] != [0]
    ]


# ---- threads ----


def thread_differences(dump, truth, native_ids):
    left = [thread for thread in dump["threads"] if thread["interpreter"] is not None]
    found = []
    for wanted in truth["threads"]:
        thread = find_thread(left, wanted)
        if thread is None:
            found.append("thread %#x %r is not in the dump" % (wanted["thread_id"], wanted["name"]))
            continue
        left.remove(thread)
        found += one_thread(thread, wanted, native_ids)
    found += [
        "thread %s %r with %d frames is not in the truth"
        % (thread["thread_id"], thread["thread_name"], len(thread["frames"]))
        for thread in left
        if python_frames(thread) and "legal" not in truth
    ]
    return found + native_thread_differences(dump, truth, native_ids)


def find_thread(threads, wanted):
    for thread in threads:
        if (
            thread["thread_id"] == hex(wanted["thread_id"])
            and wanted.get("interpreter", thread["interpreter"]) == thread["interpreter"]
        ):
            return thread
    return None


def one_thread(thread, wanted, native_ids):
    title = "thread %#x %r: " % (wanted["thread_id"], wanted["name"])
    found = []
    if wanted["name"] is not None and thread["thread_name"] != wanted["name"]:
        found.append(title + "the dump calls it %r" % thread["thread_name"])
    if native_ids and wanted["native_id"] and thread["os_thread_id"] != wanted["native_id"]:
        found.append(title + "os_thread_id is %r, the truth is %r" % (thread["os_thread_id"], wanted["native_id"]))
    if thread["stopped_because"]:
        found.append(title + "stopped because " + thread["stopped_because"])
    if wanted["frames"] is None:
        return found
    if thread["owns_gil"]:
        found.append(title + "blocked, and yet it owns the GIL")
    has = [frame_text(frame) for frame in python_frames(thread)]
    should = [frame_text(frame) for frame in wanted["frames"]]
    return found + ([] if has == should else [title + "- truth, + dump\n" + stack_difference(should, has)])


def native_thread_differences(dump, truth, native_ids):
    if not native_ids:
        return []
    listed = {thread["os_thread_id"]: thread for thread in dump["threads"]}
    found = []
    for native in truth.get("native_threads", []):
        if native not in listed:
            found.append("native thread %d is not in the dump" % native)
        elif listed[native]["interpreter"] is not None or python_frames(listed[native]):
            found.append("native thread %d is taken for a Python thread" % native)
    return found


# ---- frames ----


def python_frames(thread):
    return [frame for frame in thread["frames"] if frame["kind"] == "python" and not frame["incomplete"]]


def frame_text(frame):
    return "%s (%s) in %s, module %s, line %s to %s, column %s to %s" % tuple(
        shown(frame[field]) for field in FRAME_FIELDS
    )


def shown(value):
    return "?" if value is None else repr(value)


def stack_difference(should, has):
    lines = list(difflib.unified_diff(should, has, lineterm="", n=1))[2:]
    return "\n".join(lines[:60]) + ("\n… %d more lines" % (len(lines) - 60) if len(lines) > 60 else "")


# ---- programs that never rest ----


def busy_differences(dump, truth):
    """Every frame must be one of the program's functions, on its lines, called by who may call it."""
    found = thread_differences(dump, truth, native_ids=True)
    for wanted in truth["threads"]:
        thread = find_thread(dump["threads"], wanted)
        if thread:
            found += illegal_calls(thread, truth["legal"])
    return found


def illegal_calls(thread, legal):
    frames = [frame for frame in reversed(python_frames(thread)) if frame["filename"] == legal["file"]]
    found = (
        []
        if frames and frames[0]["name"] == legal["root"]
        else ["thread %r does not begin in %s" % (thread["thread_name"], legal["root"])]
    )
    for caller, callee in zip(frames, frames[1:]):
        if [caller["name"], callee["name"]] not in legal["calls"]:
            found.append(
                "thread %r: %s calls %s, which it cannot" % (thread["thread_name"], caller["name"], callee["name"])
            )
    for frame in frames:
        first, last = legal["functions"].get(frame["name"], (0, 0))
        if frame["line"] is None or not first - 1 <= frame["line"] <= last:
            found.append("thread %r: %s is on line %s" % (thread["thread_name"], frame["name"], frame["line"]))
    return found
