/* Groups as text; see groups.h. */
#include "base/cleanup.h"
#include "base/text.h"
#include "show/groups_parts.h"
#include "show/paint.h"
#include "show/thread_cells.h"

#include <inttypes.h>
#include <string.h>

enum {
    PROCESSES_LISTED = 32, /* more are counted */
    NAMES_LISTED = 3,
    FRAME_NAME = 40,
    WORDS_SHOWN = 60,
};

struct writing {
    struct groups *groups;
    const struct theme *theme;
    struct hog_outlet *outlet;
    struct hog_text cell;
    bool many_machines; /* which one a process runs on says something */
};

static bool are_on_many_machines(const struct groups *groups)
{
    const char *first = NULL;

    for (size_t i = 0; i < groups->process_count; i++) {
        const char *host = groups->processes[i].about.host;

        if (host && first && strcmp(host, first) != 0)
            return true;
        first = first ? first : host;
    }
    return false;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void put_process(struct writing *writing, size_t number)
{
    const struct group_process *about = &writing->groups->processes[number].about;
    struct hog_text *text = &writing->outlet->text;
    int64_t shown = groups_number(writing->groups, (uint32_t)number);

    if (shown >= 0)
        hog_text_printf(text, "%4" PRId64 "  ", shown);
    else
        hog_text_puts(text, "   -  ");
    if (about->host && writing->many_machines) {
        paint_name(text, about->host, WORDS_SHOWN);
        hog_text_puts(text, "  ");
    }
    if (about->pid > 0)
        hog_text_printf(text, "process %" PRId64 "  ", about->pid);
    paint_name(text,
               about->words  ? about->words
               : about->name ? about->name
                             : "",
               writing->theme->full_paths ? 0 : WORDS_SHOWN);
    if (about->error) {
        hog_text_puts(text, "  ");
        hog_text_clear(&writing->cell);
        hog_text_puts(&writing->cell, "not dumped: ");
        hog_text_put_printable(&writing->cell, about->error);
        paint_put(text, writing->theme, STYLE_NOTE, paint_text(&writing->cell));
    }
    hog_text_puts(text, "\n");
}

/* Of many, those that could not be dumped and those in which something stands where few do. */
static bool is_listed(const struct groups *groups, size_t number)
{
    return groups->process_count <= PROCESSES_LISTED || groups->processes[number].about.error ||
           groups->processes[number].is_odd;
}

static void put_processes(struct writing *writing)
{
    const struct groups *groups = writing->groups;
    struct hog_text *text = &writing->outlet->text;
    size_t listed = 0;

    hog_text_printf(text, "%zu thread%s in %zu process%s\n", groups->shown_threads,
                    plural(groups->shown_threads), groups->process_count,
                    groups->process_count == 1 ? "" : "es");
    for (size_t i = 0; i < groups->process_count && hog_outlet_more(writing->outlet); i++) {
        if (!is_listed(groups, i))
            continue;
        put_process(writing, i);
        listed++;
    }
    if (listed < groups->process_count)
        hog_text_printf(text, "      %zu more: --json names them\n", groups->process_count - listed);
}

/* Which processes did not move at all between their last two rounds; nothing where there was one round. */
static void put_progress(struct writing *writing)
{
    const struct groups *groups = writing->groups;
    struct hog_text *text = &writing->outlet->text;
    size_t still = 0, twice = 0;

    if (groups->most_rounds < 2)
        return;
    hog_text_clear(&writing->cell);
    for (size_t i = 0; i < groups->process_count; i++) {
        const struct kept_process *process = &groups->processes[i];
        bool stood = process->round > 1 && process->threads && process->stood == process->threads;

        twice += process->round > 1;
        if (stood)
            hog_text_printf(&writing->cell, "%s%" PRId64, still++ ? "," : "",
                            groups_number(groups, (uint32_t)i));
    }
    if (!still)
        hog_text_printf(text, "Between the two rounds each of %zu processes moved.\n", twice);
    else
        hog_text_printf(text, "No thread moved between the two rounds in %zu of %zu processes: %s\n", still,
                        twice, paint_text(&writing->cell));
}

/* The names of its threads, where they are few or all the same. */
static void put_names(struct writing *writing, const struct kept_group *group)
{
    const struct groups *groups = writing->groups;
    const char *seen[NAMES_LISTED + 1];
    size_t count = 0;

    for (size_t i = 0; i < group->thread_count && count <= NAMES_LISTED; i++) {
        const char *name = groups->threads[groups->order[group->first_thread + i]].name;
        size_t k = 0;

        while (name && k < count && strcmp(seen[k], name) != 0)
            k++;
        if (name && k == count)
            seen[count++] = name;
    }
    for (size_t i = 0; i < count && i < NAMES_LISTED; i++) {
        hog_text_puts(&writing->cell, i ? ", \"" : "  \"");
        paint_name(&writing->cell, seen[i], WORDS_SHOWN);
        hog_text_puts(&writing->cell, "\"");
    }
    if (count > NAMES_LISTED)
        hog_text_puts(&writing->cell, ", …");
}

static void put_heading(struct writing *writing, const struct kept_group *group)
{
    struct hog_text *text = &writing->outlet->text;

    hog_text_clear(&writing->cell);
    hog_text_printf(&writing->cell, "%zu thread%s", group->thread_count, plural(group->thread_count));
    if (writing->groups->process_count > 1) {
        hog_text_printf(&writing->cell, " in %zu process%s (", group->process_count,
                        group->process_count == 1 ? "" : "es");
        groups_put_numbers(writing->groups, group, &writing->cell);
        hog_text_puts(&writing->cell, ")");
    }
    put_names(writing, group);
    paint_put(text, writing->theme, STYLE_HEADING, paint_text(&writing->cell));
    if (group->state && *group->state) {
        hog_text_puts(text, "   ");
        paint_put(text, writing->theme, STYLE_STATE, group->state);
    }
    hog_text_puts(text, "\n");
}

static const char *file_of(const struct group_frame *frame, const struct theme *theme)
{
    if (!frame->filename || theme->full_paths)
        return frame->filename ? frame->filename : "?";
    return file_in_package(frame->filename, hog_path_last(frame->filename), frame->module);
}

static void put_frames(struct writing *writing, const struct kept_group *group)
{
    struct hog_text *text = &writing->outlet->text;
    size_t most = writing->theme->max_depth && writing->theme->max_depth < group->frame_count
                      ? writing->theme->max_depth
                      : group->frame_count;
    unsigned width = 0;

    for (size_t i = 0; i < most; i++) {
        hog_text_clear(&writing->cell);
        paint_name(&writing->cell, group->frames[i].name ? group->frames[i].name : "?", FRAME_NAME);
        width = paint_width(&writing->cell) > width ? paint_width(&writing->cell) : width;
    }
    for (size_t i = 0; i < most && hog_outlet_more(writing->outlet); i++) {
        const struct group_frame *frame = &group->frames[i];

        hog_text_printf(text, "  #%-3zu ", i);
        hog_text_clear(&writing->cell);
        paint_name(&writing->cell, frame->name ? frame->name : "?", FRAME_NAME);
        paint_column(text, writing->theme, STYLE_PLAIN, paint_text(&writing->cell), width, 2);
        hog_text_clear(&writing->cell);
        paint_name(&writing->cell, file_of(frame, writing->theme), 0);
        if (frame->line > 0)
            hog_text_printf(&writing->cell, ":%" PRId64, frame->line);
        paint_put(text, writing->theme, STYLE_PLACE, paint_text(&writing->cell));
        hog_text_puts(text, "\n");
    }
    if (!group->frame_count)
        hog_text_puts(text, "  (no Python frames)\n");
    else if (most < group->frame_count)
        hog_text_printf(text, "  … %zu more\n", group->frame_count - most);
}

enum hog_status groups_put_text(struct groups *groups, const struct theme *theme, struct hog_outlet *outlet)
{
    struct writing writing = {.groups = groups, .theme = theme, .outlet = outlet};
    enum hog_status status = groups_order(groups);

    if (status != HOG_OK)
        return status;
    writing.many_machines = are_on_many_machines(groups);
    put_processes(&writing);
    put_progress(&writing);
    for (size_t i = 0; i < groups->shown_groups && hog_outlet_more(outlet); i++) {
        hog_text_puts(&outlet->text, "\n");
        put_heading(&writing, &groups->groups[groups->sorted[i]]);
        put_frames(&writing, &groups->groups[groups->sorted[i]]);
    }
    outlet->text.failed |= writing.cell.failed;
    hog_text_deinit(&writing.cell);
    return HOG_OK;
}
