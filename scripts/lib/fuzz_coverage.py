"""What the fuzz corpora reach of core/, by folder: lines and functions, by clang's own count.

    fuzz_coverage.py BUILD WORK

BUILD is the folder of the preset fuzz-coverage; profiles go into WORK. Printed is a table of Markdown.
"""

import collections
import concurrent.futures
import glob
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
CORE = os.path.join(ROOT, "core") + os.sep
KINDS = ("lines", "functions")


def tool(name):
    """Of the clang that compiled it: the format of profiles differs between versions."""
    return subprocess.check_output(["clang", "-print-prog-name=" + name], text=True).strip()


def replay(program, work):
    name = os.path.basename(program)[len("replay_") :]
    profile = os.path.join(work, name + ".profraw")
    corpus = os.path.join(ROOT, "tests", "fuzz", "corpus", name)
    environment = dict(os.environ, LLVM_PROFILE_FILE=profile)
    done = subprocess.run(
        [program, corpus], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=work
    )
    if done.returncode:
        sys.exit("fuzz_coverage: replay_%s failed:\n%s" % (name, done.stdout.decode(errors="replace")[-2000:]))
    return profile


def files_reached(programs, work):
    """[{"filename": …, "summary": {"lines": {"count", "covered"}, …}}] of all programs together."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        profiles = list(pool.map(lambda program: replay(program, work), programs))
    merged = os.path.join(work, "merged.profdata")
    subprocess.check_call([tool("llvm-profdata"), "merge", "-sparse", "-o", merged, *profiles])
    objects = [word for program in programs[1:] for word in ("-object", program)]
    exported = subprocess.check_output(
        [tool("llvm-cov"), "export", "-summary-only", "-instr-profile", merged, programs[0], *objects]
    )
    return json.loads(exported)["data"][0]["files"]


def main():
    build, work = map(os.path.abspath, sys.argv[1:])
    programs = sorted(glob.glob(os.path.join(build, "tests", "replay_*")))
    programs = [program for program in programs if os.access(program, os.X_OK)]
    folders = collections.defaultdict(lambda: {kind: [0, 0] for kind in KINDS})
    for file in files_reached(programs, work):
        if not file["filename"].startswith(CORE):
            continue
        folder = file["filename"][len(CORE) :].split(os.sep)[0]
        for kind in KINDS:
            for name in (folder, "all"):
                folders[name][kind][0] += file["summary"][kind]["covered"]
                folders[name][kind][1] += file["summary"][kind]["count"]
    print("| folder of core/ | lines | functions |\n|---|---|---|")
    for name in sorted(folders, key=lambda name: (name == "all", name)):
        cells = ["%d of %d, %.0f %%" % (*folders[name][kind], share(*folders[name][kind])) for kind in KINDS]
        print("| `%s` | %s |" % (name, " | ".join(cells)))


def share(covered, count):
    return 100 * covered / max(1, count)


if __name__ == "__main__":
    main()
