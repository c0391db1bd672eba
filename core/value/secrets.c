/* Finding the values that names hide; see secrets.h. secrets_blank.c blanks them. */
#define HASH_NONFATAL_OOM 1
#include "base/cleanup.h"
#include "value/reader.h"
#include "value/render.h"
#include "value/secrets_parts.h"
#include "value/variables.h"

#include <string.h>
#include <uthash.h>

enum {
    WIDEST = 4, /* bytes of a letter */
    DEPTH_MOST = 8,
    ITEMS_MOST = 100000,    /* of one container */
    SEEN_MOST = 1000000,    /* containers and instances in all */
    LETTERS_MOST = 1 << 14, /* of one value, that are looked for elsewhere */
    SMALL_INT = 1024,       /* those up to it are the interpreter's own, and of everybody */
    ATTRIBUTES_MOST = 1000,
};

/* An object that was looked into; once more if it is hidden then, and was not before. */
struct seen {
    uint64_t key;   /* its address, + 1: hidden */
    unsigned depth; /* from where on */
    UT_hash_handle hh;
};

struct search {
    struct hog_secrets *secrets;
    struct hog_values *values;
    struct seen *seen;
    size_t seen_count;
};

/* Not looked into before, or only from further away. */
static bool is_new(struct search *search, uint64_t object, bool hidden, unsigned depth)
{
    uint64_t key = object + hidden;
    struct seen *seen;

    HASH_FIND(hh, search->seen, &key, sizeof key, seen);
    if (seen) {
        bool nearer = depth < seen->depth;

        seen->depth = nearer ? depth : seen->depth;
        return nearer;
    }
    seen = search->seen_count < SEEN_MOST ? calloc(1, sizeof *seen) : NULL;
    if (!seen) {
        search->secrets->failed = true;
        return false;
    }
    seen->key = key;
    seen->depth = depth;
    search->seen_count++;
    HASH_ADD(hh, search->seen, key, sizeof seen->key, seen);
    return true;
}

static void search_deinit(struct search *search)
{
    struct seen *seen = search->seen;

    HASH_CLEAR(hh, search->seen);
    while (seen) {
        struct seen *next = seen->hh.next;

        free(seen);
        seen = next;
    }
}

/* Letters of `from` bytes each as such of `to` bytes. False: one of them does not fit. */
static bool widen(const unsigned char *bytes, size_t count, unsigned from, unsigned to,
                  unsigned char *ret_bytes)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t letter = 0;

        memcpy(&letter, bytes + i * from, from);
        if (to < sizeof letter && letter >> 8 * to)
            return false;
        memcpy(ret_bytes + i * to, &letter, to);
    }
    return true;
}

/* A str has letters as wide as its widest: in a longer one those of a value may be wider than in itself. */
static void take_stretch(struct search *search, uint64_t address, uint64_t count, unsigned width)
{
    size_t letters = count < LETTERS_MOST ? (size_t)count : LETTERS_MOST;
    HOG_FREE unsigned char *bytes = calloc(letters + 1, WIDEST);
    HOG_FREE unsigned char *form = calloc(letters + 1, WIDEST);

    secrets_add_place(search->secrets, address, count * width, width);
    search->secrets->failed |= !bytes || !form;
    if (!bytes || !form || value_read(search->values, address, bytes, letters * width) != HOG_OK)
        return;
    for (unsigned to = 1; to <= sizeof(uint32_t); to *= 2)
        if (widen(bytes, letters, width, to, form))
            secrets_add_bytes(search->secrets, form, letters * to, to);
}

static void take_str(struct search *search, uint64_t object)
{
    struct unicode_shape shape;
    const char *utf8;

    if (unicode_shape(&search->values->decoder, object, &shape) != HOG_OK || shape.length >> 40)
        return;
    take_stretch(search, shape.data, shape.length, shape.kind);
    /* What it is written as, in files and on sockets. */
    if (hog_value_text(search->values, object, &utf8) == HOG_OK)
        secrets_add_bytes(search->secrets, (const unsigned char *)utf8, strlen(utf8), 1);
}

static void take_bytes(struct search *search, uint64_t object, bool is_bytes)
{
    uint64_t address = value_field(search->values, object, HOG_F_bytes_ob_sval);
    uint64_t count;

    if ((!is_bytes && value_u64(search->values, object, HOG_F_bytearray_ob_start, &address)) ||
        value_u64(search->values, object, HOG_F_object_ob_size, &count) || count >> 40)
        return;
    take_stretch(search, address, count, 1);
}

static void take_number(struct search *search, uint64_t object)
{
    uint64_t address = value_field(search->values, object, HOG_F_long_ob_digit);
    struct integer_shape shape;
    unsigned char digits[SECRET_PIECE];
    uint64_t value;
    size_t length;

    if (integer_shape(&search->values->decoder, object, &shape) != HOG_OK || shape.digits >> 32 ||
        (integer_magnitude(&search->values->decoder, object, &shape, &value) == HOG_OK && value <= SMALL_INT))
        return;
    secrets_add_place(search->secrets, address, shape.digits * sizeof(uint32_t), 0);
    length =
        shape.digits * sizeof(uint32_t) < sizeof digits ? shape.digits * sizeof(uint32_t) : sizeof digits;
    if (shape.digits > 1 && value_read(search->values, address, digits, length) == HOG_OK)
        secrets_add_bytes(search->secrets, digits, length, 0);
}

/* True: it is no container, and nothing is in it. */
static bool take_plain(struct search *search, uint64_t object, bool hidden)
{
    bool is_bytearray;

    switch (hog_value_base(search->values, object)) {
    case HOG_VALUE_STR:
        if (hidden)
            take_str(search, object);
        return true;
    case HOG_VALUE_BYTES:
        if (hidden)
            take_bytes(search, object, true);
        return true;
    case HOG_VALUE_INT:
        if (hidden)
            take_number(search, object);
        return true;
    case HOG_VALUE_TYPE:
        return true;
    default:
        break;
    }
    if (hog_value_is(search->values, object, "builtins", "float")) {
        if (hidden)
            secrets_add_place(search->secrets, value_field(search->values, object, HOG_F_float_ob_fval),
                              sizeof(double), 0);
        return true;
    }
    is_bytearray = hog_value_is_a(search->values, object, "builtins", "bytearray");
    if (hidden && is_bytearray)
        take_bytes(search, object, false);
    return is_bytearray || hog_value_is(search->values, object, "builtins", "function") ||
           hog_value_is(search->values, object, "builtins", "module");
}

static bool hides(struct search *search, const char *name)
{
    return hog_redacts(search->secrets->pattern, name);
}

/* Keys of os.environ's own dict are bytes. */
static bool hides_key(struct search *search, uint64_t key)
{
    const char *name;
    char bytes[128] = "";
    uint64_t size;

    if (hog_value_base(search->values, key) == HOG_VALUE_STR)
        return hog_value_text(search->values, key, &name) == HOG_OK && hides(search, name);
    return hog_value_base(search->values, key) == HOG_VALUE_BYTES &&
           value_u64(search->values, key, HOG_F_object_ob_size, &size) == HOG_OK && size < sizeof bytes &&
           value_read(search->values, value_field(search->values, key, HOG_F_bytes_ob_sval), bytes, size) ==
               HOG_OK &&
           hides(search, bytes);
}

static void look_into(struct search *search, uint64_t object, bool hidden, unsigned depth);

static void look_into_items(struct search *search, uint64_t object, bool hidden, unsigned depth)
{
    struct hog_value_walk walk;
    struct hog_value_item item;

    if (hog_value_walk_start(search->values, object, &walk) != HOG_OK)
        return;
    while (walk.taken < ITEMS_MOST && !hog_values_interrupted(search->values) &&
           hog_value_walk_next(search->values, &walk, &item)) {
        look_into(search, item.value, hidden || (item.key && hides_key(search, item.key)), depth);
        if (hidden && item.key)
            look_into(search, item.key, true, depth);
    }
}

static void look_into_attributes(struct search *search, uint64_t object, bool hidden, unsigned depth)
{
    struct hog_attribute_walk walk;
    const char *name;
    uint64_t value;

    hog_attributes_start(search->values, object, &walk);
    for (size_t i = 0; i < ATTRIBUTES_MOST && !hog_values_interrupted(search->values) &&
                       hog_attributes_next(search->values, &walk, &name, &value);
         i++)
        look_into(search, value, hidden || hides(search, name), depth);
}

/* Its depth is bounded; NOLINTNEXTLINE(misc-no-recursion) */
static void look_into(struct search *search, uint64_t object, bool hidden, unsigned depth)
{
    if (!object || object % 8 || depth == DEPTH_MOST || hog_values_interrupted(search->values) ||
        !is_new(search, object, hidden, depth) || take_plain(search, object, hidden))
        return;
    look_into_items(search, object, hidden, depth + 1);
    look_into_attributes(search, object, hidden, depth + 1);
}

static void look_into_frames(struct search *search, const struct hog_thread *thread)
{
    for (size_t i = 0; i < thread->frame_count; i++) {
        struct hog_variables variables = {0};

        if (!thread->frames[i].frame || hog_values_interrupted(search->values) ||
            hog_variables_of(search->values, &thread->frames[i], &variables) != HOG_OK)
            continue;
        for (size_t j = 0; j < variables.count; j++)
            if (!variables.items[j].is_number)
                look_into(search, variables.items[j].value, hides(search, variables.items[j].name), 0);
    }
}

/* The globals of each module, but not what they lead to: that is the whole heap. */
static void look_into_modules(struct search *search, uint64_t interpreter)
{
    struct hog_value_walk modules;
    struct hog_value_item module;
    uint64_t dict;

    if (hog_value_modules(search->values, interpreter, &dict) != HOG_OK ||
        hog_value_walk_start(search->values, dict, &modules) != HOG_OK)
        return;
    while (modules.taken < ITEMS_MOST && !hog_values_interrupted(search->values) &&
           hog_value_walk_next(search->values, &modules, &module))
        look_into_attributes(search, module.value, false, DEPTH_MOST - 3);
}

enum hog_status hog_secrets_find(struct hog_secrets *secrets, struct hog_values *values,
                                 const struct hog_snapshot *snapshot)
{
    HOG_CLEANUP(search_deinit) struct search search = {.secrets = secrets, .values = values};

    for (size_t i = 0; i < snapshot->thread_count; i++)
        look_into_frames(&search, &snapshot->threads[i]);
    for (size_t i = 0; i < snapshot->interpreter_count; i++)
        look_into_modules(&search, snapshot->interpreters[i].address);
    if (hog_values_interrupted(values))
        return HOG_INTERRUPTED;
    return secrets->failed ? HOG_NO_MEMORY : HOG_OK;
}

struct hog_secrets *hog_secrets_create(const char *pattern)
{
    struct hog_secrets *secrets = calloc(1, sizeof *secrets);

    if (secrets)
        secrets->pattern = pattern;
    return secrets;
}
