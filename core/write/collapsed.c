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
#include "profile/labels.h"
#include "profile/project.h"
#include "write/format.h"

#include <string.h>

static void put_name(struct hog_text *text, const char *name)
{
    for (const char *at = name; *at; at++)
        hog_text_append(text, *at == ';' ? "," : at, 1);
}

static bool ends_in_number(const char *name)
{
    size_t length = strlen(name);
    size_t at = length;

    while (at && strchr("0123456789.", name[at - 1]))
        at--;
    return at < length && at && name[at - 1] == ' ';
}

static void put_frame(struct hog_text *text, const struct hog_labels *labels,
                      const struct hog_profile_node *node)
{
    const char *name = labels->name[node->function];

    put_name(text, name);
    if (*labels->short_file[node->function] && node->line > 0) {
        hog_text_puts(text, " (");
        put_name(text, labels->short_file[node->function]);
        hog_text_printf(text, ":%d)", node->line);
    } else if (*labels->place[node->function]) {
        hog_text_puts(text, " (");
        put_name(text, labels->place[node->function]);
        hog_text_puts(text, ")");
    } else if (ends_in_number(name)) {
        hog_text_puts(text, " ()");
    }
}

/* Takes away frames from the end of the stack until `parent` is the last, whose text ends at ends[parent]. */
static void back_to(struct hog_text *stack, const size_t *ends, uint32_t parent)
{
    stack->length = parent == HOG_NO_NODE ? 0 : ends[parent];
}

static enum hog_status put_stacks(const struct hog_profile *profile, const struct hog_labels *labels,
                                  struct out *out)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text stack = {0};
    HOG_FREE size_t *ends = malloc((profile->node_count + (size_t)1) * sizeof *ends);

    if (!ends)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < profile->node_count; i++) {
        const struct hog_profile_node *node = &profile->nodes[i];

        back_to(&stack, ends, node->parent);
        if (stack.length)
            hog_text_puts(&stack, ";");
        put_frame(&stack, labels, node);
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
    HOG_PROFILE struct hog_profile *projected = NULL;
    enum hog_status status = hog_profile_project(profile, &projection, &projected);

    if (status == HOG_OK)
        status = hog_labels_init(&labels, projected);
    return status == HOG_OK ? put_stacks(projected, &labels, out) : status;
}
