"""Every place that has to know the newest version of CPython knows it; docs/adding-a-python.md names them.

core/layout/versions is the list, one file a version, and hog_layout_supported() reads it out. Code derives from that.
What cannot (prose, lists of interpreters to fetch and to require) is looked at here, so that a version that was added
but not carried through fails in each place.
"""

import os
import re

import pytest

import discover

NEWEST = discover.KNOWN_MINORS[-1]
#: File, and what has to stand in it.
PLACES = [
    ("README.md", r"3\.6\W{1,3}(?:to )?%s\b"),
    ("docs/architecture.md", r"any CPython 3\.6 – %s\b"),
    ("docs/architecture.md", r"The names of the call machinery, 3\.6 to %s\b"),
    ("docs/formats.md", r"cProfile wrote \(Python 3\.6 to\s%s\)"),
    ("docs/troubleshooting.md", r"it is one of 3\.6 to %s\b"),
    ("core/native/roles.c", r"CPython 3\.6 to %s\b"),
    ("scripts/get-pythons", r"(?m)^\S*%s\S*\s+\S+\s+python3"),
    ("scripts/test", r"(?m)^REQUIRED_PYTHONS=.*\b%s\b"),
    ("scripts/bench-sampler", r"(?s)^MAIN = \[[^\]]*-%s\b"),
]


def read(name):
    with open(os.path.join(discover.ROOT, name), encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("name,pattern", PLACES)
def test_a_place_knows_the_newest(name, pattern):
    assert re.search(pattern % re.escape(NEWEST), read(name), re.MULTILINE), "%s does not know CPython %s" % (
        name,
        NEWEST,
    )


def test_a_recorded_image_and_a_debug_offset_table_are_there():
    """The first by scripts/record-image; the second, in tests/unit/test_debug_offsets.c, from one real interpreter."""
    images = [name for name in os.listdir(os.path.join(discover.TESTS, "images")) if "-%s-" % NEWEST in name]
    assert images, "no recorded image of CPython %s: scripts/record-image" % NEWEST
    tables = read("tests/unit/test_debug_offsets.c")
    assert re.search(r"\btable_%s_\d+\[\]" % NEWEST.replace(".", "_"), tables), "no table of CPython %s" % NEWEST


def test_adding_a_python_names_every_place():
    page = read("docs/adding-a-python.md")
    missing = {name for name, _ in PLACES if name not in page}
    assert not missing, "docs/adding-a-python.md does not name %s" % ", ".join(sorted(missing))


@pytest.mark.parametrize("minor", discover.KNOWN_MINORS)
def test_the_first_table_is_of_that_version(minor):
    """A file that was copied still says since when the table of the version before had its shape."""
    name = "3.%02d.def" % int(minor.split(".")[1])
    with open(os.path.join(discover.VERSION_FILES, name)) as file:
        since = re.findall(r"^DEBUG_OFFSETS_SINCE\(0x(\w{2})(\w{2})", file.read(), re.MULTILINE)
    assert all("%d.%d" % (int(major, 16), int(number, 16)) == minor for major, number in since)
