"""What py-exc says, against traceback.format_exc() of the programs tests/programs/exceptions.py and in_flight.py."""

import re


def frames_and_words(told):
    """The frames of a traceback, and the lines that are no frame and no source."""
    frames = re.findall(r'^ *File ".*?([^/"]+)", line (\d+), in (.+)$', told, re.MULTILINE)
    words = re.findall(r"^ *(The above .*|During handling .*|see the manual)$", told, re.MULTILINE)
    return frames, words


def differences_in_text(text, truth):
    """Of exceptions.py: a chain that is handled."""
    seen, wanted = frames_and_words(text), frames_and_words(truth["told"])
    if seen != wanted:
        yield "%s, not %s" % (seen, wanted)
    comma = "," if truth["version"][:2] == [3, 6] else ""  # as repr() had it to 3.6
    for words in ("KeyError('host'%s)" % comma, "RuntimeError('no host'%s)" % comma, "Being handled:"):
        if words not in text:
            yield "%s is missing" % words


def chain_differences(document, truth):
    """Of exceptions.py, from its JSON: the exception, its cause, and where each was raised."""
    (handled,) = document["threads"][0]["exceptions"]
    cause = handled["cause"] or {}
    for what, seen, wanted in (
        ("complete", document["complete"], True),
        ("state", handled["state"], "handled"),
        ("type", handled["type"], "RuntimeError"),
        ("cause", cause.get("type"), "KeyError"),
        ("notes", handled["notes"], ["see the manual"] if "see the manual" in truth["told"] else []),
    ):
        if seen != wanted:
            yield "%s is %s, not %s" % (what, seen, wanted)
    traceback = [
        (frame["filename"].rpartition("/")[2], str(frame["line"]), frame["name"])
        for one in (cause, handled)
        for frame in one.get("traceback") or []
    ]
    if traceback != frames_and_words(truth["told"])[0]:
        yield "tracebacks are %s" % traceback


def group_differences(document, truth):
    """Of in_flight.py: groups within groups, raise from None, what each of them came from."""
    handled = document["threads"][0]["exceptions"][0]
    context = handled["context"] or {}
    for what, seen, wanted in (
        ("complete", document["complete"], True),
        ("state", handled["state"], "handled"),
        ("exception", handled["repr"], truth["handled"]),
        ("context", context.get("repr"), truth["context"]),
        ("hidden", context.get("suppress_context"), truth["hidden"]),
        ("inside", [one["repr"] for one in handled["exceptions"] or []], truth["inside"]),
    ):
        if seen != wanted:
            yield "%s is %s, not %s" % (what, seen, wanted)
