/*
 * run_session PID|CORE|- LINE...: what a user types into a debugger, one line after the other, without a debugger.
 *
 *     PID ─▶ every thread held by ptrace ─┐
 *     CORE ───────────────────────────────┼▶ fake host ─▶ hog_session_run, hog_session_set
 *     -: no process, no core ─────────────┘
 *
 * A LINE is a py- command with its arguments, or "set hognose NAME VALUE". Errors go to standard error as gdb has them,
 * "py-print: …"; the exit status is that of the last line, as that of the debuggers with -batch. The first thread is
 * selected. tests/support/debugger.py has it as a third kind of debugger, for which most live tests can do.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "memory/process.h"
#include "support/fake_host.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum { MOST_THREADS = 4096 };

struct threads {
    struct hog_host_thread items[MOST_THREADS];
    size_t count;
};

static bool is_known(const struct threads *threads, int64_t lwp)
{
    for (size_t i = 0; i < threads->count; i++)
        if (threads->items[i].lwp == lwp)
            return true;
    return false;
}

static void add_thread(struct threads *threads, int64_t lwp)
{
    if (threads->count == MOST_THREADS)
        return;
    threads->items[threads->count] =
        (struct hog_host_thread){.lwp = lwp, .number = (int64_t)threads->count + 1};
    threads->count++;
}

static bool hold(int64_t lwp)
{
    int state;

    return ptrace(PTRACE_SEIZE, lwp, NULL, NULL) == 0 && ptrace(PTRACE_INTERRUPT, lwp, NULL, NULL) == 0 &&
           waitpid((pid_t)lwp, &state, __WALL) == lwp && WIFSTOPPED(state);
}

/* Until a round finds none that is new. The kernel lets them go when we end. */
static void hold_all(struct threads *threads, int64_t pid)
{
    char path[64];
    size_t before;

    snprintf(path, sizeof path, "/proc/%lld/task", (long long)pid);
    do {
        DIR *folder = opendir(path);
        struct dirent *entry;

        before = threads->count;
        while (folder && (entry = readdir(folder))) {
            int64_t lwp = strtoll(entry->d_name, NULL, 10);

            if (lwp > 0 && !is_known(threads, lwp) && hold(lwp))
                add_thread(threads, lwp);
        }
        if (folder)
            closedir(folder);
    } while (threads->count > before);
}

static void list_core(struct threads *threads, struct hog_host_process *described)
{
    const struct hog_core_request request = {.path = described->core_path, .executable = "", .sysroot = ""};
    struct hog_process process;

    if (hog_process_open_core(&process, &request) == HOG_OK)
        described->pid = process.pid;
    for (size_t i = 0; i < process.thread_count; i++)
        add_thread(threads, process.threads[i].lwp);
    hog_process_deinit(&process);
}

static int set(struct hog_session *session, char *line, const char **ret_error)
{
    char *value = line + strcspn(line, " ");

    if (*value)
        *value++ = '\0';
    return hog_session_set(session, line, value, ret_error);
}

static int run(struct fake_host *fake, struct hog_session *session, char *line)
{
    static const char setting[] = "set hognose ";
    char *arguments = line + strcspn(line, " ");
    const char *error = "";
    int status;

    if (strncmp(line, setting, sizeof setting - 1) == 0) {
        status = set(session, line + sizeof setting - 1, &error);
    } else {
        if (*arguments)
            *arguments++ = '\0';
        status = hog_session_run(session, line, arguments, &error);
    }
    fwrite(fake->out.bytes, 1, fake->out.length, stdout);
    fwrite(fake->err.bytes, 1, fake->err.length, stderr);
    fflush(stdout);
    hog_text_deinit(&fake->out);
    hog_text_deinit(&fake->err);
    if (status)
        fprintf(stderr, "%s%s%s\n", error, *error ? "" : "failed: ", *error ? "" : line);
    return status;
}

int main(int count, char **arguments)
{
    static struct threads threads;
    bool is_live = count > 2 && isdigit((unsigned char)arguments[1][0]) && !strchr(arguments[1], '/');
    bool is_core = count > 2 && !is_live && strcmp(arguments[1], "-") != 0;
    struct fake_host fake = {.cannot_run = true, .cannot_unwind = true};
    struct hog_session *session;
    struct hog_host host;
    int status = 1;

    if (count < 3) {
        fprintf(stderr, "usage: run_session PID|CORE|- LINE...\n");
        return 2;
    }
    if (is_live) {
        fake.process =
            (struct hog_host_process){.target = HOG_TARGET_LIVE, .pid = strtoll(arguments[1], NULL, 10)};
        hold_all(&threads, fake.process.pid);
    } else if (is_core) {
        fake.process = (struct hog_host_process){.target = HOG_TARGET_CORE, .core_path = arguments[1]};
        list_core(&threads, &fake.process);
    }
    fake.threads = threads.items;
    fake.thread_count = threads.count;
    fake.selected_thread = threads.count ? threads.items[0].lwp : 0;
    host = fake_host_make(&fake);
    session = hog_session_create(&host);
    for (int i = 2; session && i < count; i++)
        status = run(&fake, session, arguments[i]);
    hog_session_destroy(session);
    fake_host_deinit(&fake);
    return status != 0;
}
