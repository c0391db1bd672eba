"""What a dump shows of variables, against what repr() said of them (tests/programs/values.py)."""


def locals_of(dump, function):
    """The locals of the innermost frame of that name, by name."""
    for thread in dump["threads"]:
        for frame in thread["frames"]:
            if frame["name"] == function:
                return {one["name"]: one for one in frame["locals"]}
    return None


def differences(dump, truth):
    """Lines: what is not as repr() has it."""
    found = []
    for act, expected in truth["values"].items():
        shown = locals_of(dump, act)
        if shown is None:
            found.append("%s: no such frame" % act)
            continue
        for name, text in expected.items():
            found += difference(act, name, text, shown.get(name), name in truth["marked"][act])
        for name in set(shown) - set(expected):
            if shown[name]["repr"] is not None:
                found.append("%s.%s: not in f_locals, but shown as %s" % (act, name, shown[name]["repr"]))
        for name in truth["unset"][act]:
            if name not in shown or shown[name]["repr"] is not None:
                found.append("%s.%s: unset, but shown as %r" % (act, name, shown.get(name)))
    return found


def difference(act, name, text, shown, may_differ):
    if shown is None:
        yield "%s.%s: not shown; repr is %s" % (act, name, text)
    elif shown["damaged"]:
        yield "%s.%s: damaged: %s; repr is %s" % (act, name, shown["repr"], text)
    elif may_differ and shown["is_repr"]:
        yield "%s.%s: not marked: %s; repr is %s" % (act, name, shown["repr"], text)
    elif not may_differ and (shown["repr"] != text or not shown["is_repr"]):
        mark = "" if shown["is_repr"] else " (marked)"
        yield "%s.%s: %s%s; repr is %s" % (act, name, shown["repr"], mark, text)
