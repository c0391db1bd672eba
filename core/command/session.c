/*
 * A debugger's session: hognose.h as the plugins see it. Each command is
 * parsed, run from the target up, and leaves nothing behind but its words.
 */
#include "base/cleanup.h"
#include "base/text.h"
#include "command/command.h"
#include "command/theme.h"
#include "host/output.h"
#include "host/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hog_session *hog_session_create(const struct hog_host *host)
{
    struct hog_session *session = calloc(1, sizeof *session);

    if (!session)
        return NULL;
    session->host = *host;
    session->host.debugger_name = strdup(host->debugger_name ? host->debugger_name : "");
    session->host.debugger_version = strdup(host->debugger_version ? host->debugger_version : "");
    settings_init(&session->settings);
    if (gethostname(session->machine, sizeof session->machine) != 0)
        session->machine[0] = '\0';
    session->machine[sizeof session->machine - 1] = '\0';
    if (session->host.debugger_name && session->host.debugger_version)
        return session;
    hog_session_destroy(session);
    return NULL;
}

void hog_session_destroy(struct hog_session *session)
{
    if (!session)
        return;
    hog_profile_destroy(session->last_profile);
    hog_files_deinit(&session->last_files);
    free(session->places);
    free(session->printed);
    free(session->listed.filename);
    free((char *)session->host.debugger_name);
    free((char *)session->host.debugger_version);
    free(session);
}

/* One line, "py-dump: …"; whatever the layers put into their words cannot drive the terminal. */
int session_fail(struct hog_session *session, const char *name, const char **ret_error)
{
    struct hog_text printable = {0};

    hog_text_put_printable(&printable, session->error.message);
    snprintf(session->error_line, sizeof session->error_line, "%.40s: %s", name,
             printable.bytes ? printable.bytes : "it failed, and memory is exhausted");
    hog_text_deinit(&printable);
    *ret_error = session->error_line;
    return (int)session->error.status;
}

static void put_help(const struct hog_session *session, const struct command *command)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    usage_put_help(&command->usage, &text);
    session->host.write(session->host.self, HOG_STDOUT, text.bytes, text.length);
}

static enum hog_status run_command(struct hog_session *session, const struct command *command,
                                   const char *arguments)
{
    const char *line = arguments ? arguments : "";
    struct options options;
    enum hog_status status;

    command = command_choose(command, &line);
    status = options_parse(&options, &command->usage, line, &session->error);
    if (status == HOG_OK && option_given(&options, OPTION_HELP))
        put_help(session, command);
    else if (status == HOG_OK && !(option_given(&options, OPTION_IF_ALIVE) && target_is_gone(&session->host)))
        status = command->run(session, &options);
    options_deinit(&options);
    return status;
}

int hog_session_run(struct hog_session *session, const char *name, const char *arguments,
                    const char **ret_error)
{
    const struct command *command = command_find(name);
    enum hog_status status;

    session->error = (struct hog_error){0};
    session->watch = (struct hog_watch){session->host.interrupted, session->host.self, false};
    if (session->last_profile)
        session->last_profile->watch = &session->watch;
    if (!command)
        status = hog_fail(&session->error, HOG_USAGE, "there is no command of this name");
    else
        status = run_command(session, command, arguments);
    if (status == HOG_OK)
        return 0;
    session->error.status = status;
    return session_fail(session, name, ret_error);
}

int hog_session_write(struct hog_session *session, const char *path, const char *text, size_t length,
                      const char **ret_error)
{
    HOG_CLEANUP(output_deinit) struct output output;
    enum hog_status status = output_open(&output, &session->host, path);

    if (status == HOG_OK) {
        hog_text_append(&output.outlet.text, text, length);
        status = output_finish(&output);
    }
    if (status == HOG_OK) {
        session_say_written(session, path);
        return 0;
    }
    session->error = output.error;
    return session_fail(session, "hognose", ret_error);
}

int hog_session_set(struct hog_session *session, const char *name, const char *value, const char **ret_error)
{
    if (settings_set(&session->settings, name, value, &session->error) == HOG_OK)
        return 0;
    return session_fail(session, "hognose", ret_error);
}

const char *hog_session_get(struct hog_session *session, const char *name)
{
    return settings_get(&session->settings, name, session->value);
}
