/* The trail, the warnings and other words of a search; see locator.h. */
#include "locate/locator.h"

#include <stdio.h>
#include <string.h>

static void add_line(struct locator *locator, const char **lines, size_t *count, size_t limit,
                     const char *format, va_list args)
{
    char words[HOG_ERROR_MESSAGE];
    const char *line;

    if (!lines || *count >= limit)
        return;
    vsnprintf(words, sizeof words, format, args);
    line = hog_arena_copy_text(locator->arena, words, strlen(words));
    if (line)
        lines[(*count)++] = line;
}

void locator_note(struct locator *locator, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_line(locator, locator->trail, &locator->location->trail_count, TRAIL_MAX, format, args);
    va_end(args);
}

void locator_warn(struct locator *locator, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_line(locator, locator->warnings, &locator->location->warning_count, WARNINGS_MAX, format, args);
    va_end(args);
}

const char *locator_words(struct locator *locator, const char *format, ...)
{
    char words[HOG_ERROR_MESSAGE];
    const char *copy;
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    copy = hog_arena_copy_text(locator->arena, words, strlen(words));
    return copy ? copy : "";
}

const char *locator_version(struct locator *locator, struct hog_version version)
{
    char text[HOG_VERSION_TEXT];

    return locator_words(locator, "%s", hog_version_text(version, text));
}

enum hog_status locator_no_memory(struct locator *locator)
{
    return hog_fail(&locator->location->error, HOG_NO_MEMORY,
                    "not enough memory to list the modules of process %lld",
                    (long long)locator->process->pid);
}

bool locator_interrupted(struct locator *locator)
{
    const struct hog_locate_options *options = locator->options;

    if (!locator->interrupted && options->interrupted)
        locator->interrupted = options->interrupted(options->context);
    return locator->interrupted;
}
