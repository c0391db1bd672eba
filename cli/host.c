/* A process or a core file without a debugger; see host.h. */
#define _GNU_SOURCE
#include "host.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80, RUN_POLL_MS = 10 };

/* The one thing that a signal handler can reach. */
static volatile sig_atomic_t interrupt_seen;

static void note_interrupt(int signal)
{
    (void)signal;
    interrupt_seen = 1;
}

void cli_catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = note_interrupt};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool cli_interrupted(void)
{
    return interrupt_seen != 0;
}

static bool interrupted(void *self)
{
    (void)self;
    return cli_interrupted();
}

/*
 * What is looked at.
 */

static void describe_process(void *self, struct hog_host_process *ret_process)
{
    const struct cli_host *cli = self;

    *ret_process = (struct hog_host_process){.target = HOG_TARGET_NOTHING};
    if (cli->core)
        *ret_process = (struct hog_host_process){.target = HOG_TARGET_CORE, .core_path = cli->core};
    else if (cli->pid > 0)
        *ret_process =
            (struct hog_host_process){.target = HOG_TARGET_LIVE, .pid = cli->pid, .runs = !cli->held};
}

static int by_number(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

    return (a > b) - (a < b);
}

/* Numbered by their LWPs: what a debugger that attaches now would have it like. */
static void list_threads(void *self, void (*add)(void *context, const struct hog_host_thread *thread),
                         void *context)
{
    const struct cli_host *cli = self;
    int64_t *lwps = NULL;
    size_t count = 0, room = 0;
    const struct dirent *entry;
    char path[64];
    DIR *listing;

    if (cli->pid <= 0)
        return;
    snprintf(path, sizeof path, "/proc/%lld/task", (long long)cli->pid);
    listing = opendir(path);
    while (listing && (entry = readdir(listing))) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        if (count == room) {
            int64_t *grown = realloc(lwps, (room ? 2 * room : 64) * sizeof *lwps);

            if (!grown)
                break;
            lwps = grown;
            room = room ? 2 * room : 64;
        }
        lwps[count++] = atoll(entry->d_name);
    }
    if (listing)
        closedir(listing);
    if (lwps)
        qsort(lwps, count, sizeof *lwps, by_number);
    for (size_t i = 0; i < count; i++) {
        struct hog_host_thread thread = {.lwp = lwps[i], .number = (int64_t)i + 1};

        if (cli->held)
            hold_registers(&cli->hold, lwps[i], &thread);
        add(context, &thread);
    }
    free(lwps);
}

/*
 * Holding and running.
 */

static size_t hold(void *self, const int64_t *lwps, size_t count)
{
    return hold_threads(&((struct cli_host *)self)->hold, lwps, count);
}

static void release(void *self)
{
    hold_release(&((struct cli_host *)self)->hold);
}

static double seconds_at_rest(void *self, int64_t lwp)
{
    return rests_of(&((const struct cli_host *)self)->rests, lwp);
}

bool cli_host_hold(struct cli_host *cli)
{
    if (cli->wants_rests)
        rests_read(&cli->rests, cli->pid);
    cli->held = hold_all(&cli->hold);
    if (!cli->held)
        hold_release(&cli->hold);
    return cli->held;
}

static bool has_ended(const struct cli_host *cli, struct hog_run_result *ret_result)
{
    siginfo_t about = {0};
    char path[64], line[256] = "";
    FILE *file;

    if (cli->is_child) {
        if (waitid(P_PID, (id_t)cli->pid, &about, WEXITED | WNOHANG | WNOWAIT) != 0 || !about.si_pid)
            return false;
        snprintf(ret_result->words, sizeof ret_result->words,
                 about.si_code == CLD_EXITED ? "it exited with status %d" : "it was killed by signal %d",
                 about.si_status);
        return true;
    }
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)cli->pid);
    file = fopen(path, "re");
    if (file && !fgets(line, sizeof line, file))
        line[0] = '\0';
    if (file)
        fclose(file);
    if (*line && !strstr(line, ") Z") && !strstr(line, ") X"))
        return false;
    snprintf(ret_result->words, sizeof ret_result->words, "it exited");
    return true;
}

/* It runs already, or is let go: what is to be done is to wait. */
static void run_process(void *self, struct hog_run_result *ret_result)
{
    struct cli_host *cli = self;
    struct pollfd wanted = {.fd = cli->stop_file, .events = POLLIN};
    uint64_t requests;

    *ret_result = (struct hog_run_result){.end = HOG_RUN_STOPPED};
    if (cli->held)
        hold_release(&cli->hold);
    while (poll(&wanted, 1, RUN_POLL_MS) <= 0) {
        if (has_ended(cli, ret_result)) {
            ret_result->end = HOG_RUN_EXITED;
            return;
        }
        if (cli_interrupted()) {
            ret_result->end = HOG_RUN_INTERRUPTED;
            break;
        }
    }
    if (ret_result->end == HOG_RUN_STOPPED && read(cli->stop_file, &requests, sizeof requests) < 0)
        ret_result->end = HOG_RUN_FAILED;
    if (cli->held && cli->wants_rests)
        rests_read(&cli->rests, cli->pid);
    if (cli->held && !hold_all(&cli->hold) && has_ended(cli, ret_result))
        ret_result->end = HOG_RUN_EXITED;
}

static void request_stop(void *self)
{
    const uint64_t one = 1;

    if (write(((struct cli_host *)self)->stop_file, &one, sizeof one) < 0)
        return; /* the counter is full: it has been requested */
}

/*
 * Output.
 */

static void keep(struct cli_text *text, const char *bytes, size_t length)
{
    char *grown = text->failed ? NULL : realloc(text->bytes, text->length + length + 1);

    text->failed = !grown;
    if (!grown)
        return;
    memcpy(grown + text->length, bytes, length);
    text->bytes = grown;
    text->length += length;
    grown[text->length] = '\0';
}

static void write_text(void *self, enum hog_stream stream, const char *bytes, size_t length)
{
    const struct cli_host *cli = self;
    FILE *file = stream == HOG_STDERR ? stderr : stdout;

    if (cli->text && stream == HOG_STDOUT)
        keep(cli->text, bytes, length);
    else
        fwrite(bytes, 1, length, file);
}

static bool wants_colour(void *self)
{
    const char *terminal = getenv("TERM");

    return !((const struct cli_host *)self)->text && isatty(STDOUT_FILENO) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

static unsigned terminal_width(void *self)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;

    (void)self;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    return columns && atoi(columns) > 0 ? (unsigned)atoi(columns) : isatty(STDOUT_FILENO) ? USUAL_WIDTH : 0;
}

/*
 * All together.
 */

struct hog_host cli_host_make(struct cli_host *cli, int64_t pid, const char *core)
{
    *cli = (struct cli_host){.pid = pid, .core = core, .hold.pid = (pid_t)pid};
    cli->stop_file = eventfd(0, EFD_CLOEXEC);
    return (struct hog_host){
        .self = cli,
        .debugger_name = "hognose",
        .debugger_version = HOGNOSE_VERSION,
        .describe_process = describe_process,
        .list_threads = list_threads,
        .run_process = run_process,
        .request_stop = request_stop,
        .seconds_at_rest = seconds_at_rest,
        .hold = hold,
        .release = release,
        .write = write_text,
        .interrupted = interrupted,
        .wants_colour = wants_colour,
        .terminal_width = terminal_width,
    };
}

void cli_host_deinit(struct cli_host *cli)
{
    rests_deinit(&cli->rests);
    hold_deinit(&cli->hold);
    if (cli->stop_file >= 0)
        close(cli->stop_file);
}

void cli_text_deinit(struct cli_text *text)
{
    free(text->bytes);
    *text = (struct cli_text){0};
}
