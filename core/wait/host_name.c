/*
 * Look-ups of hosts: the C library asks a server, and waits in poll() or a call of a socket.
 *
 *     socket.getaddrinfo(host, …)        a function of Python: its argument
 *     _socket.gethostbyname(host), …     a function of C: on the value stack of the innermost frame, its argument behind it
 *
 * Source: Lib/socket.py, Modules/socketmodule.c, 3.6 - 3.15.
 */
#include "wait/host_name.h"

#include "value/variables.h"
#include "wait/files.h"
#include "wait/slots.h"

enum { ARGUMENT_WITHIN = 2 };

static bool is_call_of_resolver(const struct wait_call *call)
{
    static const char *const calls[] = {"poll",    "ppoll",    "recvfrom", "recvmsg", "sendto",
                                        "connect", "recvmmsg", "sendmmsg", "read"};

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (call_is(call, calls[i]))
            return true;
    return call->is_restarted; /* a poll() after a stop, of which that is all that is known */
}

/* Is it one of the functions of C that look a name up? */
static bool looks_up(struct waits_reader *reader, uint64_t function)
{
    static const char *const names[] = {"getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr",
                                        "getnameinfo"};
    char name[C_FUNCTION_NAME];

    if (!c_function_name(reader, function, name))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A str, or bytes; the first of a pair (getnameinfo). NULL: neither. */
static const char *text_of(struct waits_reader *reader, uint64_t object)
{
    const char *text;
    uint64_t first;

    if (object && hog_value_base(reader->values, object) == HOG_VALUE_TUPLE &&
        hog_value_index(reader->values, object, 0, &first) == HOG_OK)
        object = first;
    return object && hog_value_text(reader->values, object, &text) == HOG_OK ? text : NULL;
}

/* True: the frame calls one of them now; `ret_host` is NULL where what it looks up is not known. */
static bool calls_c(struct waits_reader *reader, const struct hog_frame *frame, const char **ret_host)
{
    uint64_t objects[SLOTS_OF_STACK];
    uint32_t count = slots_stack(reader, frame, objects);

    for (uint32_t i = 0; i < count; i++) {
        if (!objects[i] || !looks_up(reader, objects[i]))
            continue;
        *ret_host = NULL;
        for (uint32_t k = i + 1; k < count && k <= i + ARGUMENT_WITHIN && !*ret_host; k++)
            *ret_host = text_of(reader, objects[k]);
        return true;
    }
    return false;
}

/* Whom the question went to; NULL unknown. */
static const char *server_of(struct waits_reader *reader, const struct wait_call *call)
{
    uint32_t descriptor = (uint32_t)call->arguments[0];
    const char *text;

    if (call->is_restarted)
        return NULL;
    if ((call_is(call, "poll") || call_is(call, "ppoll")) &&
        hog_memory_u32(reader->memory, call->arguments[0], &descriptor) != HOG_OK)
        return NULL;
    text = file_of(reader, descriptor).text;
    return text ? WORDS(reader, "with a question %s", text) : NULL;
}

uint32_t host_name_node(struct waits_reader *reader, uint32_t thread, const struct wait_call *call)
{
    const struct hog_thread *of = &reader->snapshot->threads[thread];
    const struct hog_frame *frame = of->frame_count ? &of->frames[0] : NULL;
    const char *host = NULL;
    uint32_t node;
    bool is_new;
    uint64_t argument;

    if (!frame || !is_call_of_resolver(call))
        return HOG_WAIT_NONE;
    if (frame->module && strcmp(frame->module, "socket") == 0 &&
        strcmp(frame->code->name, "getaddrinfo") == 0)
        host = hog_variable_find(reader->values, frame, "host", &argument) == HOG_OK
                   ? text_of(reader, argument)
                   : NULL;
    else if (!calls_c(reader, frame, &host))
        return HOG_WAIT_NONE;
    node = node_for(reader, HOG_WAIT_HOST_NAME, (uint64_t)thread + 1, &is_new);
    if (node == HOG_WAIT_NONE)
        return node;
    node_at(reader, node)->address = 0;
    node_at(reader, node)->name = host;
    node_at(reader, node)->what = server_of(reader, call);
    node_at(reader, node)->evidence =
        WORDS(reader, "the innermost frame calls %s, which is in %s", frame->code->name, call->name);
    return node;
}
