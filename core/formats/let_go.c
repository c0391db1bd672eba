/* See let_go.h. The tree is referred to by nobody else: jansson counts references without locks. */
#define _GNU_SOURCE
#include "formats/let_go.h"

#include <jansson.h>
#include <pthread.h>
#include <signal.h>

static void *free_tree(void *json)
{
    json_decref(json);
    return NULL;
}

void json_let_go(json_t *json)
{
    sigset_t all, before;
    pthread_t thread;

    if (!json)
        return;
    sigfillset(&all); /* the debugger's signals are for its own threads */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, free_tree, json) == 0)
        pthread_detach(thread);
    else
        json_decref(json);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
