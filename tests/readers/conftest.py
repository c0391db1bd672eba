"""What the tests of profile files need: the files, the programs that own the formats, a browser.

    /usr/bin/python3 -m pytest -n 3 tests/readers

scripts/get-readers fetches the programs; one that is not there is a skip that names it, or, where
HOGNOSE_REQUIRED_READERS names it, a failure. Files come from build/tests/write_sample_profile.
"""

import json
import os
import site
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "support")]

import discover  # noqa: E402
import model  # noqa: E402

CACHE = os.environ.get("HOGNOSE_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "hognose"
)
KINDS = ("worker", "hostile", "empty", "one")


def give_up(name, reason):
    if name in os.environ.get("HOGNOSE_REQUIRED_READERS", "").split(","):
        pytest.fail("required: " + reason, pytrace=False)
    pytest.skip(reason)


def entry_of(name):
    try:
        with open(os.path.join(CACHE, "readers", "index.json")) as file:
            entries = json.load(file)
    except OSError:
        entries = []
    for entry in entries:
        if entry["name"] == name and os.path.exists(entry["path"]):
            return entry["path"]
    return give_up(name, "%s is not here; scripts/get-readers --only %s" % (name, name))


@pytest.fixture(scope="session")
def reader():
    """reader("pprof") is that program's path."""
    return entry_of


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """written("worker", "by_line") writes that profile in every format, once, and knows what is in it."""
    made = {}

    def write(kind, *words):
        if (kind, words) not in made:
            folder = tmp_path_factory.mktemp("profile")
            tool = os.path.join(discover.build_folder(), "tests", "write_sample_profile")
            if not os.path.exists(tool):
                pytest.skip("%s is not built" % tool)
            said = subprocess.run([tool, kind, str(folder), *words], check=True, stdout=subprocess.PIPE, text=True)
            made[kind, words] = model.Written(folder, "read" if "/" in kind else kind, said.stdout)
        return made[kind, words]

    return write


@pytest.fixture(params=KINDS)
def each(request, written):
    """Each of the small profiles."""
    return written(request.param)


def playwright():
    """The browser's driver, from the venv of get-readers; it must be of this Python."""
    python = entry_of("python")
    folder = os.path.join(
        os.path.dirname(os.path.dirname(python)), "lib", "python%d.%d" % sys.version_info[:2], "site-packages"
    )
    if not os.path.isdir(folder):
        give_up("python", "%s is not of Python %d.%d, which runs the tests" % ((python,) + sys.version_info[:2]))
    site.addsitedir(folder)
    import playwright.sync_api as api

    return api


@pytest.fixture(scope="session")
def chromium():
    path = entry_of("chromium")
    with playwright().sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A page of 1280 × 720; what it complains of, and what it asks of the network, fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.complaints = []
    page.on(
        "console",
        lambda message: (
            page.complaints.append(message.text)
            if message.type in ("error", "warning") and "GL Driver Message" not in message.text
            else None
        ),
    )
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (page.complaints.append("dialog " + dialog.message), dialog.dismiss()))
    page.on(
        "request",
        lambda request: (
            page.complaints.append("request " + request.url) if not request.url.startswith(page.allowed) else None
        ),
    )
    page.allowed = ("file:", "data:", "blob:")
    yield page
    context.close()
    assert page.complaints == []
