"""A program that will not end.

The last line of the program has run and still it hangs: the interpreter waits for a thread
that is no daemon (argv[2] "join", the default), or an atexit function never returns (argv[2]
"atexit"). The main thread has no `<module>` frame any more.
"""

import atexit
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

gate = threading.Lock()


class Cleaner:
    def clean_up(self):
        gate.acquire()


def main():
    how = sys.argv[2] if len(sys.argv) > 2 else "join"
    report = truth.Report(sys.argv[1])
    gate.acquire()
    if how == "atexit":
        atexit.register(Cleaner().clean_up)
    threading.Thread(target=gate.acquire, name="forgotten", daemon=how == "atexit").start()
    # The main thread must have left this module before the truth is taken.
    report.when_still(threads=2, also=lambda: bottom_of_main() != "<module>")


def bottom_of_main():
    frame = sys._current_frames().get(threading.main_thread().ident)
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame and frame.f_code.co_name


main()
