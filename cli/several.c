/* See several.h. */
#define _GNU_SOURCE
#include "several.h"
#include "group.h"
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SIDE_BY_SIDE = 16, /* at most so many are sampled at once */
    LOOK_MICROSECONDS = 10000,
};

/*
 * A file for each.
 */

/* Where "json" of profile.json begins, "svg" of x.svg.gz; the end where there is no ending. */
static size_t ending_at(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    size_t length = strlen(path), end = length;
    const char *dot;

    if (length > strlen(".gz") && strcmp(path + length - strlen(".gz"), ".gz") == 0)
        end -= strlen(".gz");
    dot = memrchr(name, '.', end - (size_t)(name - path));
    return dot && dot > name ? (size_t)(dot - path) : end;
}

/* "-", a pipe and a terminal take what comes one after the other. */
static bool is_file(const char *path)
{
    struct stat known;

    return strcmp(path, "-") != 0 && (stat(path, &known) != 0 || S_ISREG(known.st_mode));
}

/* Of the target at `index`, to be freed. NULL: standard output, or no memory, and then *ret_failed. */
static char *path_of(const struct line *line, const struct targets *targets, size_t index, bool *ret_failed)
{
    const char *path = line->output;
    int64_t number = targets->items[index].pid > 0 ? targets->items[index].pid : (int64_t)index + 1;
    char *own = NULL;
    size_t at;

    *ret_failed = false;
    if (!path)
        return NULL;
    if (targets->count == 1 || !is_file(path)) {
        own = strdup(path);
    } else {
        at = ending_at(path);
        if (asprintf(&own, "%.*s.%lld%s", (int)at, path, (long long)number, path + at) < 0)
            own = NULL;
    }
    *ret_failed = !own;
    return own;
}

static int run_at(const struct line *line, const struct targets *targets, size_t index)
{
    struct line own = *line;
    bool failed;
    char *path = path_of(line, targets, index, &failed);
    int status;

    if (failed)
        return line_no_memory();
    own.output = path;
    status = run_on(&own, &targets->items[index]);
    free(path);
    return status;
}

static int run_one_after_the_other(const struct line *line, const struct targets *targets)
{
    int worst = 0;

    for (size_t i = 0; i < targets->count && !cli_interrupted(); i++) {
        if (i)
            printf("\n");
        worst |= run_at(line, targets, i);
    }
    return worst;
}

/*
 * Side by side: each in a process of its own, whose words are kept until the one before is through.
 */

struct one {
    pid_t child; /* 0: it is over */
    int said[2]; /* what it wrote to standard output and standard error; -1 nothing */
    int status;
};

static void start_one(const struct line *line, const struct targets *targets, size_t index, struct one *one)
{
    fflush(stdout);
    *one = (struct one){.said = {memfd_create("hognose", MFD_CLOEXEC), memfd_create("hognose", MFD_CLOEXEC)},
                        .status = 1};
    one->child = one->said[0] >= 0 && one->said[1] >= 0 ? fork() : -1;
    if (one->child == 0) {
        int status;

        prctl(PR_SET_PDEATHSIG, SIGINT); /* without us it ends, with what it has */
        dup2(one->said[0], STDOUT_FILENO);
        dup2(one->said[1], STDERR_FILENO);
        status = run_at(line, targets, index);
        _exit(fflush(stdout) == 0 ? status : 1);
    }
    if (one->child < 0) {
        fprintf(stderr, "hognose: %s\n", strerror(errno));
        one->child = 0;
    }
}

/* Ctrl-C at a terminal reached them too; a signal to us alone is handed on, once. */
static void hand_on_interrupt(const struct one *ones, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ones[i].child > 0)
            kill(ones[i].child, SIGINT);
}

/* Looks again and again: a signal that comes just before a call that waits would not end that. */
static void wait_for_all(struct one *ones, size_t count)
{
    bool told = false;

    for (size_t i = 0; i < count;) {
        int status;
        pid_t ended = ones[i].child > 0 ? waitpid(ones[i].child, &status, WNOHANG) : -1;

        if (cli_interrupted() && !told) {
            told = true;
            hand_on_interrupt(ones + i, count - i);
        }
        if (ended == 0 || (ended < 0 && ones[i].child > 0 && errno == EINTR)) {
            usleep(LOOK_MICROSECONDS);
            continue;
        }
        if (ended > 0)
            ones[i].status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
        ones[i++].child = 0;
    }
}

static void show_one(const struct one *one)
{
    char bytes[65536];
    ssize_t length;

    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        FILE *to = i ? stderr : stdout;

        if (one->said[i] < 0 || lseek(one->said[i], 0, SEEK_SET) != 0)
            continue;
        while ((length = read(one->said[i], bytes, sizeof bytes)) > 0)
            fwrite(bytes, 1, (size_t)length, to);
        fflush(to);
        close(one->said[i]);
    }
}

static int run_some(const struct line *line, const struct targets *targets, size_t from, size_t count)
{
    struct one ones[SIDE_BY_SIDE];
    int worst = 0;

    for (size_t i = 0; i < count; i++)
        start_one(line, targets, from + i, &ones[i]);
    wait_for_all(ones, count);
    for (size_t i = 0; i < count; i++) {
        if (from + i)
            printf("\n");
        show_one(&ones[i]);
        worst |= ones[i].status;
    }
    return worst;
}

static int run_side_by_side(const struct line *line, const struct targets *targets)
{
    int worst = 0;

    if (isatty(STDERR_FILENO))
        fprintf(stderr, "hognose: %zu processes are sampled side by side\n", targets->count);
    for (size_t i = 0; i < targets->count && !cli_interrupted(); i += SIDE_BY_SIDE)
        worst |=
            run_some(line, targets, i, targets->count - i < SIDE_BY_SIDE ? targets->count - i : SIDE_BY_SIDE);
    return worst;
}

/*
 * Together.
 */

static const char *target_name(const struct target *target, char buffer[32])
{
    snprintf(buffer, 32, "%lld", (long long)target->pid);
    return target->core ? target->core : target->remote ? target->remote : buffer;
}

/* The JSON of each; those that failed have `error` set. */
static int collect(const struct line *line, const struct targets *targets, struct document *documents)
{
    char *arguments = line_arguments(line, true, NULL);
    int worst = 0;

    if (!arguments)
        return 1;
    for (size_t i = 0; i < targets->count && !cli_interrupted(); i++) {
        const struct target *target = &targets->items[i];
        struct document *document = &documents[i];
        char buffer[32];

        document->name = strdup(target_name(target, buffer));
        if (target->remote) {
            document->error = strdup("it takes a debugger to reach it, and that shows one process at a time");
            worst = 1;
            continue;
        }
        worst |= run_into(line, arguments, target, &document->text, &document->error);
    }
    free(arguments);
    return worst;
}

static int run_together(const struct line *line, const struct targets *targets)
{
    struct document *documents = calloc(targets->count, sizeof *documents);
    int status;

    if (!documents)
        return line_no_memory();
    status = collect(line, targets, documents);
    status |= line->each_line    ? documents_put_lines(documents, targets->count)
              : line->wants_json ? documents_put_json(documents, targets->count, line->output)
                                 : documents_put_groups(documents, targets->count, line->output);
    for (size_t i = 0; i < targets->count; i++)
        document_deinit(&documents[i]);
    free(documents);
    return status;
}

int run_on_targets(const struct line *line, const struct targets *targets)
{
    bool is_dump = strcmp(line->command.name, "py-dump") == 0;

    if (targets->count == 1 && !line->each_line)
        return run_at(line, targets, 0);
    if (line->wants_native || line->debugger)
        return run_one_after_the_other(line, targets);
    if (line->wants_json || is_dump)
        return run_together(line, targets);
    return strcmp(line->command.name, "py-sample") == 0 ? run_side_by_side(line, targets)
                                                        : run_one_after_the_other(line, targets);
}
