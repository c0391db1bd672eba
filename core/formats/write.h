/*
 * Profiles as files: one table, a row a format (formats.def).
 *
 *     profile ─▶ format.write ─▶ sink (a file, a text buffer, the host)
 *
 * All files of one profile agree to the sample. Names, file names, command
 * lines are the debuggee's and may hold anything; each format has its way to
 * keep them from breaking it. docs/formats.md tells what each file holds.
 */
#ifndef HOG_FORMATS_WRITE_H
#define HOG_FORMATS_WRITE_H

#include "base/text.h"
#include "files/files.h"
#include "profile/profile.h"

/* Where the bytes go. False ends the writing: HOG_IO, without words. */
struct hog_sink {
    void *self;
    bool (*put)(void *self, const void *bytes, size_t length);
};

/* Appends to a text buffer. */
struct hog_sink hog_sink_to_text(struct hog_text *text);

/* Source files that are there and were not read. */
struct hog_withheld {
    uint32_t count;
    char first[256];    /* the name of the first of them */
    const char *reason; /* why it was not */
};

struct hog_write_options {
    bool by_line;                  /* pictures and stacks tell lines apart; else functions */
    bool by_thread;                /* … and threads, by a frame that has the thread's name */
    const struct hog_files *files; /* where the .html finds source text; NULL: it has none */
    struct hog_withheld *withheld; /* out: what the .html does not have of it; NULL: not wanted */
    const char *title;             /* NULL: made from the profile */
};

struct out;
enum { HOG_FORMAT_EXTENSIONS = 3 };

struct hog_format {
    const char *name; /* for -f: "speedscope" */
    const char
        *extensions[HOG_FORMAT_EXTENSIONS]; /* ended by NULL, the usual one first: ".speedscope.json" */
    const char *summary;                    /* one line */
    bool needs_stacks;                      /* cannot be written from a cProfile file */
    bool is_text;                           /* may go to a terminal */
    enum hog_status (*write)(const struct hog_profile *profile, const struct hog_write_options *options,
                             struct out *out); /* for hog_write_profile alone */
};

/* In the order in which help shows them. */
const struct hog_format *hog_formats(size_t *ret_count);
/* By name. NULL: there is none. */
const struct hog_format *hog_format_named(const char *name);
/* By the ending of a path, the longest that fits. NULL: none fits. */
const struct hog_format *hog_format_of_path(const char *path);
/* For messages, into `text`: ".prof, .json, … or .gecko.json"; "prof, json, … or gecko". */
void hog_format_list_extensions(struct hog_text *text);
void hog_format_list_names(struct hog_text *text);

/*
 * HOG_UNSUPPORTED: the format needs stacks and the profile has none;
 * HOG_NO_MEMORY; HOG_IO: the sink said no; HOG_INTERRUPTED: the profile's watch. `options` NULL: all as usual.
 */
enum hog_status hog_write_profile(const struct hog_profile *profile, const struct hog_format *format,
                                  const struct hog_write_options *options, const struct hog_sink *sink,
                                  struct hog_error *error) HOG_CHECKED;

#endif
