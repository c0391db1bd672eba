/*
 * Fuzzes py-group: the input is a file of dumps, grouped as text and as JSON.
 */
#define _GNU_SOURCE
#include "support/fake_host.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fake_host fake = {0};
    struct hog_host host = fake_host_make(&fake);
    struct hog_session *session = hog_session_create(&host);
    int file = memfd_create("group", MFD_CLOEXEC);
    char line[64];
    const char *error;

    if (session && file >= 0 && write(file, data, size) == (ssize_t)size) {
        snprintf(line, sizeof line, "/proc/self/fd/%d", file);
        hog_session_run(session, "py-group", line, &error);
        snprintf(line, sizeof line, "/proc/self/fd/%d --json", file);
        hog_session_run(session, "py-group", line, &error);
    }
    if (file >= 0)
        close(file);
    hog_session_destroy(session);
    fake_host_deinit(&fake);
    return 0;
}
