/* Commands on targets; see run.h. */
#define _GNU_SOURCE
#include "run.h"
#include "handoff.h"
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Commands that read a process while it runs, and say of themselves what they had to stop. */
static bool reads_while_running(const struct line *line)
{
    static const char *const names[] = {"py-dump", "py-threads", "py-info", "py-sample", "py-top"};

    if (line->wants_objects || (line->wants_stop && strcmp(line->command.name, "py-sample") == 0))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(line->command.name, names[i]) == 0)
            return true;
    return false;
}

static int say(const char *error)
{
    fflush(stdout);
    fprintf(stderr, "hognose: %s\n", error);
    return 1;
}

static int run_session(const struct hog_host *host, const struct line *line, const char *arguments,
                       const char **ret_error)
{
    struct hog_session *session = hog_session_create(host);
    const char *error = NULL;
    int status;

    if (!session) {
        *ret_error = strdup("not enough memory");
        return 1;
    }
    status = hog_session_run(session, line->command.name, arguments, &error);
    *ret_error = status && error ? strdup(line_without_name(error, line->command.name)) : NULL;
    hog_session_destroy(session);
    return status != 0;
}

int run_into(const struct line *line, const char *arguments, const struct target *target,
             struct cli_text *text, const char **ret_error)
{
    struct cli_host cli;
    struct hog_host host = cli_host_make(&cli, target->pid, target->core);
    int status;

    cli.text = text;
    cli.wants_rests = strcmp(line->command.name, "py-why") == 0;
    if (target->pid > 0 && !reads_while_running(line))
        cli_host_hold(&cli); /* where it cannot be held it is read as it runs */
    status = run_session(&host, line, arguments, ret_error);
    cli_host_deinit(&cli);
    return status;
}

int run_on(const struct line *line, const struct target *target)
{
    const char *error = NULL;
    char *arguments;
    int status;

    if (target->remote || line->wants_native || line->debugger)
        return handoff_run(line, target);
    arguments = line_arguments(line, false, line->output);
    if (!arguments)
        return 1;
    status = run_into(line, arguments, target, NULL, &error);
    if (error)
        say(error);
    free((char *)error);
    free(arguments);
    return status;
}

int run_without_target(const struct line *line)
{
    const struct target nothing = {0};

    return run_on(line, &nothing);
}

/*
 * A program of our own.
 */

/* False: it could not be started, and standard error has said why. */
static bool start(char **program, pid_t *ret_child)
{
    int failed[2];
    int reason = 0;
    pid_t child;

    if (pipe2(failed, O_CLOEXEC) != 0) {
        say("no pipe can be made");
        return false;
    }
    fflush(stdout);
    child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        execvp(program[0], program);
        reason = errno;
        if (write(failed[1], &reason, sizeof reason) < 0)
            _exit(126);
        _exit(127);
    }
    close(failed[1]);
    if (child > 0 && read(failed[0], &reason, sizeof reason) == sizeof reason) {
        waitpid(child, NULL, 0);
        child = -1;
    }
    close(failed[0]);
    if (child < 0)
        fprintf(stderr, "hognose: cannot start %s: %s\n", program[0], strerror(reason ? reason : errno));
    *ret_child = child;
    return child > 0;
}

/* Until Python is far enough to be found: a moment, unless the program never runs any. */
static void wait_for_python(pid_t child)
{
    enum { PATIENCE_MS = 5000, NAP_MS = 2 };
    const char *error = NULL;
    const struct line look = {.command.name = "py-threads"};

    for (int waited = 0; waited < PATIENCE_MS && !cli_interrupted(); waited += NAP_MS) {
        struct cli_text text = {0};
        int status = run_into(&look, "", &(struct target){.pid = child}, &text, &error);
        siginfo_t about = {0};

        cli_text_deinit(&text);
        free((char *)error);
        if (status == 0 ||
            (waitid(P_PID, (id_t)child, &about, WEXITED | WNOHANG | WNOWAIT) == 0 && about.si_pid))
            return;
        usleep(NAP_MS * 1000);
    }
}

static int wait_status(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* It runs on when the command is done: it is the user's program, and its exit status is what we end with. */
int run_program(const struct line *line)
{
    struct cli_host cli;
    struct hog_host host;
    const char *error = NULL;
    char *arguments = line_arguments(line, false, line->output);
    pid_t child;
    int failed, status;

    if (!arguments)
        return 1;
    if (!start(line->program, &child)) {
        free(arguments);
        return 127;
    }
    wait_for_python(child);
    host = cli_host_make(&cli, child, NULL);
    cli.is_child = true;
    failed = run_session(&host, line, arguments, &error);
    if (error)
        say(error);
    free((char *)error);
    free(arguments);
    cli_host_deinit(&cli);
    if (cli_interrupted())
        kill(child, SIGINT);
    status = wait_status(child);
    return status ? status : failed;
}
