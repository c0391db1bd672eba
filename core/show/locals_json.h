/* Variables as a JSON array, wherever they stand in a document. */
#ifndef HOG_SHOW_LOCALS_JSON_H
#define HOG_SHOW_LOCALS_JSON_H

#include "show/json.h"

/* NULL gives an empty array. */
json_t *json_locals(struct hog_text *text, const struct hog_locals *locals);

#endif
