#!/usr/bin/env python3
"""check_tree.py layers|circles|sizes: what no compiler checks of the tree. Prints path:line: words; exit 1 if any.

layers   no #include climbs out of its folder ("../x.h"), none goes against the flow that core/CMakeLists.txt states,
         the plugins include hognose.h and stop/, and nothing else of the core
circles  within a folder of core/ no files include or call each other in a circle
sizes    no source file has more than 500 lines, no function more than 60
"""

import ast
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
FILE_LINES = 500
FUNCTION_LINES = 60
C_ENDINGS = (".c", ".h", ".cpp")


def files(*endings):
    """Those that git knows, so that a colleague's scratch files are not judged; nor is what others wrote."""
    names = subprocess.run(
        ["git", "-C", ROOT, "ls-files", ":!third_party"], stdout=subprocess.PIPE, universal_newlines=True, check=True
    ).stdout.splitlines()
    return [name for name in names if name.endswith(endings) and os.path.exists(os.path.join(ROOT, name))]


def lines_of(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read().splitlines()


# ---- layers ----


def layers():
    """Each layer, and all layers that it may use: what it USES and what those use."""
    with open(os.path.join(ROOT, "core", "CMakeLists.txt")) as file:
        stated = dict(re.findall(r"^hog_layer\((\w+)(?: USES ([\w ]*?))?(?: LIBRARIES [^)]*)?\)", file.read(), re.M))
    if "decode" not in stated:
        sys.exit("core/CMakeLists.txt does not state the layers as it used to")
    found = {}
    for name in stated:
        reached, left = {name}, [name]
        while left:
            for used in stated[left.pop()].split():
                if used not in reached:
                    reached.add(used)
                    left.append(used)
        found[name] = reached
    return found


def check_layers():
    known = layers()
    for name in files(*C_ENDINGS):
        parts = name.split("/")
        for number, line in enumerate(lines_of(name), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            included = match.group(1)
            target = included.split("/")[0]
            if ".." in included.split("/"):
                yield name, number, '"%s" climbs out of its folder' % included
            elif parts[0] == "core" and len(parts) > 2 and target in known and target not in known[parts[1]]:
                may = ", ".join(sorted(known[parts[1]]))
                yield name, number, '"%s": %s may use %s only' % (included, parts[1], may)
            elif parts[0].endswith("-plugin") and target in known and target != "stop":
                yield name, number, '"%s": a plugin sees hognose.h and stop/ alone' % included


# ---- circles ----

DEFINITION = re.compile(r"^(?!static\b)[a-z][\w *]*?\b(\w+)\([^;{]*\)\s*\{", re.MULTILINE)


def folder_graph(names):
    """File to file, by what is included and by what is called; a word before "(" is a call."""
    texts = {name: re.sub(r"/\*.*?\*/", "", "\n".join(lines_of(name)), flags=re.DOTALL) for name in names}
    defined = {function: name for name in names if name.endswith(".c") for function in DEFINITION.findall(texts[name])}
    graph = {}
    for name in names:
        included = {"core/" + path for path in re.findall(r'#include "([^"]+)"', texts[name])}
        called = {defined.get(word) for word in re.findall(r"\b(\w+)\(", texts[name])} if name.endswith(".c") else set()
        graph[name] = ((included & set(names)) | called) - {name, None}
    return graph


def reached_from(graph, start):
    found, left = set(), [start]
    while left:
        for name in graph[left.pop()] - found:
            found.add(name)
            left.append(name)
    return found


def check_circles():
    folders = {}
    for name in files(".c", ".h"):
        if name.startswith("core/") and name.count("/") == 2:
            folders.setdefault(os.path.dirname(name), []).append(name)
    for names in folders.values():
        graph = folder_graph(names)
        reached = {name: reached_from(graph, name) for name in names}
        for name in names:
            others = sorted(other for other in reached[name] if other != name and name in reached[other])
            if others:
                yield name, 1, "in a circle with " + ", ".join(map(os.path.basename, others))


# ---- sizes ----


def check_sizes():
    for name in files(*C_ENDINGS, ".py", ".def"):
        lines = lines_of(name)
        if len(lines) > FILE_LINES and not name.startswith("tests/images/"):
            yield name, 1, "%d lines" % len(lines)
        functions = python_functions(lines) if name.endswith(".py") else c_functions(lines)
        for number, count in functions:
            if count > FUNCTION_LINES:
                yield name, number, "a function of %d lines" % count


def c_functions(lines):
    """In this tree's layout a function's body stands between braces in the first column."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            yield start, number - start - 1
            start = None


def python_functions(lines):
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:  # a debuggee's, in the syntax of a newer Python
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno


def main():
    check = {"layers": check_layers, "circles": check_circles, "sizes": check_sizes}[sys.argv[1]]
    findings = ["%s:%d: %s" % finding for finding in check()]
    print("".join(finding + "\n" for finding in findings), end="")
    sys.exit(1 if findings else 0)


main()
