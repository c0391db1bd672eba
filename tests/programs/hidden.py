# requires: 3.6
"""Values under names that --redact hides, and the same letters elsewhere: tests/live/test_redact.py.

No secret stands in this file as a whole: its source text is in memory, too.
"""

import os
import sys
import threading

import truth

WORDS = sys.argv[2].split(",") if len(sys.argv) > 2 else []


def made(*parts):
    return "-".join(parts)


class Account:
    def __init__(self, token):
        self.user = "visible-user"
        self.token = token


class Slotted:
    __slots__ = ("api_key", "label")

    def __init__(self):
        self.api_key = made("slot", "s3cr3t", "value")
        self.label = "visible-label"


def hold(password):
    copied = password.encode()
    wide = "\u20ac" + password  # other widths, other encodings of the same letters
    token_wide = made("\u20acwide", "s3cr3t", "value")  # no narrow str of it is made on the way, and freed
    settings = {"db_password": made("dict", "s3cr3t", "value"), "host": "visible-host"}
    nested = [{"inner": {"auth_token": [made("nested", "s3cr3t", "value"), b"bytes-s3cr3t-" + b"value"]}}]
    account = Account(made("attribute", "s3cr3t", "value"))
    innocent = "prefix " + account.token + " suffix"  # a copy under a name that hides nothing
    buffer_token = bytearray(("buffer" + "-s3cr3t-" + "value").encode())
    long_token = made(*("long", "s3cr3t", "value") * 40)
    pin_token = 8812344411223344
    slotted = Slotted()
    report = truth.Report(sys.argv[1])
    gate = threading.Lock()
    gate.acquire()
    visible = "visible-text"
    truth.note_thread()
    report.when_still(threads=1)
    gate.acquire()
    return copied, wide, token_wide, settings, nested, innocent, buffer_token, long_token, pin_token, slotted, visible


if __name__ == "__main__":
    os.environ["HOGNOSE_TEST_TOKEN"] = made("environment", "s3cr3t", "value")
    hold(made("local", "s3cr3t", "value"))
