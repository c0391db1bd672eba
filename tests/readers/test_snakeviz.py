"""The .prof file in SnakeViz: its server, and its page in a browser."""

import re
import socket
import subprocess
import time
import urllib.request

import pytest


@pytest.fixture
def snakeviz(reader):
    """snakeviz(path): the address of its page."""
    servers = []

    def serve(path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        servers.append(
            subprocess.Popen(
                [reader("python"), "-m", "snakeviz", "-s", "-p", str(port), "-H", "127.0.0.1", path],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        address = "http://127.0.0.1:%d/snakeviz/%s" % (port, urllib.request.quote(path, safe=""))
        for _ in range(100):
            try:
                urllib.request.urlopen(address, timeout=5).read()
                return address
            except (ConnectionError, urllib.error.URLError) as problem:
                if isinstance(problem, urllib.error.HTTPError):
                    raise
                time.sleep(0.1)
        raise AssertionError("snakeviz did not answer")

    yield serve
    for server in servers:
        server.terminate()
        server.wait()


@pytest.mark.parametrize("kind", ["worker", "empty", "one"])
@pytest.mark.slow
def test_page(kind, written, snakeviz, page):
    files = written(kind)
    page.allowed += ("http://127.0.0.1:", "https://cdnjs.cloudflare.com/")  # its own, which it can do without
    page.goto(snakeviz(files.path(".prof")))
    page.wait_for_selector("#pstats-table tbody tr", timeout=20000)
    page.wait_for_selector("#chart svg g", timeout=20000)
    table = page.evaluate("""() => Array.from(document.querySelectorAll('#pstats-table tbody tr')).map(
        row => Array.from(row.querySelectorAll('td')).map(cell => cell.textContent))""")
    assert page.locator("#chart svg rect, #chart svg path").count() > 0
    if kind != "worker":
        return
    # it starts from one root: functions of all three threads are below it
    names = page.evaluate("document.querySelector('#chart').textContent")
    assert any("walk" in row[5] for row in table)
    assert "_bootstrap" in names and "main" in names, names
    walk = next(row for row in table if "walk" in row[5])
    assert [float(re.sub("[^0-9.]", "", cell)) for cell in (walk[1], walk[3])] == [5.5, 6.1]


def test_server_takes_hostile_names(written, snakeviz):
    """SnakeViz breaks by itself on "</script" in a name; but it must not answer 500 for what the file holds."""
    assert b"sv_draw_vis" in urllib.request.urlopen(snakeviz(written("hostile").path(".prof")), timeout=20).read()
