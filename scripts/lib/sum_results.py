"""sum_results.py FILE... [--again FILE...]: adds up JUnit files of ctest and pytest.

Prints `N passed, N failed, N skipped`; exit status 1 when anything failed. The files behind --again are of tests that
failed and were run once more, alone: what they say counts, and those that passed only then are named.
"""

import os
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("status") in ("disabled", "notrun"):
        return "skipped"
    return "passed"


def cases_of(path):
    """(classname, name) and outcome. What pytest says of a test and of its end are two cases: the worse counts."""
    found = {}
    if os.path.exists(path):
        for case in ElementTree.parse(path).iter("testcase"):
            key = (case.get("classname"), case.get("name"))
            if found.get(key) != "failed":
                found[key] = outcome(case)
    return found


def main(arguments):
    at = arguments.index("--again") if "--again" in arguments else len(arguments)
    again = {}
    for path in arguments[at + 1 :]:
        again.update(cases_of(path))
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for path in arguments[:at]:
        for key, result in cases_of(path).items():
            if result == "failed" and again.get(key) == "passed":
                print("passed when it was run alone: %s %s" % key)
                result = "passed"
            counts[result] += 1
            if result == "failed":
                print("failed: %s %s" % key)
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
    return 1 if counts["failed"] or not counts["passed"] else 0


sys.exit(main(sys.argv[1:]))
