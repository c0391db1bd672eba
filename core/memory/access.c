/*
 * Gathers from /proc what may stand between a debugger and a process. The
 * kernel's own answer is had by opening /proc/PID/mem, which asks for the
 * same right as attaching does; all else is there to explain a refusal.
 */
#define _GNU_SOURCE
#include "memory/access.h"
#include "base/cleanup.h"
#include "memory/process_build.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>

enum { STATUS_LIMIT = 16 * 1024, CAPABILITY_SYS_PTRACE = 19, FLAG_KERNEL_THREAD = 0x00200000 };

/* The value of "Name:\tvalue" in /proc/PID/status, up to the line's end; NULL when it is not there. */
static const char *status_line(const struct hog_text *status, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = status->bytes; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            return line + length + 1;
    }
    return NULL;
}

static int64_t status_number(const struct hog_text *status, const char *name, int base)
{
    const char *value = status_line(status, name);

    return value ? (int64_t)strtoull(value, NULL, base) : 0;
}

static void status_name(const struct hog_text *status, char ret_name[ACCESS_NAME])
{
    const char *value = status_line(status, "Name");

    ret_name[0] = '\0';
    if (value)
        sscanf(value, " %31[^\n]", ret_name);
}

static bool read_status(int64_t pid, struct hog_text *ret_status)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/status", pid);
    return proc_read(AT_FDCWD, path, STATUS_LIMIT, ret_status) && ret_status->length;
}

static void name_of(int64_t pid, char ret_name[ACCESS_NAME])
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text status = {0};

    ret_name[0] = '\0';
    if (pid > 0 && read_status(pid, &status))
        status_name(&status, ret_name);
}

static void gather_users(const struct hog_text *status, struct access_facts *facts)
{
    const char *users = status_line(status, "Uid");
    const char *groups = status_line(status, "Gid");
    unsigned user[3] = {0}, group[3] = {0};
    struct passwd entry, *found = NULL;
    char strings[4096];

    if (users && groups && sscanf(users, "%u %u %u", &user[0], &user[1], &user[2]) == 3 &&
        sscanf(groups, "%u %u %u", &group[0], &group[1], &group[2]) == 3)
        facts->same_user = user[0] == geteuid() && user[1] == geteuid() && user[2] == geteuid() &&
                           group[0] == getegid() && group[1] == getegid() && group[2] == getegid();
    facts->user = user[1];
    if (getpwuid_r(user[1], &entry, strings, sizeof strings, &found) == 0 && found)
        snprintf(facts->user_name, sizeof facts->user_name, "%s", found->pw_name);
}

static void gather_target(const struct hog_text *status, struct access_facts *facts)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const char *state = status_line(status, "State");
    char path[64];
    struct stat folder;
    unsigned flags = 0;

    status_name(status, facts->name);
    if (state)
        sscanf(state, " %c", &facts->state);
    facts->parent = status_number(status, "PPid", 10);
    facts->tracer = status_number(status, "TracerPid", 10);
    if (facts->tracer == getpid())
        facts->tracer = 0;
    facts->threads = status_number(status, "Threads", 10);
    name_of(facts->parent, facts->parent_name);
    name_of(facts->tracer, facts->tracer_name);
    gather_users(status, facts);

    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", facts->pid);
    if (proc_read(AT_FDCWD, path, STATUS_LIMIT, &text) && text.length && strrchr(text.bytes, ')'))
        sscanf(strrchr(text.bytes, ')') + 1, " %*c %*d %*d %*d %*d %*d %u", &flags);
    facts->kernel_thread = flags & FLAG_KERNEL_THREAD;
    snprintf(path, sizeof path, "/proc/%" PRId64, facts->pid);
    facts->dumpable = stat(path, &folder) != 0 || folder.st_uid == facts->user;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/mem", facts->pid);
    HOG_CLOSE int memory = open(path, O_RDONLY | O_CLOEXEC);
    facts->memory_opens = memory >= 0;
}

static void gather_ourselves(struct access_facts *facts)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    facts->our_user = geteuid();
    if (proc_read(AT_FDCWD, "/proc/self/status", STATUS_LIMIT, &text) && text.length) {
        facts->proc_mounted = true;
        facts->may_trace_all = (status_number(&text, "CapEff", 16) >> CAPABILITY_SYS_PTRACE) & 1;
    }
    facts->in_container = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
                          getenv("KUBERNETES_SERVICE_HOST") != NULL;
    /* There is no such process: a kernel that looks for it answers ESRCH, a filter before it EPERM or ENOSYS.
     */
    errno = 0;
    facts->ptrace_blocked = ptrace(PTRACE_DETACH, 0x3ffffffe, NULL, NULL) < 0 && errno != ESRCH;
    facts->yama = -1;
    if (proc_read(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", STATUS_LIMIT, &text) && text.length)
        facts->yama = (int)strtol(text.bytes, NULL, 10);
}

void access_gather(int64_t pid, struct access_facts *ret_facts)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text status = {0};

    *ret_facts = (struct access_facts){.pid = pid};
    gather_ourselves(ret_facts);
    ret_facts->exists = pid > 0 && read_status(pid, &status);
    if (ret_facts->exists)
        gather_target(&status, ret_facts);
    else
        ret_facts->hidden = pid > 0 && kill((pid_t)pid, 0) != 0 && errno == EPERM;
}
