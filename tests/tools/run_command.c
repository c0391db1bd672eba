/*
 * run_command CORE [--no-files] -- COMMAND [ARGUMENT...]: a py-* command on a core file, without a debugger.
 *
 *     CORE ─▶ fake host ─▶ hog_session_run ─▶ standard output; the error, if any, on standard error, status 1
 *
 * Threads are numbered in the order in which the core has them, the first one
 * is selected: as gdb has it. Compressed cores and recorded images will do.
 * With --no-files the core is read as on a machine that has none of the files
 * which the process had mapped.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "support/fake_host.h"
#include "support/recorded.h"

#include <stdio.h>
#include <string.h>

struct wish {
    const char *core;
    bool no_files;
    const char *command;
    struct hog_text arguments; /* the rest of the line, quoted again */
};

static int usage(void)
{
    fprintf(stderr, "usage: run_command CORE [--no-files] -- COMMAND [ARGUMENT...]\n");
    return 2;
}

/* The command line of a debugger knows quotes: what was one word stays one. */
static void add_quoted(struct hog_text *line, const char *word)
{
    hog_text_puts(line, line->length ? " '" : "'");
    for (; *word; word++) {
        if (*word == '\'')
            hog_text_puts(line, "'\\''");
        else
            hog_text_append(line, word, 1);
    }
    hog_text_puts(line, "'");
}

static bool parse(struct wish *wish, int count, char **arguments)
{
    int at = 1;

    for (; at < count && strcmp(arguments[at], "--") != 0; at++) {
        if (strcmp(arguments[at], "--no-files") == 0)
            wish->no_files = true;
        else if (!wish->core)
            wish->core = arguments[at];
        else
            return false;
    }
    if (!wish->core || at + 1 >= count)
        return false;
    wish->command = arguments[at + 1];
    for (at += 2; at < count; at++)
        add_quoted(&wish->arguments, arguments[at]);
    return true;
}

static struct hog_host_thread *list_threads(const struct hog_process *process)
{
    struct hog_host_thread *threads = calloc(process->thread_count + 1, sizeof *threads);

    for (size_t i = 0; threads && i < process->thread_count; i++) {
        threads[i].lwp = process->threads[i].lwp;
        threads[i].number = (int64_t)i + 1;
    }
    return threads;
}

static int run(struct fake_host *fake, const struct wish *wish)
{
    struct hog_host host = fake_host_make(fake);
    struct hog_session *session = hog_session_create(&host);
    const char *error = "";
    int status = 1;

    if (session)
        status = hog_session_run(session, wish->command, wish->arguments.bytes ? wish->arguments.bytes : "",
                                 &error);
    if (fake->out.length)
        fwrite(fake->out.bytes, 1, fake->out.length, stdout);
    if (fake->err.length)
        fwrite(fake->err.bytes, 1, fake->err.length, stderr);
    if (status)
        fprintf(stderr, "%s\n", error);
    hog_session_destroy(session);
    return status != 0;
}

int main(int count, char **arguments)
{
    struct wish wish = {0};
    struct recorded_image image;
    struct fake_host fake = {0};
    struct hog_host_thread *threads = NULL;
    int status;

    if (!parse(&wish, count, arguments)) {
        hog_text_deinit(&wish.arguments);
        return usage();
    }
    if (recorded_open(&image, wish.core, wish.no_files ? RECORDED_WITHOUT_FILES : RECORDED_WITH_FILES) ==
        HOG_OK)
        threads = list_threads(&image.process);
    fake.process = (struct hog_host_process){.target = HOG_TARGET_CORE, .pid = image.process.pid};
    fake.process.core_path = wish.no_files ? image.path : wish.core;
    fake.threads = threads;
    fake.thread_count = threads ? image.process.thread_count : 0;
    fake.selected_thread = fake.thread_count ? threads[0].lwp : 0;
    status = run(&fake, &wish);
    fake_host_deinit(&fake);
    free(threads);
    recorded_close(&image);
    hog_text_deinit(&wish.arguments);
    return status;
}
