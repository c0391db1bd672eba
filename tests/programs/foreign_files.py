"""Code whose file names are those of files that are not its own. argv: TRUTH NAME...

One thread runs for ever in a code object compiled under each NAME. As root it first becomes
another user, one that owns nothing but the folder of TRUTH: what that user may not read must not
come out of a debugger that root runs.
"""

# requires: 3.6
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

OTHER_USER = 65533
TEXT = "import time\ndef stay():\n    while True:\n        time.sleep(0.001)\nstay()\n"


def become_another():
    if os.geteuid() == 0:
        os.chown(os.path.dirname(sys.argv[1]), OTHER_USER, OTHER_USER)
        os.setgroups([])
        os.setresgid(OTHER_USER, OTHER_USER, OTHER_USER)
        os.setresuid(OTHER_USER, OTHER_USER, OTHER_USER)


def main():
    report = truth.Report(sys.argv[1])
    for name in sys.argv[2:]:
        code = compile(TEXT, name, "exec")
        threading.Thread(target=exec, args=(code, {}), daemon=True).start()
    become_another()
    report.at_once(
        {
            "pid": os.getpid(),
            "version": list(sys.version_info),
            "hexversion": sys.hexversion,
            "executable": sys.executable,
            "names": sys.argv[2:],
            "user": os.geteuid(),
        }
    )
    threading.Event().wait()


main()
