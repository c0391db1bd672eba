/*
 * What the files of command/ share: the session, and one line of the table of
 * commands. Nothing outside this folder includes it.
 *
 *     hog_session_run ─▶ table ─▶ line/ (options) ─▶ run_dump, run_threads, run_info
 *                                                      │
 *     host/ (target) ─▶ snapshot ─▶ show/ (report, text, JSON) ─▶ host/ (output) ─▶ the debugger, FILE
 */
#ifndef HOG_COMMAND_COMMAND_H
#define HOG_COMMAND_COMMAND_H

#include "command/list.h"
#include "files/files.h"
#include "line/settings.h"
#include "line/usage.h"
#include "profile/profile.h"
#include "show/info.h"

/* What the last dump took, for py-info. */
struct last_dump {
    bool known;
    enum hog_target_kind target;
    int64_t pid;
    struct costs costs;
};

/*
 * Nothing of any debuggee is kept from one command to the next but addresses that were selected or printed, the costs
 * of the last dump and the last profile, which say whose they are.
 */
struct hog_session {
    struct hog_host host; /* its two texts are ours */
    char machine[65];     /* the name of this machine; "" unknown: HOST_NAME_MAX is 64 */
    struct settings settings;
    struct last_dump last_dump;
    struct hog_profile *last_profile; /* NULL: none was taken yet */
    struct hog_files last_files;      /* of the process of that profile, as they were when it began */
    struct place *places;             /* at.h: frames that were selected */
    size_t place_count;
    struct listed listed; /* what py-list has shown last */
    uint64_t *printed;    /* what py-print has printed of a process: $1, $2, … */
    size_t printed_count;
    int64_t printed_pid;
    struct hog_watch watch;                  /* Ctrl-C, as the command that runs sees it */
    struct hog_error error;                  /* of the last call */
    char error_line[HOG_ERROR_MESSAGE + 64]; /* with the command's name before it */
    char value[SETTING_TEXT];                /* of the last hog_session_get */
};

struct command {
    struct usage usage;
    enum hog_status (*run)(struct hog_session *session, const struct options *options);
    /* Commands of its own, "py-stats top", that its first word may name; NULL: none. */
    const struct command *(*subcommands)(size_t *ret_count);
};

/* The words of the session's error as a plugin gets them; returns its status. */
int session_fail(struct hog_session *session, const char *name, const char **ret_error);

/* NULL: there is no such command. */
const struct command *command_find(const char *name);

/* The subcommand that `*line` begins with, and the rest of the line; else `command` itself, and all of the
 * line. */
const struct command *command_choose(const struct command *command, const char **line);

const struct command *stats_commands(size_t *ret_count);

enum hog_status run_dump(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_bt(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_up(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_down(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_frame(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_locals(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_exceptions(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_list(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_print(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_threads(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_tasks(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_why(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_info(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_sample(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_top(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_core(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_group(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_stats_top(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_stats_write(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_stats_convert(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_stats_diff(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_stats_merge(struct hog_session *session, const struct options *options) HOG_CHECKED;
enum hog_status run_stats(struct hog_session *session, const struct options *options) HOG_CHECKED;

#endif
