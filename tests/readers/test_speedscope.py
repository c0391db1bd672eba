"""The .speedscope.json file against speedscope's schema and in its own web app; .collapsed and .pb.gz in it too."""

import base64
import json
import os

import pytest


def test_schema(each, reader):
    """The parts of JSON Schema that speedscope's uses, checked here: no library is wanted for that."""
    with open(os.path.join(reader("speedscope"), "dist", "release", "file-format-schema.json")) as file:
        schema = json.load(file)
    with open(each.path(".speedscope.json"), encoding="utf-8") as file:
        check(json.load(file), schema, schema)


def check(value, rule, schema):
    if "$ref" in rule:
        name = rule["$ref"].rsplit("/", 1)[1]
        rule = schema["definitions"][name]
    if "anyOf" in rule:
        problems = []
        for one in rule["anyOf"]:
            try:
                return check(value, one, schema)
            except AssertionError as problem:
                problems.append(str(problem))
        raise AssertionError(problems)
    kinds = {"object": dict, "array": list, "string": str, "number": (int, float), None: object}
    assert isinstance(value, kinds[rule.get("type")]), (value, rule)
    assert "const" not in rule or value == rule["const"]
    assert "enum" not in rule or value in rule["enum"]
    if isinstance(value, dict):
        assert set(rule.get("required", ())) <= set(value)
        for key, member in rule.get("properties", {}).items():
            if key in value:
                check(value[key], member, schema)
    if isinstance(value, list):
        for item in value:
            check(item, rule["items"], schema)


def test_weights(each):
    with open(each.path(".speedscope.json"), encoding="utf-8") as file:
        profile = json.load(file)
    samples = 0
    for one in profile["profiles"]:
        assert len(one["samples"]) == len(one["weights"])
        assert abs(sum(one["weights"]) - one["endValue"]) < 1e-6
        assert all(0 <= frame < len(profile["shared"]["frames"]) for stack in one["samples"] for frame in stack)
        samples += round(sum(one["weights"]) / each.interval)
    assert samples == each.kept


def open_in(page, reader, path, tmp_path):
    """As `speedscope FILE` does: the app's page, which loads a script with the file in it."""
    app = os.path.join(reader("speedscope"), "dist", "release", "index.html")
    with open(path, "rb") as file:
        content = base64.b64encode(file.read()).decode()
    script = tmp_path / "profile.js"
    script.write_text("speedscope.loadFileFromBase64(%s, '%s')" % (json.dumps(os.path.basename(path)), content))
    page.goto("file://%s#localProfilePath=%s" % (app, script))
    page.wait_for_function("document.querySelectorAll('canvas').length > 0", timeout=20000)
    page.keyboard.press("3")  # the sandwich view has a table of functions
    page.wait_for_selector("table td", state="attached", timeout=20000)
    page.wait_for_timeout(200)
    rows = page.evaluate("""() => Array.from(document.querySelectorAll('table tr')).map(
        row => Array.from(row.querySelectorAll('td')).map(cell => cell.textContent.trim()))""")
    return [row for row in rows if row]


@pytest.mark.parametrize("ending", [".speedscope.json", ".collapsed", ".pb.gz"])
@pytest.mark.parametrize("kind", ["worker", "hostile", "one"])
@pytest.mark.slow
def test_app(kind, ending, written, reader, page, tmp_path):
    files = written(kind)
    rows = open_in(page, reader, files.path(ending), tmp_path)
    assert rows
    if kind == "worker" and ending == ".speedscope.json":  # the thread that has most is shown
        walk = next(row for row in rows if row[2] == "Part.walk")
        assert walk[0].startswith("5.70s") and walk[1].startswith("5.10s")  # total, self
    if kind == "hostile":
        assert any("<script>alert" in row[2] for row in rows)


def test_app_with_nothing(written, reader, page, tmp_path):
    """No samples: the app opens it and shows nothing."""
    app = os.path.join(reader("speedscope"), "dist", "release", "index.html")
    with open(written("empty").path(".speedscope.json"), "rb") as file:
        content = base64.b64encode(file.read()).decode()
    script = tmp_path / "profile.js"
    script.write_text("speedscope.loadFileFromBase64('empty.speedscope.json', '%s')" % content)
    page.goto("file://%s#localProfilePath=%s" % (app, script))
    page.wait_for_timeout(1000)
