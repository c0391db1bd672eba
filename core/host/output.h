/*
 * Where a command's text goes: through the host, or to the FILE of --output.
 *
 * A regular file is replaced as a whole or not at all:
 *
 *     write  folder/.FILE.PID.tmp ─▶ fsync ─▶ rename over FILE
 *
 * What is no regular file (/dev/stdout, a pipe) is written directly. Text is
 * composed in `text` and handed on in pieces: a dump of a million frames is
 * never held as a whole.
 */
#ifndef HOG_HOST_OUTPUT_H
#define HOG_HOST_OUTPUT_H

#include "base/outlet.h"
#include "hognose.h"
#include "host/output_place.h"

struct output {
    struct hog_outlet outlet; /* first: its `more` finds the rest by it */
    const struct hog_host *host;
    int file;   /* -1: the host */
    char *path; /* FILE; NULL: the host */
    struct output_place place;
    bool ignore_interrupt;  /* Ctrl-C has been seen to already: what there is gets written */
    struct hog_error error; /* status HOG_OK while all is well */
};

/* `path` NULL or "-": the host. On failure output->error has the words. Must be deinit'ed either way. */
enum hog_status output_open(struct output *output, const struct hog_host *host, const char *path) HOG_CHECKED;
/* ~/x is $HOME/x, all else is as it is. free() it. NULL: no memory. */
char *output_path(const char *path);
/* Is `path` a regular file, or will it be one? What else there is (the host, a pipe) is written directly. */
bool output_is_replaced(const char *path);
/* Hands on the rest and puts FILE in its place. HOG_INTERRUPTED, where Ctrl-C ended the composing: FILE is as it was. */
enum hog_status output_finish(struct output *output) HOG_CHECKED;
/* Without output_finish before it, FILE is left as it was. */
void output_deinit(struct output *output);

#endif
