"""What py-tasks says, against what tests/programs/tasks.py says of its own tasks."""

FRAME_KEYS = ("name", "qualname", "filename", "module", "line", "end_line", "column", "end_column")


def differences(document, truth):
    """Lines; none when all agrees."""
    found = ["not complete: %s" % document["warnings"]] if not document["complete"] else []
    loops = {loop["id"]: loop for loop in document["loops"]}
    shown = {int(task["id"], 16): (task, loop) for loop in document["loops"] for task in loop["tasks"]}
    ids = {one["label"]: one["id"] for one in truth["tasks"]}
    found += loop_differences(loops, truth)
    for one in truth["tasks"]:
        if one["id"] not in shown and not one["done"]:
            found.append("%s is missing" % one["label"])
        elif one["id"] in shown:
            task, loop = shown[one["id"]]
            found += ["%s: %s" % (one["label"], line) for line in task_differences(task, loop, one, ids)]
    known = {one["id"] for one in truth["tasks"]}
    found += ["%s is no task of the program" % task for task in map(hex, set(shown) - known)]
    return found


def loop_differences(loops, truth):
    threads = {thread["name"]: hex(thread["thread_id"]) for thread in truth["threads"]}
    for one in truth["loops"]:
        loop = loops.get(hex(one["id"]))
        if loop is None:
            yield "the loop of %s is missing" % one["thread"]
        elif (loop["running"], loop["thread_id"]) != (one["running"], threads.get(one["thread"])):
            yield "the loop of %s: %s, %s" % (one["thread"], loop["running"], loop["thread_id"])
    if len(loops) != len(truth["loops"]):
        yield "%d loops instead of %d" % (len(loops), len(truth["loops"]))


def task_differences(task, loop, one, ids):
    wait = task["waits_for"] or {"kind": None, "address": None}
    pairs = [
        ("name", task["name"], one["name"]),
        ("loop", loop["id"], hex(one["loop"])),
        ("state", task["state"], one["state"]),
    ]
    if not one["done"]:
        pairs.append(("wait", wait["kind"], one["kind"]))
        awaited_by = sorted({hex(ids[label]) for label in one["awaited_by"]} | set(map(hex, one.get("recorded", ()))))
        pairs.append(("awaited by", sorted(task["awaited_by"]), awaited_by))
    if wait["kind"] in ("task", "gather", "future"):
        pairs.append(("waiter", wait["address"], hex(one["waiter"])))
    if wait["kind"] == "lock":
        holder = "python holder of the lock" if one["label"].startswith("python ") else "holder of the lock"
        pairs.append(("held by", wait["held_by"], hex(ids[holder])))
    for what, ours, theirs in pairs:
        if ours != theirs:
            yield "%s is %s, not %s" % (what, ours, theirs)
    yield from frame_differences(task["frames"], one.get("frames", []))


def frame_differences(ours, theirs):
    if len(ours) != len(theirs):
        yield "frames are %s, not %s" % ([frame["name"] for frame in ours], [frame["name"] for frame in theirs])
    for one, other in zip(ours, theirs):
        for key in FRAME_KEYS:
            if one[key] != other[key] and other[key] is not None:
                yield "frame %s: %s is %s, not %s" % (other["name"], key, one[key], other[key])


def greenlet_differences(document, truth):
    """What py-tasks says of greenlets that the program does not."""
    (loop,) = document["loops"]
    assert loop["kind"] == "gevent" and loop["running"] and int(loop["id"], 16) == truth["main"]
    shown = {str(int(task["id"], 16)): task for task in loop["tasks"]}
    found = []
    for address, told in truth["greenlets"].items():
        one = shown.pop(address, None)
        if not one:
            found.append(("is missing", address, told))
            continue
        frames = [[frame["name"], frame["line"]] for frame in one["frames"]]
        parent = one["parent"] and int(one["parent"], 16)
        kind = one["waits_for"] and one["waits_for"]["kind"]
        state = "running" if int(address) == truth["hub"] else "waiting" if told["begun"] else "created"
        for what, seen, wanted in (
            ("frames", frames, told.get("frames", frames)),
            ("parent", parent, told["parent"]),
            ("waits for", kind, told["waits_for"]),
            ("state", one["state"], state),
        ):
            if seen != wanted:
                found.append((what, address, seen, wanted))
    return found + [("is none", one) for one in shown.values()]


def trio_differences(document, truth):
    """What py-tasks says of the tasks of trio_tasks.py that trio's own tree does not."""
    (loop,) = document["loops"]
    shown = {str(int(task["id"], 16)): task for task in loop["tasks"]}
    found = [(one, "is missing or is none") for one in shown.keys() ^ truth["tasks"].keys()]
    for one in shown.keys() & truth["tasks"].keys():
        task, told = shown[one], truth["tasks"][one]
        wait = task["waits_for"] or {"kind": None, "held_by": None}
        parent, held_by = (value and int(value, 16) for value in (task["parent"], wait["held_by"]))
        frames = [[frame["name"], frame["line"]] for frame in task["frames"]]
        for what, seen, wanted in (
            ("name", task["name"], told["name"]),
            ("parent", parent, told["parent"]),
            (
                "awaited by",
                [int(other, 16) for other in task["awaited_by"]],
                [told["parent"]] if told["parent"] else [],
            ),
            ("waits for", wait["kind"], told["kind"] or wait["kind"]),
            ("held by", held_by, told["held_by"]),
            ("frames", frames, told["frames"] or frames),
        ):
            if seen != wanted:
                found.append((what, told["name"], seen, wanted))
    if {task["state"] for task in loop["tasks"]} != {"waiting"}:
        found.append(("states", [task["state"] for task in loop["tasks"]]))
    return found


def anyio_differences(document, truth):
    """What py-tasks says of the tasks of anyio_tasks.py that anyio does not: a parent waits at the end of its group."""
    (loop,) = document["loops"]
    shown = {
        str(int(task["id"], 16)): {
            "name": task["name"],
            "parent": int(task["awaited_by"][0], 16) if task["awaited_by"] else None,
        }
        for task in loop["tasks"]
    }
    holders = {task["waits_for"]["held_by"] for task in loop["tasks"] if task["waits_for"]["kind"] == "lock"}
    found = [(one, shown.get(one), truth["tasks"].get(one)) for one in shown.keys() | truth["tasks"].keys()]
    found = [one for one in found if one[1] != one[2]]
    if holders != {hex(truth["holder"])}:
        found.append(("the holder", holders, truth["holder"]))
    return found


def curio_differences(document, truth):
    """What py-tasks says of the tasks of curio_tasks.py that curio's kernel does not."""
    (loop,) = document["loops"]
    shown = {
        str(int(task["id"], 16)): {
            "name": task["name"],
            "state": task["state"],
            "parent": task["parent"] and int(task["parent"], 16),
            "awaited_by": sorted(int(one, 16) for one in task["awaited_by"]),
        }
        for task in loop["tasks"]
    }
    told = {one: dict(task, state="waiting") for one, task in truth["tasks"].items()}
    found = [(one, shown.get(one), told.get(one)) for one in shown.keys() | told.keys()]
    return [one for one in found if one[1] != one[2]]
