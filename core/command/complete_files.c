/*
 * Names of files for the word that is being typed: gdb's own completion of
 * them takes the whole line for one name, and lldb has none to offer.
 *
 *      --output /tmp/pr  ─▶ /tmp/prof-1.json  /tmp/profiles/
 */
#include "command/complete_files.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "host/output.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_FILES = 2000 };

/* Quotes would be needed around them, also around what is typed already. */
static bool is_plain(const char *name)
{
    return !strpbrk(name, " \t\n\r'\"\\");
}

static bool is_folder(int folder, const char *name)
{
    struct stat about;

    return fstatat(folder, name, &about, 0) == 0 && S_ISDIR(about.st_mode);
}

struct listing {
    file_offer offer;
    void *context;
    size_t count;
    struct hog_text last; /* the last that was offered */
};

static void listing_deinit(struct listing *listing)
{
    hog_text_deinit(&listing->last);
}

static void list_folder(struct listing *listing, DIR *folder, const char *before, const char *start)
{
    const struct dirent *entry;

    while (listing->count < MOST_FILES && (entry = readdir(folder))) {
        const char *name = entry->d_name;

        if (strncmp(name, start, strlen(start)) != 0 || (name[0] == '.' && !start[0]) || !is_plain(name))
            continue;
        hog_text_clear(&listing->last);
        hog_text_printf(&listing->last, "%s%s%s", before, name, is_folder(dirfd(folder), name) ? "/" : "");
        if (listing->last.failed)
            return;
        listing->offer(listing->context, listing->last.bytes);
        listing->count++;
    }
}

static void list_files(struct listing *listing, const char *typed)
{
    const char *slash = strrchr(typed, '/');
    HOG_FREE char *before = strndup(typed, slash ? (size_t)(slash - typed) + 1 : 0);
    HOG_FREE char *path = before ? output_path(*before ? before : "./") : NULL;
    HOG_CLOSEDIR DIR *folder = path ? opendir(path) : NULL;

    if (folder)
        list_folder(listing, folder, before, slash ? slash + 1 : typed);
}

/* A folder alone: with what is in it, or the debugger would take it for the whole word and add a blank. */
void complete_files(const char *typed, file_offer offer, void *context)
{
    HOG_CLEANUP(listing_deinit) struct listing listing = {.offer = offer, .context = context};

    list_files(&listing, typed);
    if (listing.count == 1 && !listing.last.failed && listing.last.bytes[listing.last.length - 1] == '/') {
        HOG_CLEANUP(listing_deinit) struct listing inner = {.offer = offer, .context = context};

        list_files(&inner, listing.last.bytes);
    }
}
