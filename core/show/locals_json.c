/* Variables as a JSON array; see locals_json.h. */
#include "show/locals_json.h"

static json_t *local_object(struct hog_text *text, const struct hog_local *local)
{
    json_t *object = json_object();

    json_set(text, object, "name", json_words(local->name));
    json_set(text, object, "kind", json_words(local->kind));
    json_set(text, object, "type", json_words(local->type));
    json_set(text, object, "repr", json_words(local->repr));
    json_set(text, object, "address", json_address(local->address));
    json_set(text, object, "is_repr", json_boolean(local->is_repr));
    json_set(text, object, "cut", json_boolean(local->cut));
    json_set(text, object, "damaged", json_boolean(local->damaged));
    return object;
}

json_t *json_locals(struct hog_text *text, const struct hog_locals *locals)
{
    json_t *array = json_array();

    for (size_t i = 0; array && locals && i < locals->count; i++)
        text->failed |= json_array_append_new(array, local_object(text, &locals->items[i])) != 0;
    return array;
}
