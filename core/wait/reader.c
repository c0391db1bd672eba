/* Nodes, threads and modules, as all of wait/ asks for them; see reader.h. */
#include "wait/reader.h"

#include <string.h>
#include <uthash.h>

enum { FIRST_NODES = 64, KEY_BYTES = 16 };

/* Nodes are found by kind and address. */
struct known_node {
    uint64_t key[2];
    uint32_t node;
    UT_hash_handle hh;
};
_Static_assert(sizeof(((struct known_node *)0)->key) == KEY_BYTES, "the key has no padding");

static bool grow(struct waits_reader *reader)
{
    struct hog_wait_graph *graph = reader->graph;
    uint32_t capacity = reader->node_capacity ? reader->node_capacity * 2 : FIRST_NODES;
    struct hog_wait_node *nodes;

    if (graph->node_count < reader->node_capacity)
        return true;
    nodes = hog_arena_array(reader->arena, capacity, sizeof *nodes);
    if (!nodes)
        return false;
    if (graph->node_count)
        memcpy(nodes, graph->nodes, graph->node_count * sizeof *nodes);
    graph->nodes = nodes;
    reader->node_capacity = capacity;
    return true;
}

uint32_t node_for(struct waits_reader *reader, enum hog_wait_kind kind, uint64_t address, bool *ret_new)
{
    uint64_t key[2] = {kind, address};
    struct known_node *known;

    *ret_new = false;
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): both words of the key are set */
    HASH_FIND(hh, reader->known, key, sizeof key, known);
    if (known)
        return known->node;
    known = hog_arena_alloc(reader->arena, sizeof *known);
    if (!known || !grow(reader)) {
        reader->no_memory = true;
        return HOG_WAIT_NONE;
    }
    *known = (struct known_node){.key = {kind, address}, .node = reader->graph->node_count++};
    HASH_ADD(hh, reader->known, key, sizeof known->key, known);
    reader->graph->nodes[known->node] = (struct hog_wait_node){.kind = kind, .address = address};
    *ret_new = true;
    return known->node;
}

void node_held_by(struct waits_reader *reader, uint32_t node, enum hog_wait_grade grade, uint32_t holder,
                  const char *evidence)
{
    uint32_t *holders = hog_arena_alloc(reader->arena, sizeof *holders);

    if (!holders || holder == HOG_WAIT_NONE) {
        node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
        return;
    }
    *holders = holder;
    node_at(reader, node)->grade = grade;
    node_at(reader, node)->holders = holders;
    node_at(reader, node)->holder_count = 1;
    node_at(reader, node)->evidence = evidence;
}

void node_release(struct waits_reader *reader)
{
    HASH_CLEAR(hh, reader->known);
}

bool c_function_name(struct waits_reader *reader, uint64_t object, char ret_name[C_FUNCTION_NAME])
{
    uint64_t definition, name;

    return object_is_a(reader, object, "builtins", "builtin_function_or_method") &&
           read_member(reader, object, HOG_F_cfunction_m_ml, &definition) &&
           read_member(reader, definition, HOG_F_methoddef_ml_name, &name) &&
           hog_memory_text(reader->memory, name, ret_name, C_FUNCTION_NAME) == HOG_OK;
}

uint32_t thread_by_id(const struct waits_reader *reader, uint64_t thread_id)
{
    for (uint32_t i = 0; thread_id && i < reader->snapshot->thread_count; i++)
        if (reader->snapshot->threads[i].thread_id == thread_id &&
            reader->snapshot->threads[i].state != HOG_STATE_FINISHING)
            return i;
    return HOG_WAIT_NONE;
}

uint32_t thread_by_lwp(const struct waits_reader *reader, int64_t lwp)
{
    for (uint32_t i = 0; lwp && i < reader->snapshot->thread_count; i++)
        if (reader->snapshot->threads[i].os_thread_id == lwp)
            return i;
    return HOG_WAIT_NONE;
}

bool all_threads_known(const struct waits_reader *reader)
{
    return reader->process->kind != HOG_TARGET_REMOTE && reader->process->thread_count &&
           reader->snapshot->complete;
}

void node_owned_by(struct waits_reader *reader, uint32_t node, uint64_t thread_id, uint64_t place)
{
    uint32_t holder = thread_by_id(reader, thread_id);

    if (holder != HOG_WAIT_NONE) {
        node_held_by(reader, node, HOG_WAIT_HELD, holder,
                     WORDS(reader, "owner " HOG_ADDRESS " is recorded at " HOG_ADDRESS, thread_id, place));
        return;
    }
    node_at(reader, node)->owner_thread_id = thread_id;
    if (all_threads_known(reader))
        node_at(reader, node)->grade = HOG_WAIT_NOBODY_ALIVE;
    node_at(reader, node)->evidence =
        WORDS(reader, "owner " HOG_ADDRESS " is recorded at " HOG_ADDRESS ", and no thread has that id",
              thread_id, place);
}

static const char *const modules[] = {
    "threading",
    "queue",
    "concurrent.futures",
    "multiprocessing",
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "logging",
    "socket",
    "ssl",
    "selectors",
    "subprocess",
    "contextlib",
    "asyncio",
    "weakref",
    "socketserver",
    "http.client",
    "http.server",
    "urllib.request",
};

bool library_has(const char *module)
{
    for (size_t i = 0; module && i < sizeof modules / sizeof *modules; i++) {
        size_t length = strlen(modules[i]);

        if (strncmp(module, modules[i], length) == 0 && (module[length] == '\0' || module[length] == '.'))
            return true;
    }
    return false;
}
