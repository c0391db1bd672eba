/*
 * A shared library (LD_PRELOAD) that moves the code of programs to anonymous memory, as iodlr and BOLT's -hugify do, so
 * that it may lie on huge pages: /proc/PID/maps then names no file for it.
 *
 *      MOVED_TEXT=SUBSTRING[,all][,file]
 *
 * Of each mapped file whose path holds SUBSTRING the executable mappings are moved; with `all` the read-only ones, too,
 * so that not even the ELF header is the file's; with `file` to another file in memory, as libhugetlbfs does.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RANGES_MAX = 64 };

struct range {
    uintptr_t start, end;
    int rights;
};

static size_t find_ranges(const char *part, bool all, struct range ranges[RANGES_MAX])
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[4352], rights[5];
    size_t count = 0;
    struct range range;

    while (maps && count < RANGES_MAX && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %4s", &range.start, &range.end, rights) != 3 || !strstr(line, part))
            continue;
        if (rights[1] == 'w' || (rights[2] != 'x' && !all))
            continue;
        range.rights = PROT_READ | (rights[2] == 'x' ? PROT_EXEC : 0);
        ranges[count++] = range;
    }
    if (maps)
        (void)fclose(maps);
    return count;
}

static void move(const struct range *range, bool to_file)
{
    size_t size = range->end - range->start;
    int file = to_file ? memfd_create("moved", MFD_CLOEXEC) : -1;
    void *copy;

    if (file >= 0 && ftruncate(file, (off_t)size))
        abort();
    copy = mmap(NULL, size, PROT_READ | PROT_WRITE, file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, file,
                0);
    if (copy == MAP_FAILED)
        abort();
    memcpy(copy, (void *)range->start, size); // NOLINT: an address out of /proc
    if (mprotect(copy, size, range->rights) ||
        mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)range->start) == MAP_FAILED) // NOLINT
        abort();
}

__attribute__((constructor)) static void move_text(void)
{
    const char *wanted = getenv("MOVED_TEXT");
    struct range ranges[RANGES_MAX];
    char part[256] = "";
    size_t count;

    if (!wanted || sscanf(wanted, "%255[^,]", part) != 1)
        return;
    count = find_ranges(part, strstr(wanted, ",all") != NULL, ranges);
    for (size_t i = 0; i < count; i++)
        move(&ranges[i], strstr(wanted, ",file") != NULL);
}
