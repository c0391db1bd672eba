/* Many machines; see via.h. */
#define _GNU_SOURCE
#include "via.h"
#include "group.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wordexp.h>

enum { MACHINES_MOST = 100000, LINE_MOST = 256 << 20, POLL_MS = 100, END_MS = 2000 };

struct machine {
    char *name;
    long promised, came;
};

struct answers {
    struct document *documents;
    size_t document_count, document_room;
    struct machine *machines;
    size_t machine_count, machine_room;
    char *text; /* what came of the line that is not whole yet */
    size_t length, room;
    bool failed; /* there was no memory */
};

static int say(const char *words)
{
    fprintf(stderr, "hognose: %s\n", words);
    return 1;
}

/*
 * What comes back.
 */

static bool grow(void **items, size_t *room, size_t needed, size_t size)
{
    size_t wanted = *room ? 2 * *room : 64;
    void *grown;

    if (needed <= *room)
        return true;
    while (wanted < needed)
        wanted *= 2;
    grown = realloc(*items, wanted * size);
    if (!grown)
        return false;
    *items = grown;
    *room = wanted;
    return true;
}

static struct machine *machine_named(struct answers *answers, const char *name)
{
    for (size_t i = 0; i < answers->machine_count; i++)
        if (strcmp(answers->machines[i].name, name) == 0)
            return &answers->machines[i];
    if (answers->machine_count == MACHINES_MOST ||
        !grow((void **)&answers->machines, &answers->machine_room, answers->machine_count + 1,
              sizeof *answers->machines))
        return NULL;
    answers->machines[answers->machine_count] = (struct machine){.name = strdup(name)};
    return answers->machines[answers->machine_count].name ? &answers->machines[answers->machine_count++]
                                                          : NULL;
}

static void keep_document(struct answers *answers, const char *line, size_t length)
{
    struct document *document;

    if (!grow((void **)&answers->documents, &answers->document_room, answers->document_count + 1,
              sizeof *answers->documents)) {
        answers->failed = true;
        return;
    }
    document = &answers->documents[answers->document_count];
    *document = (struct document){.text.bytes = strndup(line, length), .text.length = length};
    answers->failed |= !document->text.bytes;
    answers->document_count += document->text.bytes != NULL;
}

/* A label such as "3: " stands before it, or it is nothing of ours: a warning of the launcher's. */
static void take_line(struct answers *answers, const char *line, size_t length)
{
    const char *brace = memchr(line, '{', length);
    json_t *document = brace ? json_loadb(brace, length - (size_t)(brace - line), 0, NULL) : NULL;
    const char *schema = json_string_value(json_object_get(document, "schema"));
    const char *host = json_string_value(json_object_get(document, "host"));
    struct machine *machine = NULL;

    if (schema && host && strcmp(schema, "hognose.machine/1") == 0) {
        machine = machine_named(answers, host);
        if (machine)
            machine->promised += (long)json_integer_value(json_object_get(document, "documents"));
    } else if (document && (schema || json_object_get(document, "error"))) {
        host = json_string_value(json_object_get(json_object_get(document, "target"), "host"));
        if (!host)
            host = json_string_value(json_object_get(document, "host"));
        machine = host ? machine_named(answers, host) : NULL;
        if (machine)
            machine->came++;
        keep_document(answers, brace, length - (size_t)(brace - line));
    } else if (length) {
        fprintf(stderr, "%.*s\n", (int)(length < INT_MAX ? length : INT_MAX), line);
    }
    json_decref(document);
}

static void take_bytes(struct answers *answers, const char *bytes, size_t length)
{
    char *newline;
    size_t done = 0;

    if (answers->length + length > LINE_MOST ||
        !grow((void **)&answers->text, &answers->room, answers->length + length, 1)) {
        answers->failed = true;
        answers->length = 0;
        return;
    }
    memcpy(answers->text + answers->length, bytes, length);
    answers->length += length;
    while ((newline = memchr(answers->text + done, '\n', answers->length - done))) {
        take_line(answers, answers->text + done, (size_t)(newline - answers->text) - done);
        done = (size_t)(newline - answers->text) + 1;
    }
    memmove(answers->text, answers->text + done, answers->length - done);
    answers->length -= done;
}

/*
 * The launcher.
 */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until it ends; false: the time was up, or Ctrl-C. */
static bool read_answers(struct answers *answers, int from, double timeout)
{
    int64_t until = now_ms() + (int64_t)(timeout * 1000);
    struct pollfd wanted = {.fd = from, .events = POLLIN};
    char bytes[65536];

    while (now_ms() < until && !cli_interrupted()) {
        ssize_t got;

        if (poll(&wanted, 1, POLL_MS) <= 0)
            continue;
        got = read(from, bytes, sizeof bytes);
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR)
            return true;
        if (got > 0)
            take_bytes(answers, bytes, (size_t)got);
    }
    return false;
}

/* With whatever it started: that would keep our standard error open for who reads it. */
static void end_launcher(pid_t launcher)
{
    int64_t until = now_ms() + END_MS;

    kill(-launcher, SIGTERM);
    while (waitpid(launcher, NULL, WNOHANG) == 0) {
        if (now_ms() > until)
            kill(-launcher, SIGKILL);
        usleep(POLL_MS * 100);
    }
}

static void put_target(char **all, size_t *at, const struct target_word *target)
{
    if (target->kind != WORD_PLAIN)
        all[(*at)++] = (char *)(target->kind == WORD_NAME ? "--name" : "--children");
    all[(*at)++] = (char *)target->word;
}

/* Its words, hognose's path (unless the launcher names one itself, last), the command, its targets and options. */
static char **make_words(const wordexp_t *launcher, const struct line *line, char *program)
{
    const char *last = launcher->we_wordc ? launcher->we_wordv[launcher->we_wordc - 1] : "";
    const char *slash = strrchr(last, '/');
    bool is_named = strcmp(slash ? slash + 1 : last, "hognose") == 0;
    size_t at = 0;
    char **all = calloc(launcher->we_wordc + 2 * line->target_count + line->option_count + 7, sizeof *all);

    if (!all)
        return NULL;
    for (size_t i = 0; i < launcher->we_wordc; i++)
        all[at++] = launcher->we_wordv[i];
    if (!is_named)
        all[at++] = program;
    all[at++] = (char *)line->command.name + strlen("py-");
    for (size_t i = 0; i < line->target_count; i++)
        put_target(all, &at, &line->targets[i]);
    if (line->debugger) {
        all[at++] = (char *)"--debugger";
        all[at++] = (char *)line->debugger;
    }
    for (size_t i = 0; i < line->option_count; i++)
        all[at++] = line->options[i];
    if (!line->wants_json)
        all[at++] = (char *)"--json";
    all[at] = (char *)"--each-line";
    return all;
}

/* A process group of its own: Ctrl-C at the terminal comes through us (end_launcher). */
static pid_t start(char **words, int *ret_from)
{
    int out[2];
    pid_t child;

    if (pipe2(out, O_CLOEXEC) != 0)
        return -1;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        int nothing = open("/dev/null", O_RDONLY);

        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(nothing, STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execvp(words[0], words);
        fprintf(stderr, "hognose: cannot run %s: %s\n", words[0], strerror(errno));
        _exit(127);
    }
    if (child > 0)
        setpgid(child, child);
    close(out[1]);
    *ret_from = out[0];
    return child;
}

/* True: all that was promised came. */
static bool name_missing(const struct answers *answers, bool in_time, double timeout)
{
    bool all = in_time;

    for (size_t i = 0; i < answers->machine_count; i++) {
        const struct machine *machine = &answers->machines[i];

        if (machine->came >= machine->promised)
            continue;
        fprintf(stderr, "hognose: %s: %ld of %ld processes did not answer%s\n", machine->name,
                machine->promised - machine->came, machine->promised, in_time ? "" : " in time");
        all = false;
    }
    if (!in_time)
        fprintf(stderr,
                "hognose: the launcher was not done after %g seconds: machines that it had not reached are "
                "missing; --timeout SECONDS waits longer\n",
                timeout);
    return all;
}

static int show(const struct line *line, struct answers *answers, bool in_time)
{
    bool all = name_missing(answers, in_time, line->timeout);
    int status;

    if (!answers->document_count)
        return say(answers->machine_count ? "no process was dumped on any machine" : "no machine answered");
    status = line->wants_json
                 ? documents_put_json(answers->documents, answers->document_count, line->output)
                 : documents_put_groups(answers->documents, answers->document_count, line->output);
    return status || !all || answers->failed;
}

int via_run(const struct line *line)
{
    struct answers answers = {0};
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    wordexp_t launcher;
    char **all;
    int from = -1, status = 1;
    bool in_time = false;
    pid_t child = -1;

    program[length > 0 ? length : 0] = '\0';
    if (strcmp(line->command.name, "py-dump") != 0)
        return say("--via is for dump: other commands have nothing to group") + 1;
    if (wordexp(line->via, &launcher, WRDE_NOCMD | WRDE_UNDEF) != 0 || !launcher.we_wordc)
        return say("--via wants a command that starts programs elsewhere, such as 'srun --overlap --jobid 7'") +
               1;
    all = make_words(&launcher, line, program);
    if (all)
        child = start(all, &from);
    if (child > 0) {
        in_time = read_answers(&answers, from, line->timeout);
        if (in_time)
            waitpid(child, NULL, 0);
        else
            end_launcher(child);
        close(from);
        status = show(line, &answers, in_time);
    }
    for (size_t i = 0; i < answers.document_count; i++)
        document_deinit(&answers.documents[i]);
    for (size_t i = 0; i < answers.machine_count; i++)
        free(answers.machines[i].name);
    free(answers.documents);
    free(answers.machines);
    free(answers.text);
    free(all);
    wordfree(&launcher);
    return status;
}
