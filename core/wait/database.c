/*
 * SQLite: it asks for the lock of a database again and again, and naps in between.
 *
 *     connection.execute("BEGIN")     the Connection or Cursor is on the value stack of the innermost frame
 *         nanosleep(25 ms)            not of Python: time.sleep() is select(), or sleeps until a time (3.11+)
 *
 *     sqlite3 ──▶ aDb[] ──▶ Btree ──▶ BtShared ──▶ Pager │ … │ zFilename │        aDb[0] is "main", aDb[1] "temp"
 *                             └─ db: the sqlite3 ─┘
 *
 * Btree and BtShared both name the sqlite3 that they belong to, which proves the chain; the path is looked for among the
 * first words of the Pager, whose members differ between versions. Who holds the lock is the kernel's word: a row of
 * /proc/locks for the file, or in WAL mode for its "-shm".
 *
 * Source: Modules/_sqlite of CPython 3.6 - 3.15; src/sqliteInt.h, btreeInt.h, pager.c, os_unix.c of SQLite 3.31 - 3.50.
 */
#define _GNU_SOURCE
#include "wait/database.h"

#include "wait/files.h"
#include "wait/name.h"
#include "wait/slots.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

enum {
    SQLITE3_ADB = 32,
    DB_SIZE = 32,
    DB_BTREE = 8,
    BTREE_DB = 0,
    BTREE_SHARED = 8,
    SHARED_PAGER = 0,
    SHARED_DB = 8,
    PAGER_WORDS = 64,
    TEMPORARY = 1,   /* aDb[1] */
    MAX_FILES = 8,   /* attached databases that are looked at */
    LONGEST_NAP = 1, /* seconds: of a libc without nanosleep; else a tenth */
};

/* A nap that nobody but C asks for. */
static bool is_nap_of_c(const struct wait_call *call)
{
    return call->has_limit && call->limit <= LONGEST_NAP &&
           (call_is(call, "nanosleep") || (call_is(call, "clock_nanosleep") && call->argument_count > 1 &&
                                           call->arguments[0] == CLOCK_REALTIME && !call->arguments[1]));
}

/* The Connection that this object is, or that it is a Cursor or a method of; 0: none. */
static uint64_t connection_of(struct waits_reader *reader, uint64_t object)
{
    uint64_t self = object, connection;

    if (object_is_a(reader, object, "builtins", "builtin_function_or_method") &&
        !read_member(reader, object, HOG_F_cfunction_m_self, &self))
        return 0;
    if (object_is_a(reader, self, "sqlite3", "Connection"))
        return self;
    return object_is_a(reader, self, "sqlite3", "Cursor") &&
                   read_member(reader, self, HOG_F_sqlitecursor_connection, &connection) &&
                   object_is_a(reader, connection, "sqlite3", "Connection")
               ? connection
               : 0;
}

static uint64_t find_connection(struct waits_reader *reader, uint32_t thread)
{
    const struct hog_thread *of = &reader->snapshot->threads[thread];
    uint64_t objects[SLOTS_OF_STACK], found = 0;
    uint32_t count = of->frame_count ? slots_stack(reader, &of->frames[0], objects) : 0;

    for (uint32_t i = 0; i < count && !found; i++)
        found = objects[i] ? connection_of(reader, objects[i]) : 0;
    return found;
}

/*
 * The file.
 */

static bool word_at(struct waits_reader *reader, uint64_t address, uint64_t *ret_word)
{
    return address && address % 8 == 0 && hog_memory_u64(reader->memory, address, ret_word) == HOG_OK;
}

/* The absolute path that a Pager has; NULL: it has none. */
static const char *path_of_pager(struct waits_reader *reader, uint64_t pager)
{
    uint64_t words[PAGER_WORDS];
    size_t count = hog_memory_read_some(reader->memory, pager, words, sizeof words) / 8;
    char path[PATH_MAX];

    for (size_t i = 0; i < count; i++)
        if (words[i] && hog_memory_text(reader->memory, words[i], path, sizeof path) == HOG_OK &&
            path[0] == '/' && path[1])
            return hog_arena_copy_text(reader->arena, path, strlen(path));
    return NULL;
}

static const char *path_of_database(struct waits_reader *reader, uint64_t sqlite, unsigned number)
{
    uint64_t databases, btree, shared, owner, pager;

    if (!word_at(reader, sqlite + SQLITE3_ADB, &databases) ||
        !word_at(reader, databases + (uint64_t)number * DB_SIZE + DB_BTREE, &btree) ||
        !word_at(reader, btree + BTREE_DB, &owner) || owner != sqlite ||
        !word_at(reader, btree + BTREE_SHARED, &shared) || !word_at(reader, shared + SHARED_DB, &owner) ||
        owner != sqlite || !word_at(reader, shared + SHARED_PAGER, &pager) || !pager)
        return NULL;
    return path_of_pager(reader, pager);
}

/*
 * The process that keeps this one from the file; 0: none is seen. In WAL mode whoever has it open has a lock for reading
 * of it and of "-shm" too, which keeps nobody away.
 */
static int64_t holder_of_path(struct waits_reader *reader, const char *path)
{
    struct file_locks locks = file_foreign_locks(reader, path), shared = {.open = false};
    char name[PATH_MAX + sizeof "-shm"];

    if (locks.writer)
        return locks.writer;
    snprintf(name, sizeof name, "%s-shm", path);
    shared = file_foreign_locks(reader, name);
    return shared.open ? shared.writer : locks.reader;
}

static void describe(struct waits_reader *reader, uint32_t node, uint64_t connection)
{
    const char *first = NULL;
    uint64_t sqlite;

    node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
    if (!read_member(reader, connection, HOG_F_sqliteconnection_db, &sqlite))
        return;
    for (unsigned i = 0; i < MAX_FILES; i++) {
        const char *path = i == TEMPORARY ? NULL : path_of_database(reader, sqlite, i);
        int64_t holder = path ? holder_of_path(reader, path) : 0;

        if (!path && i > TEMPORARY)
            break;
        first = first ? first : path;
        if (!holder)
            continue;
        node_at(reader, node)->name = path;
        node_at(reader, node)->pid = holder;
        node_at(reader, node)->grade = HOG_WAIT_HELD;
        node_at(reader, node)->evidence = WORDS(reader,
                                                "it naps in C within a call of the Connection at " HOG_ADDRESS
                                                ", and /proc/locks names process %lld for the file",
                                                connection, (long long)holder);
        return;
    }
    node_at(reader, node)->name = first;
}

uint32_t database_node(struct waits_reader *reader, uint32_t thread, const struct wait_call *call)
{
    uint64_t connection = is_nap_of_c(call) ? find_connection(reader, thread) : 0;
    uint32_t node;
    bool is_new;

    if (!connection)
        return HOG_WAIT_NONE;
    node = node_for(reader, HOG_WAIT_DATABASE, connection, &is_new);
    if (node == HOG_WAIT_NONE || !is_new)
        return node;
    node_at(reader, node)->evidence =
        WORDS(reader, "it naps in C within a call of the Connection at " HOG_ADDRESS, connection);
    describe(reader, node, connection);
    return node;
}
