"""py-why against what a program says of its own waits: tests/programs/waits.py and wait_graphs.py.

Each function returns the differences, in words. A wrong owner and a deadlock that is none are differences whatever
the grade; an owner that is not named although it could be is one too, but for locks taken without `with`, which leave
no trace.
"""

import glob
import time


def settle(process, seconds=60, pid=None):
    """Waits until no thread of the process (or of `pid`) has run for a while."""
    deadline, before = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        now = switches(pid or process.pid)
        if now and now == before:
            return
        before = now
        time.sleep(0.25)
    raise AssertionError("the threads of %d do not come to rest" % (pid or process.pid))


def look_until_still(look, seconds=60):
    """Looks until twice the same is seen: what the truth announces may take a moment to come about."""
    deadline, before = time.monotonic() + seconds, None
    while True:
        document = look()
        now = [(thread["waits_for"], thread["frame"]) for thread in document["threads"]]
        if (before == now and all(wait for wait, _ in now)) or time.monotonic() > deadline:
            return document
        before = now


def switches(pid):
    found = {}
    for path in glob.glob("/proc/%d/task/*/status" % pid):
        try:
            with open(path) as file:
                lines = [line for line in file if "ctxt_switches" in line or line.startswith("State")]
        except OSError:
            return None
        if not any("sleeping" in line for line in lines):
            return None
        found[path] = lines
    return found


def by_name(document):
    nodes = {node["id"]: node for node in document["nodes"]}
    return {
        thread["thread_name"]: (thread, nodes.get(thread["waits_for"]))
        for thread in document["threads"]
        if thread["thread_name"]
    }


def owner_of(node):
    return node["held_by"] and node["held_by"]["thread_name"]


def address_of(node):
    return int(node["address"], 16) if node["address"] else None


def wait_differences(document, truth, live=True):
    """Of waits.py. What a file descriptor is, only the kernel of a live process tells."""
    seen, found = by_name(document), []
    for wait in truth["waits"]:
        name = wait["thread"]
        thread, node = seen.get(name, (None, None))
        if not node:
            found.append("%s: %s" % (name, "waits for nothing that is known" if thread else "there is no such thread"))
            continue
        if not live and wait["kind"] == "pipe":
            wait = dict(wait, kind="file")
        for key, value in (("kind", node["kind"]), ("owner", owner_of(node)), ("grade", node["grade"])):
            if value != wait[key]:
                found.append("%s: %s is %r, should be %r" % (name, key, value, wait[key]))
        if wait.get("pid") and (node["held_by"] or {}).get("pid") != wait["pid"]:
            found.append("%s: held by %s, should be process %d" % (name, node["held_by"], wait["pid"]))
        if wait["address"] is not None and address_of(node) != wait["address"]:
            found.append("%s: address %s, should be %#x" % (name, node["address"], wait["address"]))
        if wait["name"] is not None and node["name"] != wait["name"]:
            found.append("%s: called %r, should be %r" % (name, node["name"], wait["name"]))
        if thread["stuck"] != "no":
            found.append("%s: stuck %r, and it is not" % (name, thread["stuck"]))
    if document["cycles"] or "deadlock" in document["verdict"]["kind"]:
        found.append("a deadlock that is none: %s" % document["verdict"]["text"])
    return found


def look_until_true(look, truth, seconds=30, live=True):
    """The differences, once there are none or the time is up; who is named wrongly in any look is one."""
    deadline, wrong = time.monotonic() + seconds, []
    while True:
        document = look()
        wrong += wrong_owners(document, truth)
        found = wait_differences(document, truth, live)
        if not found or wrong or time.monotonic() > deadline:
            return found + wrong
        time.sleep(0.05)


def wrong_owners(document, truth):
    seen, found = by_name(document), []
    for wait in truth["waits"]:
        _, node = seen.get(wait["thread"], (None, None))
        if node and node["kind"] == wait["kind"] and owner_of(node) not in (None, wait["owner"]):
            found.append("%s: held by %r, should be %r" % (wait["thread"], owner_of(node), wait["owner"]))
    if "deadlock" in document["verdict"]["kind"]:
        found.append("a deadlock that is none: %s" % document["verdict"]["text"])
    return found


def graph_differences(document, truth):
    """Of wait_graphs.py."""
    seen, found = by_name(document), []
    named = {thread["thread_id"]: thread["thread_name"] for thread in document["threads"]}
    cycles = [sorted(named[one] for one in cycle) for cycle in document["cycles"]]
    for graph in truth["graphs"]:
        if "pool" in graph:
            found += pool_differences(document, graph)
            continue
        certain = {entry["thread"]: entry["certain"] for entry in graph["threads"]}
        for entry in graph["threads"]:
            found += thread_differences(entry, certain, *seen.get(entry["thread"], (None, None)))
        wanted = [sorted(cycle) for cycle in graph["cycles"]]
        names = set(certain)
        told = [cycle for cycle in cycles if set(cycle) & names]
        found += ["a cycle that is none: %s" % cycle for cycle in told if cycle not in wanted]
        found += [
            "a cycle that was not seen: %s" % cycle
            for cycle in wanted
            if cycle not in told and all(certain[thread] for thread in cycle)
        ]
    return found


def thread_differences(entry, certain, thread, node):
    name = entry["thread"]
    if not node:
        return ["%s: %s" % (name, "waits for nothing that is known" if thread else "there is no such thread")]
    found = []
    if node["kind"] != entry["kind"]:
        found.append("%s: waits for %s, should be %s" % (name, node["kind"], entry["kind"]))
    if entry["address"] is not None and address_of(node) != entry["address"]:
        found.append("%s: address %s, should be %#x" % (name, node["address"], entry["address"]))
    if owner_of(node) != entry["owner"] and (owner_of(node) or entry["certain"]):
        found.append("%s: held by %r, should be %r" % (name, owner_of(node), entry["owner"]))
    if entry["certain"] and entry["owner"] and node["grade"] != "held":
        found.append("%s: grade %s, should be held" % (name, node["grade"]))
    if thread["stuck"] != "no" and not entry["stuck"]:
        found.append("%s: stuck %r, and it is not" % (name, thread["stuck"]))
    if thread["stuck"] != "yes" and entry["stuck"] and all(certain.values()):
        found.append("%s: stuck %r, and it is" % (name, thread["stuck"]))
    return found


def pool_differences(document, graph):
    found = []
    for node in document["nodes"]:
        if address_of(node) not in graph["pool"] or node["kind"] != "future":
            continue
        if node["grade"] != "held" or len(node["holders"]) != graph["workers"]:
            found.append("a queued Future: %s, %d holders" % (node["grade"], len(node["holders"])))
        stuck = [thread["stuck"] for thread in document["threads"] if thread["thread_id"] in node["waiters"]]
        if set(stuck) != {"yes" if graph["stuck"] else "no"}:
            found.append("waiters of a queued Future are stuck: %s, should be %s" % (stuck, graph["stuck"]))
    return found


def tree_differences(tree, truth):
    """Of one look at one process of process_graphs.py: what is claimed and false, what is true and not seen."""
    known = {one["pid"]: one for one in truth}
    false, unseen = [], []
    for process in tree["processes"]:
        wanted = known.get(process["pid"])
        if not wanted:
            false.append("process %d has nothing to do with it" % process["pid"])
            continue
        told = sorted({pid for thread in process["threads"] for pid in thread["waits_for"]})
        if told != wanted["waits_for"]:
            words = "%d: waits for %s, should be %s" % (process["pid"], told, wanted["waits_for"])
            (false if told else unseen).append(words)
        sure = "yes" if tree["whole"] and wanted["certain"] else "likely"
        if process["stuck"] != (sure if wanted["stuck"] else "no"):
            words = "%d: stuck %r, and that is %r" % (process["pid"], process["stuck"], wanted["stuck"])
            (unseen if wanted["stuck"] else false).append(words)
    first = known[tree["processes"][0]["pid"]]
    met = [known[process["pid"]]["cycle"] for process in tree["processes"] if process["pid"] in known]
    cycles = [first["cycle"]] if first["cycle"] else [cycle for cycle in met if cycle] or [[]]
    if sorted(tree["cycle"]) not in cycles:
        words = "%d: cycle %s, should be one of %s" % (first["pid"], tree["cycle"], cycles)
        (false if tree["cycle"] else unseen).append(words)
    return false, unseen


def look_at_tree(look, truth, tries=10):
    """The differences. On a busy machine a process may not let itself be held in time: it is looked at again."""
    for _ in range(tries):
        false, unseen = tree_differences(look(), truth)
        if false or not unseen:
            break
        time.sleep(0.2)
    return false + unseen
