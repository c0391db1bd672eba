"""The debuggers' own readers are the second witness of hognose's memory sources.

hognose reads a local process by /proc/PID/mem and a core file by mapping it. Here 1,000
addresses all over a process, and over its core, are read that way (tests/tools/read_words.c)
and by gdb or lldb itself, and must hold the same words. Where one of them can read nothing the
other need not either: a debugger fills in from files what a core left out, and the other way round.
"""

import os
import random
import re
import subprocess

import debugger as debuggers
import discover

ADDRESSES = 1000


def some_addresses(pid):
    """Spread over every readable mapping that has a file or is written to; the same ones in every run."""
    chosen = random.Random(4711)
    mappings = []
    with open("/proc/%d/maps" % pid) as maps:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r(.)", line)
            if found and "[v" not in line:
                mappings.append((int(found.group(1), 16), int(found.group(2), 16)))
    # small mappings as often as large ones
    return sorted(
        start + 8 * chosen.randrange((end - start) // 8)
        for start, end in (chosen.choice(mappings) for _ in range(ADDRESSES))
    )


def our_words(target, addresses):
    tool = os.path.join(discover.build_folder(), "tests", "read_words")
    done = subprocess.run(
        [tool, str(target)],
        input="\n".join("%x" % a for a in addresses),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


def debugger_words(debugger, target, addresses, folder):
    """What the debugger itself reads, "-" where it refuses."""
    script = folder / "reads"
    if debugger.kind == "gdb":
        script.write_text(
            "python\nfor a in %r:\n  try: print('WORD', bytes(gdb.selected_inferior()"
            ".read_memory(a, 8))[::-1].hex())\n  except gdb.error: print('WORD -')\nend\n" % (addresses,)
        )
        outcome = debuggers.run(debugger, target, "source %s" % script, load=False)
        return re.findall(r"^WORD (\S+)", outcome.stdout, re.MULTILINE)
    script.write_text("\n".join("memory read -s8 -fx -c1 0x%x" % a for a in addresses))
    outcome = debuggers.run(debugger, target, "command source -e false -s false %s" % script, load=False)
    found = dict(re.findall(r"^0x([0-9a-f]+): 0x([0-9a-f]+)", outcome.stdout, re.MULTILINE))
    return [found.get("%x" % a, found.get("%08x" % a, "-")) for a in addresses]


def compare(debugger, target, ours, addresses, folder, least_readable):
    theirs = debugger_words(debugger, target, addresses, folder)
    assert len(ours) == len(theirs) == ADDRESSES
    both = [(a, x, y) for a, x, y in zip(addresses, ours, theirs) if "-" not in (x, y)]
    assert [(hex(a), x, y) for a, x, y in both if x != y] == []
    assert len(both) > ADDRESSES * least_readable


def test_a_thousand_words_of_a_process(waiting, debugger, tmp_path):
    addresses = some_addresses(waiting.pid)
    compare(debugger, debuggers.live(waiting.pid), our_words(waiting.pid, addresses), addresses, tmp_path, 0.95)


def test_a_thousand_words_of_its_core(waiting, waiting_core, debugger, tmp_path):
    addresses = some_addresses(waiting.pid)
    target = debuggers.core(waiting_core, waiting.executable())
    compare(debugger, target, our_words(waiting_core, addresses), addresses, tmp_path, 0.5)
