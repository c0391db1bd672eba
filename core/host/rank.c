/* Ranks, from /proc/PID/environ; see rank.h. */
#include "host/rank.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENVIRONMENT = 256 << 10, RANK_DIGITS = 9 };

/* The first that is there counts: torchrun's within a job of Slurm is the one that the program goes by. */
static const char *const names[] = {"RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"};

static int64_t number_in(const char *digits)
{
    size_t length = strspn(digits, "0123456789");

    return length && !digits[length] && length <= RANK_DIGITS ? atol(digits) : -1;
}

/* `bytes` end in 0. */
static int64_t rank_in(const char *bytes, size_t length, const char *name)
{
    size_t name_length = strlen(name);

    for (const char *at = bytes; at < bytes + length; at += strlen(at) + 1)
        if (strncmp(at, name, name_length) == 0 && at[name_length] == '=')
            return number_in(at + name_length + 1);
    return -1;
}

int64_t host_rank_of(int64_t pid)
{
    HOG_FREE char *bytes = malloc(ENVIRONMENT + 1);
    char path[64];
    FILE *file;
    size_t length;

    snprintf(path, sizeof path, "/proc/%lld/environ", (long long)pid);
    file = bytes ? fopen(path, "re") : NULL;
    if (!file)
        return -1;
    length = fread(bytes, 1, ENVIRONMENT, file);
    fclose(file);
    bytes[length] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t rank = rank_in(bytes, length, names[i]);

        if (rank >= 0)
            return rank;
    }
    return -1;
}
