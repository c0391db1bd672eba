/*
 * Can a reader of a process's memory be made to wait for a page?
 *
 * Who reads by process_vm_readv a page that is not there, in a range that is registered with a userfaultfd, waits until
 * the holder of that gives the page. Ranges are registered by the process itself, so it is its rights that count.
 * Linux, fs/userfaultfd.c:
 *
 *     may trace others (CAP_SYS_PTRACE), in our own user namespace    any fault; but it could as well attach to us and
 *                                                                     stop us. What is registered now is asked: smaps
 *     may not, vm.unprivileged_userfaultfd 0                          only faults of its own code wait: a read fails
 *     the same, and may open /dev/userfaultfd                         any fault
 *     may not, vm.unprivileged_userfaultfd 1                          any fault
 *
 * A process that was root, made one, and gave its rights away without an exec is not told from others.
 */
#define _GNU_SOURCE
#include "memory/provided.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "memory/process_build.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATUS_LIMIT = 16 * 1024, CAPABILITY_SYS_PTRACE = 19, NAMESPACE_NAME = 64, OTHERS_MAY = 066 };

static const double PATIENCE = 0.2; /* seconds, for a list of mappings that is as long as the process likes */

static bool shares_namespace(int64_t pid, const char *kind)
{
    char path[64], ours[NAMESPACE_NAME] = "", its[NAMESPACE_NAME] = "";

    snprintf(path, sizeof path, "/proc/%" PRId64 "/ns/%s", pid, kind);
    if (readlink(path, its, sizeof its - 1) <= 0)
        return false;
    snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
    return readlink(path, ours, sizeof ours - 1) > 0 && strcmp(ours, its) == 0;
}

/* Is the device for root alone? */
static bool device_is_closed(void)
{
    struct stat device;

    if (lstat("/dev/userfaultfd", &device) != 0)
        return errno == ENOENT;
    return device.st_uid == 0 && !(device.st_mode & OTHERS_MAY);
}

static bool sysctl_forbids(void)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    return proc_read(AT_FDCWD, "/proc/sys/vm/unprivileged_userfaultfd", STATUS_LIMIT, &text) && text.length &&
           text.bytes[0] == '0';
}

/* "VmFlags: rd wr mr um": missing pages, pages that are written to, pages that are mapped anew. */
static bool flags_are_registered(const char *line)
{
    return strncmp(line, "VmFlags:", 8) == 0 &&
           (strstr(line, " um") || strstr(line, " uw") || strstr(line, " ui"));
}

/* True also where that could not be found out. */
static bool is_registered(int64_t pid)
{
    char name[64];
    double end = hog_clock_monotonic() + PATIENCE;
    HOG_FREE char *line = NULL;
    size_t room = 0;
    bool found = false;

    snprintf(name, sizeof name, "/proc/%" PRId64 "/smaps", pid);
    HOG_FCLOSE FILE *file = fopen(name, "re");

    while (file && !found && getline(&line, &room, file) > 0)
        found = flags_are_registered(line) || hog_clock_monotonic() > end;
    return !file || found || !feof(file);
}

bool hog_pages_are_provided(int64_t pid)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text status = {0};
    unsigned user[4] = {0};
    uint64_t rights = 0;
    const char *users, *permitted;
    char path[64];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/status", pid);
    if (!proc_read(AT_FDCWD, path, STATUS_LIMIT, &status) || !status.length)
        return false;
    users = strstr(status.bytes, "\nUid:");
    permitted = strstr(status.bytes, "\nCapPrm:");
    if (!users || !permitted ||
        sscanf(users, "\nUid: %u %u %u %u", user, user + 1, user + 2, user + 3) != 4 ||
        sscanf(permitted, "\nCapPrm: %" SCNx64, &rights) != 1)
        return false;
    if (rights >> CAPABILITY_SYS_PTRACE & 1)
        return shares_namespace(pid, "user") && !is_registered(pid);
    return user[0] && user[1] && user[2] && user[3] && shares_namespace(pid, "mnt") && device_is_closed() &&
           sysctl_forbids();
}
