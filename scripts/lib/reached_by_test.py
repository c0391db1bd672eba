"""A plugin of pytest (-p reached_by_test): what each test runs of core/ is counted in a folder of its own.

For scripts/lib/reach.py, which says with HOGNOSE_REACHED where those folders are to be. In each stands what the test
was, how it ended and how many seconds it took; programs that gcc built with --coverage add their counts by themselves.
"""

import hashlib
import json
import os

import pytest


def folder_of(item):
    return os.path.join(os.environ["HOGNOSE_REACHED"], hashlib.sha256(item.nodeid.encode()).hexdigest()[:16])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    os.environ["GCOV_PREFIX"] = folder_of(item)
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.when != "call":
        return
    folder = folder_of(item)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "test.json"), "w") as file:
        json.dump({"name": item.nodeid, "outcome": report.outcome, "seconds": report.duration}, file)
