"""clang-tidy over the files of a compilation database, side by side; what has not changed is not looked at again.

    tidy.py BUILD JOBS FILE...

Prints the findings as path:line:column: words, and exits with 1 when there are any. What clang-tidy said of a file is
kept in the cache under a key of all that it depends on: its version, .clang-tidy, the compiler command, the file, and
each header that was included, of the system too:

    CACHE/tidy/HASH(version, .clang-tidy, path, command)  ->  {"includes": {path: hash}, "findings": [...]}

Paths of this repository are kept relative, so that a second clone finds what the first one learnt. With TIDY_SECONDS
in the environment no file is begun after so long; those that changed last come first, and how many are left is said.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
FINDING = re.compile(r"^(/?[^:\n]+:\d+:\d+: (?:warning|error): .*)$", re.MULTILINE)


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(os.environ.get("HOGNOSE_CACHE") or os.path.join(base, "hognose"), "tidy")


def digest(*parts):
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode() + b"\0")
    return whole.hexdigest()


@functools.lru_cache(maxsize=None)
def digest_of(path):
    """Of a file's bytes; of one that is gone something that no file has."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return "gone"


def relative(finding):
    """A header of a layer is found through a link in the build folder (core/CMakeLists.txt)."""
    path, rest = finding.split(":", 1)
    return "%s:%s" % (os.path.relpath(os.path.realpath(path), ROOT), rest)


class Unit:
    """One file and how it is compiled."""

    def __init__(self, entry, common):
        self.path = os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        self.folder = entry["directory"]
        self.words = entry.get("arguments") or shlex.split(entry["command"])
        command = " ".join(word for word in self.words if not word.endswith("ccache")).replace(ROOT, ".")
        self.entry = os.path.join(cache_folder(), digest(common, os.path.relpath(self.path, ROOT), command) + ".json")

    def known(self):
        """What was found last time, if all that it depends on is as it was."""
        try:
            with open(self.entry) as file:
                saved = json.load(file)
        except (OSError, ValueError):
            return None
        fresh = all(digest_of(os.path.join(ROOT, path)) == was for path, was in saved["includes"].items())
        return saved["findings"] if fresh else None

    def includes(self):
        """The file and all headers, as the compiler lists them for make."""
        words = [word for word in self.words if not word.endswith("ccache")]
        without = words[: words.index("-o")] + words[words.index("-o") + 2 :] if "-o" in words else words
        rule = subprocess.run(
            [*without, "-M"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        ).stdout.decode()
        paths = shlex.split(rule.split(":", 1)[1].replace("\\\n", " "))
        return [os.path.normpath(os.path.join(self.folder, path)) for path in paths]

    def look(self, build):
        started = time.time()
        said = subprocess.run(
            ["clang-tidy", "-p", build, "--quiet", self.path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        findings = sorted({relative(line) for line in FINDING.findall(said.stdout)})
        if said.returncode and not findings:
            return ["%s:1:1: error: clang-tidy failed: %s" % (os.path.relpath(self.path, ROOT), said.stderr[-300:])]
        self.keep(findings, started)
        return findings

    def keep(self, findings, started):
        includes = {}
        for path in self.includes():
            if os.path.exists(path) and os.stat(path).st_mtime > started:
                return  # changed while it was read: who knows which of the two was seen
            name = os.path.relpath(path, ROOT) if path.startswith(ROOT + "/") else path
            includes[name] = digest_of(path)
        os.makedirs(cache_folder(), exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=cache_folder(), delete=False) as file:
            json.dump({"includes": includes, "findings": findings}, file)
        os.replace(file.name, self.entry)


def last_changed_first(units):
    log = subprocess.run(
        ["git", "log", "--format=", "--name-only", "-n", "200"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        universal_newlines=True,
    ).stdout.split()
    order = {os.path.join(ROOT, path): at for at, path in reversed(list(enumerate(log)))}
    return sorted(units, key=lambda unit: order.get(unit.path, len(log)))


def look_at(units, build, jobs, seconds):
    """What is found, and how many files there was no time for."""
    findings, unseen = set(), 0
    until = time.monotonic() + seconds

    def look(unit):
        return unit.look(build) if time.monotonic() < until else None

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for found in pool.map(look, last_changed_first(units)):
            findings.update(found or ())
            unseen += found is None
    return findings, unseen


def main():
    build, jobs, wanted = sys.argv[1], int(sys.argv[2]), {os.path.realpath(path) for path in sys.argv[3:]}
    version = subprocess.run(["clang-tidy", "--version"], stdout=subprocess.PIPE, universal_newlines=True).stdout
    common = digest(re.sub(r"Host CPU.*", "", version), digest_of(os.path.join(ROOT, ".clang-tidy")))
    with open(os.path.join(build, "compile_commands.json")) as file:
        units = {unit.path: unit for unit in (Unit(entry, common) for entry in json.load(file))}
    findings, left = set(), []
    for path in sorted(wanted & set(units)):
        known = units[path].known()
        if known is None:
            left.append(units[path])
        else:
            findings.update(known)
    print(
        "clang-tidy: %d of %d files are as they were, %d to look at"
        % (len(wanted & set(units)) - len(left), len(wanted & set(units)), len(left)),
        file=sys.stderr,
    )
    found, unseen = look_at(left, build, jobs, float(os.environ.get("TIDY_SECONDS", "inf")))
    findings.update(found)
    if unseen:
        print("clang-tidy: no time for %d files" % unseen, file=sys.stderr)
    print("".join(finding + "\n" for finding in sorted(findings)), end="")
    sys.exit(1 if findings else 0)


main()
