/*
 * Scope guards: `HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};`
 * runs the function when the scope is left, whichever way it is left.
 */
#ifndef HOG_BASE_CLEANUP_H
#define HOG_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOG_CLEANUP(function) __attribute__((cleanup(function)))

static inline void hog_cleanup_free(void *pointer)
{
    free(*(void **)pointer);
}

static inline void hog_cleanup_close(const int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static inline void hog_cleanup_closedir(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static inline void hog_cleanup_fclose(FILE **stream)
{
    if (*stream)
        fclose(*stream);
}

/* Gives a guarded descriptor away: its guard closes nothing then. */
static inline int hog_give_descriptor(int *descriptor)
{
    int given = *descriptor;

    *descriptor = -1;
    return given;
}

#define HOG_FREE     HOG_CLEANUP(hog_cleanup_free)
#define HOG_CLOSE    HOG_CLEANUP(hog_cleanup_close)
#define HOG_CLOSEDIR HOG_CLEANUP(hog_cleanup_closedir)
#define HOG_FCLOSE   HOG_CLEANUP(hog_cleanup_fclose)

#endif
