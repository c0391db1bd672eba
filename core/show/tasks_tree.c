/* Tasks as a tree, and what is alike in it; see tasks_tree.h. */
#include "show/tasks_tree.h"

#include "base/grow.h"

#include <string.h>
#include <uthash.h>

enum { LINES_PER_TASK = 4, LINES_MORE = 1000 };

/* The tasks that each one awaits: of task i those from start[i] to start[i + 1]. */
struct awaits {
    uint32_t *start, *items;
    bool *has_parent, *visited;
};

struct building {
    struct task_lines *lines;
    const struct hog_tasks *tasks;
    const struct task_lines_options *options;
    struct awaits awaits;
    uint32_t most;
};

bool task_is_shown(const struct hog_task *task, bool full)
{
    return full || task->state != HOG_TASK_DONE || task->is_never_retrieved;
}

static bool is_of(const struct building *building, uint32_t task)
{
    const struct hog_task *one = &building->tasks->tasks[task];

    return one->loop == building->options->loop && task_is_shown(one, building->options->full);
}

static void awaits_deinit(struct awaits *awaits)
{
    free(awaits->start);
    free(awaits->items);
    free(awaits->has_parent);
    free(awaits->visited);
}

/* Turns "awaited by" round. */
static bool awaits_build(struct building *building)
{
    struct awaits *awaits = &building->awaits;
    const struct hog_tasks *tasks = building->tasks;
    uint32_t count = tasks->task_count;
    size_t all = 0;

    awaits->start = calloc((size_t)count + 2, sizeof *awaits->start);
    awaits->has_parent = calloc((size_t)count + 1, 1);
    awaits->visited = calloc((size_t)count + 1, 1);
    for (uint32_t i = 0; awaits->start && awaits->has_parent && i < count; i++)
        for (uint32_t k = 0; is_of(building, i) && k < tasks->tasks[i].awaited_by_count; k++)
            if (is_of(building, tasks->tasks[i].awaited_by[k])) {
                awaits->start[tasks->tasks[i].awaited_by[k] + 2]++;
                awaits->has_parent[i] = true;
                all++;
            }
    awaits->items = calloc(all + 1, sizeof *awaits->items);
    if (!awaits->start || !awaits->items || !awaits->has_parent || !awaits->visited || all >= UINT32_MAX)
        return false;
    for (uint32_t i = 2; i < count + 2; i++)
        awaits->start[i] += awaits->start[i - 1];
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; is_of(building, i) && k < tasks->tasks[i].awaited_by_count; k++)
            if (is_of(building, tasks->tasks[i].awaited_by[k]))
                awaits->items[awaits->start[tasks->tasks[i].awaited_by[k] + 1]++] = i;
    return true;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash ^= value;
    hash *= 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = mix(hash, (unsigned char)*text);
    return mix(hash, 256);
}

/* Of the task alone. */
static uint64_t hash_of(const struct hog_task *task)
{
    uint64_t hash = mix(1, task->state);

    hash = mix(hash, (uint64_t)task->is_cancelled << 1 | task->is_never_retrieved);
    hash = mix_text(hash, task->exception);
    hash = mix_text(hash, task->wait.kind);
    hash = mix_text(hash, task->wait.text);
    hash = mix(hash, task->wait.is_shared ? task->wait.address : 0);
    hash = mix(hash, !task->stopped_because);
    for (size_t i = 0; i < task->frame_count; i++)
        hash = mix(mix(hash, task->frames[i].code->address), (uint64_t)(int64_t)task->frames[i].line);
    return hash;
}

/* HOG_TASK_NONE: no memory, or enough. */
static uint32_t add_line(struct building *building, uint32_t task, uint32_t parent)
{
    struct task_lines *lines = building->lines;
    bool again = building->awaits.visited[task];

    if (lines->count >= building->most) {
        lines->cut = true;
        return HOG_TASK_NONE;
    }
    if (!HOG_GROW(lines->items, lines->capacity, lines->count + 1))
        return HOG_TASK_NONE;
    lines->items[lines->count] =
        (struct task_line){.task = task,
                           .depth = parent == HOG_TASK_NONE ? 0 : lines->items[parent].depth + 1,
                           .parent = parent,
                           .end = lines->count + 1,
                           .count = 1,
                           .next = HOG_TASK_NONE,
                           .again = again,
                           .hash = again ? mix(2, task) : hash_of(&building->tasks->tasks[task])};
    building->awaits.visited[task] = true;
    return lines->count++;
}

/* A line whose tasks below it are being added, and the next of them. */
struct open_line {
    uint32_t line, next;
};

/* The task, and below it what it awaits: depth first, without recursion. */
static bool add_tree(struct building *building, uint32_t root)
{
    struct task_lines *lines = building->lines;
    struct open_line *open = NULL; /* from the root down */
    uint32_t capacity = 0, depth = 0, line = add_line(building, root, HOG_TASK_NONE);
    bool going = line != HOG_TASK_NONE;

    while (going && line != HOG_TASK_NONE) {
        struct open_line *top;

        if (!HOG_GROW(open, capacity, depth + 1)) {
            going = false;
            break;
        }
        open[depth++] = (struct open_line){
            .line = line,
            .next = lines->items[line].again ? UINT32_MAX : building->awaits.start[lines->items[line].task]};
        for (line = HOG_TASK_NONE; depth && line == HOG_TASK_NONE && going;) {
            top = &open[depth - 1];
            if (top->next < building->awaits.start[lines->items[top->line].task + 1]) {
                line = add_line(building, building->awaits.items[top->next++], top->line);
                going = line != HOG_TASK_NONE;
            } else {
                lines->items[top->line].end = lines->count;
                depth--;
            }
        }
    }
    while (depth)
        lines->items[open[--depth].line].end = lines->count;
    free(open);
    return going;
}

/* What is below a line makes it what it is, in whatever order. */
static void add_hashes(struct task_lines *lines)
{
    for (uint32_t i = lines->count; i-- > 0;)
        if (lines->items[i].parent != HOG_TASK_NONE)
            lines->items[lines->items[i].parent].hash += mix(3, lines->items[i].hash);
}

struct like {
    struct {
        uint64_t hash, parent;
    } key;
    uint32_t first, last;
    UT_hash_handle hh;
};

static bool join_alike(struct task_lines *lines)
{
    struct like *likes = calloc((size_t)lines->count + 1, sizeof *likes), *table = NULL;

    if (!likes)
        return false;
    for (uint32_t i = 0; i < lines->count; i++) {
        struct task_line *line = &lines->items[i];
        struct like *like = &likes[i], *known;

        like->key.hash = line->hash;
        like->key.parent = line->parent;
        like->first = like->last = i;
        HASH_FIND(hh, table, &like->key, sizeof like->key, known);
        if (!known) {
            HASH_ADD(hh, table, key, sizeof like->key, like);
            continue;
        }
        lines->items[known->first].count++;
        lines->items[known->last].next = i;
        known->last = i;
        line->count = 0;
    }
    HASH_CLEAR(hh, table);
    free(likes);
    return true;
}

static bool build(struct building *building)
{
    const struct hog_tasks *tasks = building->tasks;
    bool going = awaits_build(building);

    for (uint32_t i = 0; going && building->options->flat && i < tasks->task_count; i++)
        if (is_of(building, i))
            going = add_line(building, i, HOG_TASK_NONE) != HOG_TASK_NONE;
    for (uint32_t i = 0; going && !building->options->flat && i < tasks->task_count; i++)
        if (is_of(building, i) && !building->awaits.has_parent[i])
            going = add_tree(building, i);
    for (uint32_t i = 0; going && i < tasks->task_count; i++) /* those in rings */
        if (is_of(building, i) && !building->awaits.visited[i])
            going = add_tree(building, i);
    return going;
}

bool task_lines_make(struct task_lines *lines, const struct hog_tasks *tasks,
                     const struct task_lines_options *options)
{
    struct building building = {.lines = lines,
                                .tasks = tasks,
                                .options = options,
                                .most = tasks->task_count * LINES_PER_TASK + LINES_MORE};
    bool done;

    *lines = (struct task_lines){0};
    done = build(&building) || lines->cut;
    awaits_deinit(&building.awaits);
    if (!done)
        return false;
    add_hashes(lines);
    return options->full || join_alike(lines);
}

void task_lines_deinit(struct task_lines *lines)
{
    free(lines->items);
}
