/*
 * What every command tells show/ of its session: how the user wants text to
 * look, and what stands above every report.
 */
#ifndef HOG_COMMAND_THEME_H
#define HOG_COMMAND_THEME_H

#include "command/command.h"
#include "host/target.h"

/* By the settings alone. */
struct theme session_theme(const struct hog_session *session);
/* By the settings and the options of a dump. */
struct theme dump_theme(const struct hog_session *session, const struct options *options);
/* "Wrote FILE", as py-sample says it; not of a pipe, nor where there is no FILE (NULL). */
void session_say_written(const struct hog_session *session, const char *path);
/* All of the report but the snapshot and what comes from it. */
void report_describe(struct report *report, const struct hog_session *session, const struct target *target);

#endif
