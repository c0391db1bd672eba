/* See let_go.h. The tree is referred to by nobody else: jansson counts references without locks. */
#include "formats/let_go.h"

#include "base/thread.h"

#include <jansson.h>

static void *free_tree(void *json)
{
    json_decref(json);
    return NULL;
}

void json_let_go(json_t *json)
{
    pthread_t thread;

    if (!json)
        return;
    if (hog_thread_start(&thread, free_tree, json) == 0)
        pthread_detach(thread);
    else
        json_decref(json);
}
