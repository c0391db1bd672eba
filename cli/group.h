/*
 * Several JSON documents: into one, or grouped by their stacks (py-group of the
 * table of commands reads them as files).
 */
#ifndef HOG_CLI_GROUP_H
#define HOG_CLI_GROUP_H

#include "host.h"

struct document {
    const char *name; /* "4711", "core.4711", "node-3"; to be freed */
    struct cli_text text;
    const char *error; /* why there is none; NULL: there is; to be freed */
};

/* A line that says which machine this is and how many documents come, then each on a line of its own. */
int documents_put_lines(const struct document *documents, size_t count);
/* {"schema": "hognose.processes/1", "processes": […]}. To standard output where `output` is NULL. The exit status. */
int documents_put_json(const struct document *documents, size_t count, const char *output);
int documents_put_groups(const struct document *documents, size_t count, const char *output);
void document_deinit(struct document *document);

#endif
