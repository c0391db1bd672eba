/* Giving up a tree of JSON that nobody waits for. */
#ifndef HOG_FORMATS_LET_GO_H
#define HOG_FORMATS_LET_GO_H

struct json_t;

/*
 * json_decref, in a thread of its own: to free the few million objects of a large file takes longer than whoever
 * pressed Ctrl-C should wait. Where there can be no thread, at once. NULL is fine.
 */
void json_let_go(struct json_t *json);

#endif
