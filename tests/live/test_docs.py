"""The documentation says what the program does.

Every message of the sources has its entry in docs/troubleshooting.md, every command, option and
setting its place in docs/commands.md, every key of the JSON its line in docs/json.md and in the
schema beside it; links lead somewhere, files that are named exist, and the output that README.md
shows is what comes out.
"""

import copy
import glob
import json
import os
import re
import subprocess
import sys

import pytest

import debuggee
import debugger as debuggers
import discover

ROOT = discover.ROOT
SCHEMA = os.path.join(ROOT, "docs", "schema", "hognose.dump-1.schema.json")
PAGES = sorted(glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True)) + [
    os.path.join(ROOT, "README.md"),
    os.path.join(ROOT, "core", "README.md"),
]


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def fenced(text, language):
    """The contents of the blocks of that language."""
    return re.findall(r"^```%s\n(.*?)^```$" % language, text, re.MULTILINE | re.DOTALL)


def without_blocks(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def relative(path):
    return os.path.relpath(path, ROOT)


# ---- messages, out of the sources ----

LITERAL = r'"(?:[^"\\]|\\.)*"'
#: A call that puts words together for the user, up to its first argument.
SAYS = re.compile(r"\b(\w*(?:fail|warn)\w*|walk_end|unpack_fail|reading_bad|hog_arena_printf|json_sprintf)\s*\(")
#: Those whose words are only a part of a message.
SAYS_A_PART = re.compile(r"output_fail|write_failed|unpack_fail|cannot_write")
#: What such a call puts before its words.
BEFORE = {"walk_end": "the frame at 0x%d ", "reading_bad": "%.300s: "}
SET = re.compile(r"\b(?:stopped_because|broken|dump_filter_hint)\s*=\s*(?:[^;\"]*\?\s*)?((?:%s\s*)+)" % LITERAL)
TOKEN = re.compile(r"(%s)|\bPRI[a-zA-Z]\w+|\b([A-Z][A-Z_]+)\b|\s+" % LITERAL)
CONVERSION = re.compile(r"%[-+ #0]*\d*(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?[diouxXscpgf]")
PLUGIN_SAYS = {
    ".py": re.compile(
        r"(?:complain|GdbError|_error|Obstacle|notes\.append)\(\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    ),
    ".cpp": re.compile(r"\bfail\(result,\s*\(?(?:std::string\()?(%s)" % LITERAL),
}


def macros_of(texts):
    """#define NAME "words", of all the sources together."""
    found = {}
    for text in texts.values():
        for name, value in re.findall(r"^#define (\w+)((?:\\\n|[^\n])*)", text, re.MULTILINE):
            words = re.sub(r"\bPRI\w+", '"d"', re.sub(r"\\\n", " ", value)).strip()
            if re.fullmatch(r"(?:%s\s*)+" % LITERAL, words):
                found[name] = words
    return found


def arguments_at(text, start):
    """The arguments of a call whose bracket opens before `start`."""
    depth, quoted, begin, at = 1, False, start, start
    while depth and at < len(text):
        char = text[at]
        if quoted:
            at += char == "\\"
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        if not quoted and ((char == "," and depth == 1) or not depth):
            yield text[begin:at].strip()
            begin = at + 1
        at += 1


def words_of(argument, macros):
    """The text of an argument that is made of literals alone; None for any other."""
    words, at = "", 0
    while at < len(argument):
        token = TOKEN.match(argument, at)
        if not token or (token[2] and token[2] not in macros):
            return None
        literals = token[1] or macros.get(token[2], "")
        words += "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))
        words += "d" if token[0].startswith("PRI") else ""
        at = token.end()
    return re.sub(r'\\(["\\])', r"\1", words)


def is_message(words):
    return bool(words and re.search(r"[a-z]{4}", CONVERSION.sub("", words)) and " " in words)


def layers_of(name):
    """The layers of core/ that this one is made of, itself included: what no command reaches says nothing."""
    uses = dict(re.findall(r"^hog_layer\((\w+)(.*)\)$", read("core", "CMakeLists.txt"), re.MULTILINE))
    found, pending = set(), [name]
    while pending:
        layer = pending.pop()
        if layer not in found:
            found.add(layer)
            pending += re.sub(r"LIBRARIES.*|USES", "", uses[layer]).split()
    return found


def messages_of_core():
    """{(file, words, is a part)} of everything that the commands may say to their user."""
    paths = [path for layer in layers_of("command") for path in glob.glob(os.path.join(ROOT, "core", layer, "*.[ch]"))]
    texts = {path: re.sub(r"/\*.*?\*/", "", read(path), flags=re.DOTALL) for path in paths}
    macros = macros_of(texts)
    found = set()
    for path, text in texts.items():
        said = [
            (call[1], words_of(argument, macros))
            for call in SAYS.finditer(text)
            for argument in arguments_at(text, call.end())
        ]
        found |= {
            (relative(path), BEFORE.get(call, "") + words, bool(SAYS_A_PART.match(call)))
            for call, words in said
            if is_message(words)
        }
        found |= {
            (relative(path), words_of(match[1], macros), True)
            for match in SET.finditer(text)
            if is_message(words_of(match[1], macros))
        }
    return found


def messages_of_plugins():
    found = set()
    for path in glob.glob(os.path.join(ROOT, "*-plugin", "**", "*.*"), recursive=True):
        says = PLUGIN_SAYS.get(os.path.splitext(path)[1])
        for match in says.finditer(read(path)) if says else ():
            words = re.sub(r"""\\(["'\\])""", r"\1", match[1][1:-1])
            found.add((relative(path), words + ("%s" if path.endswith(".cpp") else ""), False))
    return found


def pattern_of(words):
    literal = [re.escape(part.replace("%%", "%")) for part in CONVERSION.split(words)]
    return ".*".join(literal)


MESSAGES = sorted(messages_of_core() | messages_of_plugins())


def entries():
    """Each line of the `text` blocks of troubleshooting.md is one message, with words for what varies."""
    return [line for block in fenced(read("docs", "troubleshooting.md"), "text") for line in block.splitlines() if line]


def test_every_message_has_an_entry():
    documented, missing = entries(), []
    for file, words, part in MESSAGES:
        pattern = re.compile(pattern_of(words))
        if not any(pattern.search(entry) if part else pattern.fullmatch(entry) for entry in documented):
            missing.append("%s: %s" % (file, words))
    assert not missing, "without a line in a ```text block of docs/troubleshooting.md:\n" + "\n".join(missing)


def test_messages_were_found():
    """The search of the sources is worth nothing when it finds nothing."""
    files = {file for file, _, _ in MESSAGES}
    assert len(MESSAGES) > 120
    assert {
        "core/locate/refusal.c",
        "core/memory/explain_access.c",
        "core/line/options.c",
        "gdb-plugin/hognose-gdb.py",
        "lldb-plugin/command.cpp",
    } <= files


def test_every_entry_is_a_message():
    """What is explained is still said, word for word."""
    patterns = [re.compile(pattern_of(words)) for _, words, _ in MESSAGES]
    stale = [entry for entry in entries() if not any(pattern.fullmatch(entry) for pattern in patterns)]
    assert not stale, "nothing says this any more:\n" + "\n".join(stale)


# ---- commands, options and settings ----


@pytest.fixture(scope="module")
def tables():
    """The core's own tables, as the gdb plugin hands them out: commands and settings."""
    build = discover.build_folder()
    if not os.path.exists(os.path.join(build, "_hognose.abi3.so")):
        pytest.skip("the gdb plugin is not built")
    ask = "import json, _hognose as h; print(json.dumps([h.commands(), h.settings()]))"
    told = subprocess.run(
        [sys.executable, "-c", ask],
        env=dict(os.environ, PYTHONPATH=build),
        check=True,
        stdout=subprocess.PIPE,
        universal_newlines=True,
    ).stdout
    return json.loads(told)


def section(text, heading):
    """What stands below a heading, up to the next of its level."""
    level = re.match("#+", heading)[0]
    found = re.search(r"^%s$(.*?)(?=^%s [^#]|\Z)" % (re.escape(heading), level), text, re.MULTILINE | re.DOTALL)
    assert found, "docs/commands.md has no %r" % heading
    return found[1]


def squeezed(text):
    return " ".join(text.split())


def test_help_of_every_command_is_shown(tables):
    text = read("docs", "commands.md")
    for name, _, manual in tables[0]:
        assert manual in fenced(section(text, "## " + name), "console"), "the help of %s has changed" % name


@pytest.mark.parametrize("verb", ["top", "write", "diff", "merge"])
def test_help_of_every_verb_is_shown(verb, gdb):
    told = debuggers.run(gdb, debuggers.NOTHING, "py-stats %s --help" % verb).stdout
    shown = fenced(section(read("docs", "commands.md"), "### py-stats " + verb), "console")
    assert told in shown, "the help of py-stats %s has changed" % verb


def test_every_option_is_explained(tables):
    text = read("docs", "commands.md")
    helps = "\n".join(manual for _, _, manual in tables[0])
    options = set(re.findall(r"^  -\w, (--[\w-]+)", helps, re.MULTILINE))
    assert "--thread" in options
    prose = without_blocks(text)
    assert not sorted(option for option in options if "`%s" % option not in prose)


def test_every_format_is_in_the_table_of_formats():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", read("docs", "formats.md"), re.MULTILINE)
    formats = re.findall(
        r"^FORMAT\((\w+),\s*\.extensions = \{(.*?)\}", read("core", "formats", "formats.def"), re.MULTILINE
    )
    assert "svg" in dict(formats)
    assert [(name, re.findall(r"`(.*?)`", endings)) for name, endings in rows] == [
        (name, re.findall(r'"(.*?)"', endings)) for name, endings in formats
    ]


def test_no_command_is_invented(tables):
    known = {name for name, _, _ in tables[0]} | {"py-set"}
    for page in PAGES:
        text = read(page)
        if os.path.basename(page) in ("architecture.md", "formats.md", "performance.md"):
            continue
        named = set(re.findall(r"(?<![\w-])py-[a-z]+(?![\w-]*[./])", text)) - {
            "py-spy",
            "py-list",
        }
        assert named <= known, "%s names commands that do not exist" % relative(page)


def test_every_setting_is_explained(tables):
    text = read("docs", "commands.md")
    for name, _, initial, summary, manual in tables[1]:
        words = squeezed(section(text, "### " + name))
        assert squeezed(manual) in words and summary in words and "`%s`" % initial in words, name


# ---- JSON ----


@pytest.fixture(scope="module")
def schema():
    with open(SCHEMA) as file:
        return json.load(file)


def closed(schema):
    """The same schema, in which a key that it does not name is an error: the documents must not outgrow it."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and "properties" not in schema["properties"]:
        found["additionalProperties"] = False
    return found


def validate(document, schema):
    jsonschema = pytest.importorskip("jsonschema", reason="no python3-jsonschema (scripts/install-deps test)")
    validator = jsonschema.Draft7Validator(schema)
    errors = sorted(validator.iter_errors(document), key=lambda error: list(error.absolute_path))
    assert not errors, "\n".join("%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:300]) for e in errors[:5])


def images():
    return sorted(glob.glob(os.path.join(ROOT, "tests", "images", "*", "core.zst")))


@pytest.mark.parametrize("image", images(), ids=lambda path: os.path.basename(os.path.dirname(path)))
def test_dump_of_an_image_follows_the_schema(image, schema):
    program = os.path.join(discover.build_folder(), "tests", "run_command")
    if not os.access(program, os.X_OK):
        pytest.skip("the build is without tests")
    done = subprocess.run([program, image, "--no-files", "--", "py-dump", "--json"], stdout=subprocess.PIPE, check=True)
    validate(json.loads(done.stdout), closed(schema))


@pytest.fixture(scope="module")
def samples(waiting):
    """What these commands print of one process, in one debugger."""
    debugger = discover.main_debugger("gdb")
    if isinstance(debugger, discover.Missing) or not os.path.exists(discover.plugin_path("gdb")):
        pytest.skip("no gdb, or its plugin is not built")
    target = debuggers.live(waiting.pid)
    return {name: debuggers.json_of(debugger, target, name) for name in ("py-dump", "py-threads", "py-why", "py-info")}


def test_live_dump_follows_the_schema(samples, schema):
    validate(samples["py-dump"], closed(schema))
    validate(samples["py-dump"], schema)


def test_threads_have_the_shape_of_a_dump(samples, schema):
    document = copy.deepcopy(samples["py-threads"])
    assert document["schema"] == "hognose.threads/1"
    assert all(len(thread["frames"]) <= 1 for thread in document["threads"])
    validate(dict(document, schema="hognose.dump/1"), closed(schema))


def test_why_follows_its_schema(samples):
    validate(samples["py-why"], closed(json.loads(read("docs", "schema", "hognose.why-1.schema.json"))))


def test_tasks_follow_their_schema(any_python, gdb):
    with debuggee.Debuggee(any_python, "tasks") as process:
        document = debuggers.json_of(gdb, debuggers.live(process.pid), "py-tasks")
    validate(document, closed(json.loads(read("docs", "schema", "hognose.tasks-1.schema.json"))))


def keys_of(document):
    if isinstance(document, list):
        return set().union(*map(keys_of, document)) if document else set()
    if not isinstance(document, dict):
        return set()
    return set(document) | keys_of(list(document.values()))


def properties_of(schema):
    if isinstance(schema, list):
        return set().union(*map(properties_of, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return own | properties_of(list(schema.values()))


def test_every_key_is_explained(samples, schema):
    text = read("docs", "json.md")
    settings = set(samples["py-info"]["settings"])
    keys = (keys_of(list(samples.values())) | properties_of(schema)) - settings
    assert not sorted(key for key in keys if "`%s`" % key not in text)
    assert all(document["schema"] in text for document in samples.values())


def test_examples_of_the_schema_are_valid(schema):
    jsonschema = pytest.importorskip("jsonschema", reason="no python3-jsonschema (scripts/install-deps test)")
    jsonschema.Draft7Validator.check_schema(schema)
    for block in fenced(read("docs", "json.md"), "json"):
        document = json.loads(block)
        if document.get("schema") == "hognose.dump/1":
            validate(document, closed(schema))


# ---- links, names of files, and the first thing that a person sees ----


def slugs(text):
    """GitHub's names for headings."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(read(page))):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if not os.path.exists(file) or (anchor and anchor not in slugs(read(file))):
            broken.append(target)
    assert not broken


#: A path of this repository in backticks. What is named with a 3.16 in it is what the reader is to make.
FILE_NAMED = re.compile(r"`((?:core|docs|examples|gdb-plugin|lldb-plugin|scripts|tests)/[\w./*-]+)[`#]")


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_files_that_are_named_exist(page):
    named = {name for name in FILE_NAMED.findall(read(page)) if not re.search("3[._]16", name)}
    assert not sorted(name for name in named if not glob.glob(os.path.join(ROOT, name)))


def test_every_script_is_mentioned():
    scripts = [name for name in os.listdir(os.path.join(ROOT, "scripts")) if name != "lib"]
    text = read("docs", "contributing.md")
    assert not sorted(name for name in scripts if "scripts/" + name not in text)


def shape(text):
    """Without process numbers and addresses, and with runs of blanks as one: they are as wide as the numbers."""
    text = re.sub(r"\b(Process|LWP) \d+", r"\1 N", re.sub(r"0x[0-9a-f]+", "0x", text))
    return [re.sub(r" +", " ", line).rstrip() for line in text.splitlines()]


def test_readme_shows_what_comes_out():
    debugger = discover.main_debugger("gdb")
    shown = next(block for block in fenced(read("README.md"), "console") if "py-dump" in block)
    version = re.search(r"CPython ([\d.]+)", shown)[1]
    if isinstance(debugger, discover.Missing) or not os.path.exists(discover.plugin_path("gdb")):
        pytest.skip("no gdb, or its plugin is not built")
    if discover.ask_version("/usr/bin/python3") != version:
        pytest.skip("README.md shows CPython %s, which /usr/bin/python3 is not" % version)
    worker = subprocess.Popen(["/usr/bin/python3", "examples/hung_worker.py"], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        worker.stdout.readline()
        told = debuggers.run(debugger, debuggers.live(worker.pid), "py-dump").stdout
    finally:
        worker.kill()
        worker.communicate()
    assert shape(told[told.index("Process ") :])[:18] == shape(shown[shown.index("Process ") :])[:18]
