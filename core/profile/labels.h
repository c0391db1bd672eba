/*
 * What functions and files are called in front of people.
 *
 * A file name is cut to its last parts, as few as keep it apart from all
 * other files of the profile: "worker.py", "asyncio/__init__.py". A function
 * is its qualname where there is one; where two functions share that, their
 * place is added: "run (worker.py:12)". Control characters come out as
 * Python's repr shows them, so that no name breaks a line.
 */
#ifndef HOG_PROFILE_LABELS_H
#define HOG_PROFILE_LABELS_H

#include "profile/profile.h"

struct hog_labels {
    const char **name;       /* by function: qualname or name, printable; "<unnamed>" for an empty one */
    const char **short_file; /* by function: "" unknown */
    const char **place;      /* by function: "worker.py:12", "worker.py" without a line, "" unknown */
    const char **unique;     /* by function: name, with the place where needed; no two are equal */
    struct hog_arena arena;
};

enum hog_status hog_labels_init(struct hog_labels *labels, const struct hog_profile *profile) HOG_CHECKED;
void hog_labels_deinit(struct hog_labels *labels);

#endif
