# requires: 3.6
"""An exception that is being handled, with a chain; and what traceback.format_exc() says of it."""

import sys
import threading
import traceback

import truth


def look_up():
    return {}["host"]


def connect():
    try:
        look_up()
    except KeyError as missing:
        raise RuntimeError("no host") from missing


def serve(report):
    try:
        connect()
    except RuntimeError as error:
        if hasattr(error, "add_note"):
            error.add_note("see the manual")
        report.when_still(threads=1, told=traceback.format_exc())
        threading.Event().wait()


serve(truth.Report(sys.argv[1]))
