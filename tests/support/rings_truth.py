"""Rings of tasks in what py-why says, against what tests/programs/task_rings.py knows of its own tasks.

Who is stuck is told here the slow way: nobody waits any more who could go on, again and again, until nothing changes.
"""

#: One that fails ends these waits; what is not proven to be stuck may fail.
MAY_FAIL = ("gather", "exception", "group")


def stuck(tasks, proven):
    free = {
        one for one, task in tasks.items() if task["done"] or task["limit"] or not task["enders"] or not task["told"]
    }
    while True:
        more = {one for one in tasks.keys() - free if can_go_on(tasks, one, free, proven)}
        if not more:
            return tasks.keys() - free
        free |= more


def can_go_on(tasks, one, free, proven):
    pending = [ender for ender in tasks[one]["enders"] if not tasks[ender]["done"]]
    kind = tasks[one]["kind"]
    if kind == "first" or (proven and kind in MAY_FAIL):
        return len(pending) < len(tasks[one]["enders"]) * (kind == "first") or any(ender in free for ender in pending)
    return all(ender in free for ender in pending)


def awaiters(tasks, members):
    """Those that await one of them, and those that await those, and so on: of a lock nobody does."""
    found = set(members)
    while True:
        more = {
            one
            for one, task in tasks.items()
            if task["kind"] != "lock" and not task["done"] and set(task["enders"]) & found
        } - found
        if not more:
            return found
        found |= more


def differences(document, truth):
    tasks = {int(one): task for one, task in truth["tasks"].items()}
    proven, likely = stuck(tasks, True), stuck(tasks, False)
    told, found = [], []
    for ring in document["task_cycles"]:
        members = [int(task["id"], 16) for task in ring["tasks"]]
        told += members
        names = [tasks[one]["name"] if one in tasks else "a stranger" for one in members]
        if not set(members) <= likely:
            found.append("a ring that is none: %s" % names)
            continue
        for one, after in zip(members, members[1:] + members[:1]):
            if after not in tasks[one]["enders"]:
                found.append("%s does not wait for %s" % (tasks[one]["name"], tasks[after]["name"]))
        limited = any(tasks[one]["limit"] for one in awaiters(tasks, members))
        if ring["likely"] != (limited or not set(members) <= proven):
            found.append("%s is %s" % (names, "likely" if ring["likely"] else "proven"))
        if not all(task["evidence"] and task["frames"] for task in ring["tasks"]):
            found.append("%s: no evidence or no frames" % names)
    count = len(told) + sum(ring["behind"] for ring in document["task_cycles"])
    if count != len(likely) or len(told) != len(set(told)):
        found.append(
            "%d are in rings or behind them, not %d: %s"
            % (count, len(likely), sorted(tasks[one]["name"] for one in likely))
        )
    sure = [not ring["likely"] for ring in document["task_cycles"]]
    wanted = {"deadlock"} if any(sure) else {"likely_deadlock"} if sure else {"idle", "waiting"}
    if not sure and not any(task["limit"] and not task["done"] for task in tasks.values()):
        wanted.add("likely_deadlock")  # nothing may be left that could wake the loop
    if document["verdict"]["kind"] not in wanted:
        found.append("the verdict is %s" % document["verdict"])
    return found
