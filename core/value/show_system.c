/*
 * Locks and what threading makes of them, threads, files, sockets.
 *
 *     _thread.lock    to 3.13.0: a lock of the system, and the byte `locked`; later: one byte, a PyMutex, bit 0
 *     _thread.RLock   rlock_owner, rlock_count; 3.14+: a PyMutex, the owner, and how often more it was taken
 *     fileio          fd, flags      buffered   raw ──▶ fileio      textio   buffer ──▶ buffered
 *
 * Source: Modules/_threadmodule.c, Lib/threading.py, Modules/_io, Modules/socketmodule.h.
 */
#include "value/show.h"

#include <string.h>

static enum hog_status lock_is_locked(struct render *render, uint64_t object, const struct value_type *type,
                                      bool *ret_locked)
{
    const struct hog_layout *layout = render->values->decoder.layout;
    uint8_t byte;
    bool of_system = layout->offset[HOG_F_lock_locked] < type->basic_size;
    enum hog_status status =
        field_u8(&render->values->decoder, object, of_system ? HOG_F_lock_locked : HOG_F_lock_lock, &byte);

    if (status == HOG_OK)
        *ret_locked = byte & 1;
    return status;
}

enum hog_status show_lock(struct render *render, uint64_t object, const struct value_type *type)
{
    bool locked;
    enum hog_status status = lock_is_locked(render, object, type, &locked);

    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, locked ? "<locked " : "<unlocked ");
    show_type_name(render, type);
    hog_text_printf(render->out, " object at " HOG_ADDRESS ">", object);
    return HOG_OK;
}

/* 3.14+: `level` counts what comes on top of the first time. */
enum hog_status show_rlock(struct render *render, uint64_t object, const struct value_type *type)
{
    bool mutex = hog_layout_has(render->values->decoder.layout, HOG_F_rlock_level);
    uint64_t owner, count;
    enum hog_status status = value_u64(render->values, object, HOG_F_rlock_owner, &owner);

    if (status == HOG_OK)
        status = value_u64(render->values, object, mutex ? HOG_F_rlock_level : HOG_F_rlock_count, &count);
    if (status != HOG_OK)
        return status;
    if (mutex)
        count = owner ? count + 1 : 0;
    hog_text_puts(render->out, count ? "<locked " : "<unlocked ");
    show_type_name(render, type);
    hog_text_printf(render->out, " object owner=%ld count=%lu at " HOG_ADDRESS ">", (long)(count ? owner : 0),
                    (unsigned long)count, object);
    return HOG_OK;
}

static void put_class_at(struct render *render, uint64_t object, const struct value_type *type)
{
    hog_text_puts(render->out, "<");
    show_words(render, type->seen.module);
    hog_text_puts(render->out, ".");
    show_words(render, type->seen.qualname);
    hog_text_printf(render->out, " at " HOG_ADDRESS ": ", object);
}

static enum hog_status truth_of(struct render *render, uint64_t object, const char *name, bool *ret_true)
{
    uint64_t value;
    int64_t number;
    enum hog_status status = hog_value_attribute(render->values, object, name, &value);

    if (status == HOG_OK)
        status = hog_value_i64(render->values, value, &number);
    if (status == HOG_OK)
        *ret_true = number != 0;
    return status;
}

enum hog_status show_event(struct render *render, uint64_t object, const struct value_type *type)
{
    bool set;
    enum hog_status status = truth_of(render, object, "_flag", &set);

    if (status != HOG_OK)
        return status;
    put_class_at(render, object, type);
    hog_text_puts(render->out, set ? "set>" : "unset>");
    return HOG_OK;
}

enum hog_status show_condition(struct render *render, uint64_t object, const struct value_type *type)
{
    struct hog_value_walk walk;
    uint64_t waiters;
    enum hog_status status = hog_value_attribute(render->values, object, "_waiters", &waiters);

    (void)type;
    if (status == HOG_OK)
        status = hog_value_walk_start(render->values, waiters, &walk);
    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, "<Condition(");
    status = show_attribute(render, object, "_lock");
    hog_text_printf(render->out, ", %lu)>", (unsigned long)walk.length);
    return status;
}

enum hog_status show_semaphore(struct render *render, uint64_t object, const struct value_type *type)
{
    enum hog_status status;

    put_class_at(render, object, type);
    hog_text_puts(render->out, "value=");
    status = show_attribute(render, object, "_value");
    hog_text_puts(render->out, ">");
    return status;
}

/* <Thread(name, started daemon 1234)>; from 3.13 on whether it has ended is known to C alone. */
enum hog_status show_thread(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t name, started;
    bool has_started, daemon = false, stopped = false;
    enum hog_status status = hog_value_attribute(render->values, object, "_name", &name);

    if (status == HOG_OK)
        status = hog_value_attribute(render->values, object, "_started", &started);
    if (status == HOG_OK)
        status = truth_of(render, started, "_flag", &has_started);
    if (status != HOG_OK)
        return status;
    if (truth_of(render, object, "_is_stopped", &stopped))
        show_mark(render, HOG_VALUE_NOT_REPR);
    (void)!truth_of(render, object, "_daemonic", &daemon);
    hog_text_puts(render->out, "<");
    show_words(render, type->seen.name);
    hog_text_puts(render->out, "(");
    status = show_plain_text(render, name);
    hog_text_puts(render->out, stopped ? ", stopped" : has_started ? ", started" : ", initial");
    if (daemon)
        hog_text_puts(render->out, " daemon");
    if (status == HOG_OK && has_started) {
        hog_text_puts(render->out, " ");
        status = show_attribute(render, object, "_ident");
    }
    hog_text_puts(render->out, ")>");
    return status;
}

/*
 * Files. A program's name for one is an attribute of the innermost of the three.
 */

enum { FILE_CREATED = 1, FILE_READABLE = 2, FILE_WRITABLE = 4, FILE_APPENDING = 8, FILE_CLOSES = 64 };

static const char *file_mode(uint32_t flags)
{
    if (flags & FILE_CREATED)
        return flags & FILE_READABLE ? "xb+" : "xb";
    if (flags & FILE_APPENDING)
        return flags & FILE_READABLE ? "ab+" : "ab";
    if (flags & FILE_READABLE)
        return flags & FILE_WRITABLE ? "rb+" : "rb";
    return "wb";
}

enum hog_status show_fileio(struct render *render, uint64_t object, const struct value_type *type)
{
    uint32_t descriptor, flags;
    uint64_t name;
    enum hog_status status = value_u32(render->values, object, HOG_F_fileio_fd, &descriptor);

    if (status == HOG_OK)
        status = value_u32(render->values, object, HOG_F_fileio_flags, &flags);
    if (status != HOG_OK)
        return status;
    hog_text_puts(render->out, "<");
    show_type_name(render, type);
    if ((int32_t)descriptor < 0) {
        hog_text_puts(render->out, " [closed]>");
        return HOG_OK;
    }
    hog_text_puts(render->out, " ");
    if (attribute_find(&render->values->decoder, object, "name", &name) == HOG_OK) {
        hog_text_puts(render->out, "name=");
        show_object(render, name);
    } else {
        hog_text_printf(render->out, "fd=%d", (int32_t)descriptor);
    }
    hog_text_printf(render->out, " mode='%s' closefd=%s>", file_mode(flags),
                    flags & FILE_CLOSES ? "True" : "False");
    return HOG_OK;
}

/* The `name` of the file at the bottom. */
static enum hog_status file_name(struct render *render, uint64_t object, enum hog_field inner,
                                 uint64_t *ret_name)
{
    uint64_t file;
    enum hog_status status = value_u64(render->values, object, inner, &file);

    if (status != HOG_OK)
        return status;
    if (hog_value_is_a(render->values, file, "_io", "FileIO"))
        return attribute_find(&render->values->decoder, file, "name", ret_name);
    if (hog_value_is_a(render->values, file, "_io", "_BufferedIOBase") && inner == HOG_F_textio_buffer &&
        !hog_value_is(render->values, file, "_io", "BytesIO"))
        return file_name(render, file, HOG_F_buffered_raw, ret_name);
    return HOG_NOT_FOUND;
}

static void put_file_name(struct render *render, uint64_t object, enum hog_field inner)
{
    uint64_t name;

    if (file_name(render, object, inner, &name) == HOG_OK) {
        hog_text_puts(render->out, " name=");
        show_object(render, name);
    }
}

enum hog_status show_buffered(struct render *render, uint64_t object, const struct value_type *type)
{
    hog_text_puts(render->out, "<");
    show_type_name(render, type);
    if (type_is_named(type, "_io", "BufferedRWPair"))
        show_mark(render, HOG_VALUE_NOT_REPR);
    else
        put_file_name(render, object, HOG_F_buffered_raw);
    hog_text_puts(render->out, ">");
    return HOG_OK;
}

enum hog_status show_textio(struct render *render, uint64_t object, const struct value_type *type)
{
    uint64_t mode;
    enum hog_status status;

    (void)type;
    hog_text_puts(render->out, "<_io.TextIOWrapper");
    put_file_name(render, object, HOG_F_textio_buffer);
    if (attribute_find(&render->values->decoder, object, "mode", &mode) == HOG_OK) {
        hog_text_puts(render->out, " mode=");
        show_object(render, mode);
    }
    hog_text_puts(render->out, " encoding=");
    status = show_member(render, object, HOG_F_textio_encoding);
    hog_text_puts(render->out, ">");
    return status;
}

/* Its addresses are the kernel's to tell; repr() asks it for them. */
enum hog_status show_socket(struct render *render, uint64_t object, const struct value_type *type)
{
    uint32_t part[4] = {0};
    static const enum hog_field fields[] = {HOG_F_socket_sock_fd, HOG_F_socket_sock_family,
                                            HOG_F_socket_sock_type, HOG_F_socket_sock_proto};
    enum hog_status status = HOG_OK;

    for (unsigned i = 0; status == HOG_OK && i < 4; i++)
        status = value_u32(render->values, object, fields[i], &part[i]);
    if (status != HOG_OK)
        return status;
    show_mark(render, HOG_VALUE_NOT_REPR);
    hog_text_puts(render->out, "<");
    show_words(render, type->seen.module);
    hog_text_puts(render->out, ".");
    show_words(render, type->seen.qualname);
    hog_text_printf(render->out, "%s fd=%d, family=%d, type=%d, proto=%d>",
                    (int32_t)part[0] < 0 ? " [closed]" : "", (int32_t)part[0], (int32_t)part[1],
                    (int32_t)part[2], (int32_t)part[3]);
    return HOG_OK;
}
