/*
 * .collapsed: a stack a line, outermost first, and how many samples it had.
 *
 *     <module> (worker.py:1);main (worker.py:88);parse (parser.py:12) 150
 *
 * ";" parts frames and so becomes "," in names. A line that ends in two
 * numbers is read as the difference of two profiles; so a frame never ends in
 * a space and digits: its place, in brackets, comes last.
 */
#include "base/cleanup.h"
#include "formats/format.h"
#include "profile/labels.h"
#include "profile/project.h"

#include <string.h>

/* Frames as they are written, but for lines: by function. */
struct frame_texts {
    const char **whole; /* "main (worker.py:88)" */
    const char **open;  /* "main (worker.py:", for a line to follow; NULL: without a file there is no line */
    struct hog_arena arena;
};

static void frame_texts_deinit(struct frame_texts *texts)
{
    hog_arena_deinit(&texts->arena);
}

static bool ends_in_number(const char *name)
{
    size_t length = strlen(name);
    size_t at = length;

    while (at && strchr("0123456789.", name[at - 1]))
        at--;
    return at < length && at && name[at - 1] == ' ';
}

/* printf into the arena, with "," for ";". */
static const char *frame_text(struct frame_texts *texts, const char *format, const char *name,
                              const char *place)
{
    char *text = hog_arena_printf(&texts->arena, format, name, place);

    for (char *at = text; at && *at; at++)
        if (*at == ';')
            *at = ',';
    return text;
}

static bool frame_texts_of(struct frame_texts *texts, const struct hog_labels *labels, uint32_t function)
{
    const char *name = labels->name[function], *place = labels->place[function];

    if (*place) {
        texts->whole[function] = frame_text(texts, "%s (%s)", name, place);
        texts->open[function] = frame_text(texts, "%s (%s:", name, labels->short_file[function]);
        return texts->whole[function] && texts->open[function];
    }
    texts->whole[function] = frame_text(texts, ends_in_number(name) ? "%s ()%s" : "%s%s", name, "");
    return texts->whole[function] != NULL;
}

static enum hog_status frame_texts_init(struct frame_texts *texts, const struct hog_labels *labels,
                                        const struct hog_profile *profile)
{
    hog_arena_init(&texts->arena, SIZE_MAX);
    texts->whole = hog_arena_array(&texts->arena, profile->function_count, sizeof *texts->whole);
    texts->open = hog_arena_array(&texts->arena, profile->function_count, sizeof *texts->open);
    if (!texts->whole || !texts->open)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < profile->function_count; i++)
        if (hog_watch_due(profile->watch, i) || !frame_texts_of(texts, labels, i))
            return HOG_NO_MEMORY; /* or the watch, as hog_write_profile tells */
    return HOG_OK;
}

static void put_frame(struct hog_text *text, const struct frame_texts *texts,
                      const struct hog_profile_node *node)
{
    if (node->line > 0 && texts->open[node->function])
        hog_text_printf(text, "%s%d)", texts->open[node->function], node->line);
    else
        hog_text_puts(text, texts->whole[node->function]);
}

/* Takes away frames from the end of the stack until `parent` is the last, whose text ends at ends[parent]. */
static void back_to(struct hog_text *stack, const size_t *ends, uint32_t parent)
{
    stack->length = parent == HOG_NO_NODE ? 0 : ends[parent];
}

static enum hog_status put_stacks(const struct hog_profile *profile, const struct frame_texts *texts,
                                  struct out *out)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text stack = {0};
    HOG_FREE size_t *ends = malloc((profile->node_count + 1) * sizeof *ends);

    if (!ends)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; out_goes_on(out) && i < profile->node_count; i++) {
        const struct hog_profile_node *node = &profile->nodes[i];

        back_to(&stack, ends, node->parent);
        if (stack.length)
            hog_text_puts(&stack, ";");
        put_frame(&stack, texts, node);
        ends[i] = stack.length;
        if (stack.failed)
            return HOG_NO_MEMORY;
        if (!node->self)
            continue;
        out_bytes(out, stack.bytes, stack.length);
        out_char(out, ' ');
        out_u64(out, node->self);
        out_char(out, '\n');
    }
    return HOG_OK;
}

enum hog_status collapsed_write(const struct hog_profile *profile, const struct hog_write_options *options,
                                struct out *out)
{
    struct hog_projection projection = {
        .by_line = options->by_line, .threads = options->by_thread ? HOG_THREADS_FRAMES : HOG_THREADS_MERGED};
    HOG_CLEANUP(hog_labels_deinit) struct hog_labels labels = {0};
    HOG_CLEANUP(frame_texts_deinit) struct frame_texts texts = {0};
    HOG_PROFILE struct hog_profile *projected = NULL;
    enum hog_status status = hog_profile_project(profile, &projection, &projected);

    if (status == HOG_OK)
        status = hog_labels_init(&labels, projected);
    if (status == HOG_OK)
        status = frame_texts_init(&texts, &labels, projected);
    return status == HOG_OK ? put_stacks(projected, &texts, out) : status;
}
