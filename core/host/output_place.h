/*
 * FILE of --output, opened as the kernel's own rules have it: nothing of its
 * path is resolved here, so that what the kernel refuses (a link of somebody
 * else in a sticky folder, a file there that was put in the way) stays refused.
 *
 *      open(FILE)  is there   ─▶ the kernel tells where that is ─▶ temporary beside it, renamed over it
 *                  is not     ─▶ temporary in its folder, renamed to it
 *                  is a link that leads nowhere ─▶ the kernel makes the file it names; as if it was there
 *                  is no regular file           ─▶ written directly
 */
#ifndef HOG_HOST_OUTPUT_PLACE_H
#define HOG_HOST_OUTPUT_PLACE_H

#include "base/status.h"

#include <limits.h>
#include <sys/stat.h>

struct output_place {
    bool has_folder;              /* else it is written directly */
    int folder;                   /* O_PATH: where the file lies, or will */
    char name[NAME_MAX + 1];      /* its own in there */
    char temporary[NAME_MAX + 1]; /* what is written and then renamed; "": none, or renamed already */
    bool was_made;                /* the file was not there before us: when all is given up it goes again */
    struct stat old;              /* of the file that is replaced; st_nlink 0: there is none */
};

/* A descriptor to write to, or -1 and errno. */
int output_place_open(struct output_place *place, const char *path);
/* Gives the temporary its name. False: errno. */
bool output_place_rename(struct output_place *place) HOG_CHECKED;
/* Without output_place_rename before it, all is as it was. */
void output_place_deinit(struct output_place *place);

#endif
