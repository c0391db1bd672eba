"""The .svg and .html files in a browser: no error, no request; zoom, search, keys, switches; static too."""

import json
import os
import pathlib
import re
import tempfile
import xml.dom.minidom

import pytest


def percent(text):
    return float(re.search(r"([\d.]+)\u202f%", text).group(1))


def boxes(page):
    """Text of the svg's boxes, and their widths, by row from the outermost."""
    return page.evaluate("""() => Array.from(document.querySelectorAll('#boxes g.box')).map(box => ({
        text: (box.querySelector('text') || {}).textContent || '', node: box.node,
        width: +box.querySelector('rect').getAttribute('width'), y: +box.querySelector('rect').getAttribute('y'),
        classes: box.getAttribute('class')}))""")


def open_svg(page, files):
    page.goto("file://" + files.path(".svg"))
    page.wait_for_selector("svg.alive")
    return page


# ---- svg ----


def test_svg_opens(each, page):
    open_svg(page, each)
    assert len(boxes(page)) > 0 or each.kept == 0
    assert page.locator("script").count() == 2


def test_svg_is_static_too(each):
    """Without scripts: well-formed, a box for each node wide enough, titles that say the samples."""
    picture = xml.dom.minidom.parse(each.path(".svg"))
    groups = [g for g in picture.getElementsByTagName("g") if g.getAttribute("class") == "box"]
    merged = {tuple(f for f, _ in stack[: depth + 1]) for _, stack, _ in each.stacks for depth in range(len(stack))}
    assert len(groups) == len(merged)
    bottom = max((float(g.getElementsByTagName("rect")[0].getAttribute("y")) for g in groups), default=0)
    outermost = [g for g in groups if float(g.getElementsByTagName("rect")[0].getAttribute("y")) == bottom]
    titles = [g.getElementsByTagName("title")[0].firstChild.data for g in outermost]
    assert sum(int(re.search(r"(\d+) samples; self", title).group(1)) for title in titles) == each.kept


def test_svg_zoom(written, page):
    open_svg(page, written("worker"))
    before = boxes(page)
    page.locator("#boxes g.box", has_text="parse").first.click()
    after = boxes(page)
    widest = max(box["width"] for box in before)
    parse = next(box for box in after if box["text"] == "parse" and "outer" not in box["classes"])
    assert abs(parse["width"] - 1255.4) < 2 and len(after) < len(before) and widest < 900
    assert [box["text"] for box in after if "outer" in box["classes"]] == [
        "Worker.handle",
        "Worker.run",
        "main",
        "<module>",
    ]
    page.keyboard.press("Backspace")
    assert any(box["text"] == "dumps" for box in boxes(page))
    page.keyboard.press("Escape")
    assert boxes(page) == before


def test_svg_search(written, page):
    files = written("worker")
    open_svg(page, files)
    page.keyboard.press("/")
    page.keyboard.type("Part.walk")
    found = page.locator(".found").text_content()
    assert percent(found) == 30.5 and "610 samples" in found
    assert all("match" in box["classes"] for box in boxes(page) if box["text"] == "Part.walk")
    page.locator("input").fill("/^encode$|dumps/")
    assert "710 samples" in page.locator(".found").text_content()
    page.locator("input").fill("no such function")
    assert page.locator(".found").text_content() == "nothing matches"
    page.locator("input").fill("/(/")
    page.keyboard.press("Escape")
    assert page.locator(".found").text_content() == ""


def test_svg_switches_and_keys(written, page):
    open_svg(page, written("worker"))
    flame = {box["node"]: box["y"] for box in boxes(page)}
    page.keyboard.press("i")
    icicle = {box["node"]: box["y"] for box in boxes(page)}
    assert flame[0] == max(flame.values()) and icicle[0] == min(icicle.values())
    page.keyboard.press("r")
    outermost = min(box["y"] for box in boxes(page))
    leaves = [box["text"] for box in boxes(page) if box["y"] == outermost]
    assert leaves[0] == "Part.walk" and "main" not in leaves
    page.keyboard.press("r")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    focus = [box["text"] for box in boxes(page) if "focus" in box["classes"]]
    assert focus == ["main"]
    assert "main" in page.locator(".tip").text_content()
    page.keyboard.press("Enter")
    assert [box["text"] for box in boxes(page) if "outer" in box["classes"]] == ["<module>"]


def test_svg_tooltip(written, page):
    open_svg(page, written("hostile"))
    page.locator("#boxes g.box", has_text="<script>").first.hover()
    tip = page.locator(".tip")
    assert tip.locator("b").text_content() == '<script>alert("1")</script>;'
    assert "new\\nline.py:7" in tip.text_content()
    assert tip.locator("script").count() == 0


def test_svg_has_a_root_and_places(written, page):
    """One box below all others is the whole, and zooms out; boxes with room say where their function is."""
    open_svg(page, written("worker"))
    root = page.locator("#boxes g.root")
    assert float(root.locator("rect").get_attribute("y")) == max(box["y"] for box in boxes(page)) + 19
    root.hover()
    assert "2,000 samples" in page.locator(".tip").text_content()
    before = boxes(page)
    page.locator("#boxes g.box", has_text="parse").first.click()
    assert "parser.py:12" in page.locator("#boxes g.box", has_text="parse").first.locator("text.where").text_content()
    root.click()
    assert boxes(page) == before


@pytest.mark.slow
@pytest.mark.parametrize("ending, ready", [(".svg", "svg.alive"), (".html", "#canvas")])
def test_zoom_and_search_are_in_the_url(ending, ready, written, page):
    """What is shown is shown again where its URL is opened; one that makes no sense does no harm."""
    page.goto("file://" + written("worker").path(ending))
    page.wait_for_selector(ready)
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "Enter", "i", "/"):
        page.keyboard.press(key)
    page.keyboard.type("encode & more #1")
    page.locator("input").fill("Part.walk")
    url = page.evaluate("location.href")
    assert "zoom=3" in url and "search=Part.walk" in url and "icicle" in url
    again = page.context.new_page()
    again.goto(url)
    again.wait_for_selector(ready)
    assert again.evaluate("document.querySelector('input').value") == "Part.walk"
    assert again.locator("button", has_text="zoom out").is_enabled()
    assert again.locator("button", has_text="icicle").get_attribute("aria-pressed") == "true"
    again.keyboard.press("Escape")
    assert again.evaluate("location.hash") == "#icicle=1"
    for wrong in ("zoom=99999999", "zoom=-1", "zoom=x&search=%F0%28%8C", "tab=nothing", "%", "zoom=1&zoom=2"):
        again.goto("about:blank")
        again.goto(url.split("#")[0] + "#" + wrong)
        again.wait_for_selector(ready)
        assert again.evaluate("document.readyState") == "complete"
    again.close()


@pytest.mark.slow
@pytest.mark.parametrize("ending, ready, listed", [(".svg", "svg.alive", ".keys"), (".html", "#canvas", "#help")])
def test_keys_are_explained(ending, ready, listed, written, page):
    page.goto("file://" + written("worker").path(ending))
    page.wait_for_selector(ready)
    assert not page.locator(listed).is_visible()
    page.keyboard.press("?")
    assert "Backspace" in page.locator(listed).inner_text()
    page.keyboard.press("Escape")
    assert not page.locator(listed).is_visible()
    page.locator("button", has_text="keys").click()
    assert page.locator(listed).is_visible()


def clipped(page, selectors):
    """Those of the elements that reach out of the window, or lie below others."""
    return page.evaluate(
        """selectors => selectors.flatMap(selector => Array.from(document.querySelectorAll(selector))
        .filter(element => element.getClientRects().length)
        .map(element => [selector, element.textContent.slice(0, 30), element.getBoundingClientRect()])
        .filter(([, , box]) => box.right > innerWidth + 1 || box.left < -1 || box.width < 8)
        .map(([selector, text, box]) => selector + ' ' + text + ' ' + box.left + '…' + box.right))""",
        selectors,
    )


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 400, 1200])
def test_svg_head_and_foot_fit(width, written, page):
    page.set_viewport_size({"width": width, "height": 800})
    open_svg(page, written("worker"))
    assert not clipped(page, [".head h1", ".head p", ".bar input", ".bar button", ".foot p", ".chip"])
    assert page.locator(".head p").inner_text().endswith("process 48291")
    head, foot = page.locator(".head").bounding_box(), page.locator(".foot").bounding_box()
    top, bottom = min(box["y"] for box in boxes(page)), max(box["y"] for box in boxes(page))
    assert head["y"] + head["height"] <= top + 1 and foot["y"] >= bottom + 2 * 19 - 1


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 400, 1200])
def test_html_fits(width, written, page):
    """Every view, also on a telephone: names can be read, nothing lies over anything else."""
    page.set_viewport_size({"width": width, "height": 800})
    open_html(page, written("worker"))
    assert not clipped(page, ["h1", "#facts", "nav button", "nav input"])
    page.click("#tab-functions")
    assert not clipped(page, ["#table tbody tr:first-child td", "#detail h2", "#detail .edge"])
    assert page.locator("#table tbody tr:first-child td:last-child").bounding_box()["width"] > 120
    table, detail = page.locator("#table-side").bounding_box(), page.locator("#detail").bounding_box()
    assert detail["x"] >= table["x"] + table["width"] - 1 or detail["y"] >= table["y"] + table["height"] - 1
    page.click("#tab-lines")
    assert not clipped(page, ["#files li button", "#source h2", "#source .head"])
    assert page.locator("#source").bounding_box()["width"] > 250


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 200, 700, 2400])
def test_svg_of_any_width(width, written, page):
    page.set_viewport_size({"width": width, "height": 300})
    open_svg(page, written("worker"))
    assert all(box["width"] > 0 for box in boxes(page))


@pytest.mark.slow
def test_svg_of_many_nodes(written, page):
    """12,000 nodes: drawn, searched and zoomed within a second each."""
    files = written("wide")
    open_svg(page, files)
    took = page.evaluate("""() => {
        const start = performance.now();
        const input = document.querySelector('input');
        input.value = 'function_1';
        input.dispatchEvent(new Event('input'));
        document.querySelectorAll('#boxes g.box')[20].dispatchEvent(new MouseEvent('click', {bubbles: true}));
        return performance.now() - start;
    }""")
    assert took < 2000


# ---- html ----


def open_html(page, files):
    page.goto("file://" + files.path(".html"))
    page.wait_for_selector("#canvas")
    page.wait_for_timeout(100)
    return page


def colours_drawn(page):
    return page.evaluate("""() => {
        const canvas = document.getElementById('canvas');
        const bytes = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set();
        for (let i = 0; i < bytes.length; i += 4) if (bytes[i + 3]) seen.add(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
        return seen.size;
    }""")


def test_html_opens(each, page):
    open_html(page, each)
    for tab in ("functions", "lines", "flame"):
        page.click("#tab-" + tab)
    page.wait_for_timeout(100)  # it draws with the next frame
    assert colours_drawn(page) > 1
    assert page.locator("script").count() == 2


def test_html_search_and_zoom(written, page):
    open_html(page, written("worker"))
    page.keyboard.press("/")
    page.keyboard.type("Part.walk")
    found = page.locator("#found").text_content()
    assert percent(found) == 30.5 and "610 samples" in found
    page.keyboard.press("Escape")
    area = page.locator("#canvas").bounding_box()
    assert page.locator("#back").is_disabled()
    page.mouse.click(area["x"] + 300, area["y"] + 5 * 19 + 8)
    assert page.locator("#back").is_enabled()
    page.mouse.move(area["x"] + 300, area["y"] + 30)
    assert "samples" in page.locator("#tip").text_content()
    page.keyboard.press("i")
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    assert page.locator("#back").is_disabled()


def test_html_functions(each, page):
    open_html(page, each)
    page.click("#tab-functions")
    rows = page.evaluate("""() => Array.from(document.querySelectorAll('#table tbody tr')).map(row => [
        row.cells[0].title, row.cells[1].title, row.querySelector('span').textContent])""")
    count = lambda title: int(re.search(r"([\d,]+) samples?$", title).group(1).replace(",", ""))  # noqa: E731
    seen = sorted((name, count(own), count(total)) for own, total, name in rows)
    expected = []
    for f, function in enumerate(each.functions):
        expected.append(
            (
                function.shown(),
                sum(n for _, stack, n in each.stacks if stack[-1][0] == f),
                sum(n for _, stack, n in each.stacks if f in {g for g, _ in stack}),
            )
        )
    assert seen == sorted(expected)


def test_html_search_filters_every_view(written, page):
    open_html(page, written("worker"))
    page.click("#tab-functions")
    page.locator("#search").fill("codec")
    assert page.locator("#table tbody tr").count() == 1
    assert page.locator("#detail h2").text_content() == "encode"
    page.locator("#detail .edge").first.click()  # not in the list: the search has served
    assert page.locator("#search").input_value() == "" and page.locator("#table tbody tr").count() > 5
    page.locator("#search").fill("no such thing")
    assert page.locator("#detail").text_content() == "nothing matches"
    page.click("#tab-lines")
    assert page.locator("#files li").count() == 0 and page.locator("#source").text_content() == "nothing matches"
    page.locator("#search").fill("Part.walk")
    assert page.locator("#files li").all_inner_texts() == ["46.0\u202f%\nparser.py"]
    assert page.locator("#source h2").text_content() == "/srv/app/mail/parser.py"
    page.keyboard.press("Escape")
    assert page.locator("#files li").count() > 5


def test_html_from_a_box_to_its_lines(written, page):
    open_html(page, written("worker"))
    assert page.locator("#to-lines").is_disabled()
    area = page.locator("#canvas").bounding_box()
    page.mouse.click(area["x"] + 300, area["y"] + 3 * 19 + 8)  # parse
    page.click("#to-lines")
    assert page.locator("#source h2").text_content() == "/srv/app/mail/parser.py"
    assert page.locator("#source .sought").first.text_content() == "12"
    page.click("#tab-functions")
    page.locator("#table tbody tr", has_text="HTTPAdapter.send").click()
    page.locator("#detail .link").click()
    assert "adapters.py" in page.locator("#source h2").text_content()
    assert page.locator("#tab-lines").get_attribute("aria-selected") == "true"


def test_html_samples_are_of_self_and_total(written, page):
    open_html(page, written("worker"))
    page.click("#tab-functions")
    row = page.locator("#table tbody tr", has_text="Part.walk").first
    assert row.locator("td.count").all_inner_texts() == ["550", "610"]
    assert page.locator("th.count").all_inner_texts() == ["self samples", "total samples"]


def test_html_callers(written, page):
    open_html(page, written("worker"))
    page.click("#tab-functions")
    page.locator("#table tbody tr", has_text="Part.walk").first.click()
    detail = page.locator("#detail").text_content()
    assert re.search(r"called by.*30\.5\u202f%parse.*13\.0\u202f%Part\.walk.*calls", detail)
    page.click("th button:has-text('function')")
    assert page.locator("#table tbody tr span").first.text_content() == "<module>"


@pytest.fixture
def open_folder():
    """Source text is shown that everybody may read; pytest's own folders are ours alone."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


def test_html_lines_with_source(written, tmp_path, open_folder, page):
    source = open_folder / "real.py"
    source.write_text("def f():\n    return '</script><b>'\n\n\nf()\n")
    files = written("worker")
    copy = dict(files.json, functions=[dict(f, filename=str(source)) for f in files.json["functions"]])
    copy["sampling"] = dict(copy["sampling"], start_time=0)
    copy["threads"] = [dict(t, nodes=dict(t["nodes"], line=[2] * len(t["nodes"]["line"]))) for t in copy["threads"]]
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(copy))
    open_html(page, written(str(changed)))
    page.click("#tab-lines")
    text = page.locator("#source .code").text_content()
    assert "return '</script><b>'" in text
    assert "100.0\u202f%" in text
    with open(written(str(changed), "no_source").path(".html"), encoding="utf-8") as file:
        assert "\\u003cb\\u003e" not in file.read()
    with open(written(str(changed)).path(".html"), encoding="utf-8") as file:
        assert "\\u003cb\\u003e" in file.read()


def test_html_lines_add_up(each, page):
    """Own samples of all lines of all files are all samples there are."""
    open_html(page, each)
    own = page.evaluate("data.files.reduce((sum, f) => sum + f.lines.reduce((s, line) => s + line[1], 0), 0)")
    assert own == each.kept


@pytest.mark.slow
def test_html_big(written, page):
    """Half a million nodes: opens, and draws again in a blink."""
    open_html(page, written("big"))
    took = page.evaluate("""() => {
        const start = performance.now();
        graph.search('function_12');
        graph.layout();
        return performance.now() - start;
    }""")
    assert took < 1500
    assert colours_drawn(page) > 10


@pytest.mark.slow
def test_dark_and_light(written, chromium):
    seen = set()
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme=scheme)
        for ending in (".svg", ".html"):
            page = context.new_page()
            page.goto("file://" + written("worker").path(ending))
            seen.add(
                (ending, page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--page').trim()"))
            )
        context.close()
    assert len(seen) == 4
