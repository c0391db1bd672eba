"""What core/layout promises to know is what the decoders read: every field of fields.def and every trait.

A row that nobody reads is checked by nobody either, and an odd entry for it in a process's debug-offset table would
cast doubt on a dump that does not need it.
"""

import pathlib
import re

CORE = pathlib.Path(__file__).resolve().parents[2] / "core"

#: What is read by nobody yet, and who wants it. A field that is read, or gone, may not stand here.
WANTED = {
    "the end of a stack (core/decode)": "tstate.base_frame",
}


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def names():
    """Of fields "code.co_name", of traits "line_table"; and how a decoder spells it."""
    fields = re.findall(r"^FIELD\((\w+), (\w+),", (CORE / "layout" / "fields.def").read_text(), re.MULTILINE)
    header = without_comments((CORE / "layout" / "layout.h").read_text())
    traits = re.findall(r"(\w+);", re.search(r"struct hog_traits \{(.*?)\};", header, re.DOTALL)[1])
    found = {"%s.%s" % field: r"\bHOG_F_%s_%s\b" % field for field in fields}
    found.update({trait: r"\btraits(?:\.|->)%s\b" % trait for trait in traits})
    return found


def read_names():
    sources = "".join(without_comments(path.read_text()) for path in CORE.rglob("*.[ch]") if "layout" not in path.parts)
    return {name for name, spelling in names().items() if re.search(spelling, sources)}


def test_every_field_and_trait_is_read_or_wanted():
    wanted = {name for words in WANTED.values() for name in words.split()}
    unread = names().keys() - read_names() - wanted
    assert not unread, "read by no decoder: remove them from core/layout, or say in WANTED who will read them"


def test_what_is_wanted_is_there_and_not_read():
    wanted = [name for words in WANTED.values() for name in words.split()]
    assert len(wanted) == len(set(wanted))
    assert not set(wanted) - names().keys(), "no such field or trait"
    assert not set(wanted) & read_names(), "read by a decoder: no longer only wanted"


def test_fields_were_found():
    assert len(names()) > 80 and len(read_names()) > 60
