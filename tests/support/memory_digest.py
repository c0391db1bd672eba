"""Every resident page of a process's writable memory, one line each: address and digest.

A program of its own, so that a debugger can run it (gdb's `shell`, lldb's `platform shell`)
between two commands while it holds the process: what then differs was written by somebody.
usage: memory_digest.py PID FILE
"""

import hashlib
import re
import sys

PAGE = 4096
PRESENT = 0x80  # in the last of the 8 bytes that /proc/PID/pagemap has of a page

#: Mappings that the kernel itself changes.
NOT_COMPARED = ("[vvar]", "[vsyscall]", "[vdso]")


def writable_mappings(pid):
    with open("/proc/%s/maps" % pid) as file:
        for line in file:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)", line)
            if match and match.group(3) not in NOT_COMPARED:
                yield int(match.group(1), 16), int(match.group(2), 16)


def main(pid, path):
    with open("/proc/%s/pagemap" % pid, "rb", 0) as pagemap, open("/proc/%s/mem" % pid, "rb", 0) as memory, open(
        path, "w"
    ) as out:
        for start, end in writable_mappings(pid):
            pagemap.seek(start // PAGE * 8)
            flags = pagemap.read((end - start) // PAGE * 8)
            for page in range(len(flags) // 8):
                if flags[page * 8 + 7] & PRESENT:
                    memory.seek(start + page * PAGE)
                    out.write("%#x %s\n" % (start + page * PAGE, hashlib.sha1(memory.read(PAGE)).hexdigest()))


if __name__ == "__main__":
    main(*sys.argv[1:])
