/*
 * The same samples seen otherwise: by function instead of by line, threads in
 * one tree or each below a frame with its name, only the stacks that pass
 * through a function, only those of one thread. The result is a profile of its
 * own with as many samples, but for those of other threads.
 */
#ifndef HOG_PROFILE_PROJECT_H
#define HOG_PROFILE_PROJECT_H

#include "profile/profile.h"

enum hog_threads_as {
    HOG_THREADS_APART,  /* as they are */
    HOG_THREADS_MERGED, /* one thread, all stacks in it */
    HOG_THREADS_FRAMES, /* one thread, each stack below a frame that has its thread's name */
};

struct hog_projection {
    bool by_line; /* keep lines; a profile without lines stays without */
    enum hog_threads_as threads;
    /* Functions as cProfile tells them apart: by file, first line and name. */
    bool as_cprofile;
    /* Files in place of functions: what a line took, whichever functions share it. Name and file name are the
     * file's. */
    bool as_files;
    /* Lines in place of functions: each has its function's name, and itself as its first line. */
    bool as_lines;
    /* Only this thread's stacks; one of the profile's, or of an earlier state of it. NULL: all. */
    const struct hog_profile_thread *only;
    /* Only stacks through a function with this name or qualname; the rest counts as elsewhere. NULL: all. */
    const char *under;
};

/* HOG_UNSUPPORTED for a profile without stacks, HOG_NOT_FOUND when no function is called `under`. */
enum hog_status hog_profile_project(const struct hog_profile *profile,
                                    const struct hog_projection *projection,
                                    struct hog_profile **ret_profile) HOG_CHECKED;

#endif
