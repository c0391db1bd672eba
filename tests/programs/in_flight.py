# requires: 3.6
"""An exception on its way: a finally block that waits, a generator that is closed, a handler within a handler.

The truth's `told` is traceback.format_exc() of the handler; `names` are the classes of what is handled, by
sys.exc_info(), innermost first.
"""

import sys
import threading
import traceback

import truth


class Odd(ValueError):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.code = 7


def group():
    if sys.version_info >= (3, 11):
        inner = []
        for kind in (ValueError, TypeError):
            try:
                raise kind("of " + kind.__name__)
            except kind as error:
                inner.append(error)
        raise ExceptionGroup("several", inner + [ExceptionGroup("within", [Odd("deep")])])
    raise Odd("alone")


def suppress():
    try:
        group()
    except Exception:
        raise RuntimeError("hides it") from None


def stand(report):
    try:
        suppress()
    except RuntimeError:
        try:
            group()
        except Exception as error:
            report.when_still(
                threads=1,
                told=traceback.format_exc(),
                handled=repr(error),
                context=repr(error.__context__),
                hidden=error.__context__.__suppress_context__,
                inside=[repr(one) for one in getattr(error, "exceptions", ())],
            )
            threading.Event().wait()


stand(truth.Report(sys.argv[1]))
