/*
 * Reads words of a process or a core through hognose's own memory sources:
 *
 *     read_words PID|CORE < addresses        one hex address a line; prints one word a line, "-" unreadable
 *
 * The debuggers' own readers are asked the same, see live/test_memory_sources.py.
 */
#include "memory/process.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static enum hog_status open_target(struct hog_process *process, const char *target)
{
    if (isdigit((unsigned char)*target))
        return hog_process_open_live(process, strtoll(target, NULL, 10));
    return hog_process_open_core(process,
                                 &(struct hog_core_request){.path = target, .executable = "", .sysroot = ""});
}

int main(int count, char **arguments)
{
    struct hog_process process;
    uint64_t address, word;

    if (count != 2)
        return 2;
    if (open_target(&process, arguments[1]) != HOG_OK) {
        fprintf(stderr, "%s\n", process.error.message);
        hog_process_deinit(&process);
        return 1;
    }
    while (scanf("%" SCNx64, &address) == 1) {
        if (hog_memory_u64(process.memory, address, &word) == HOG_OK)
            printf("%016" PRIx64 "\n", word);
        else
            puts("-");
    }
    hog_process_deinit(&process);
    return 0;
}
