/*
 * What a renderer writes, as text: output to a host that collects it.
 *
 *     written_begin(&page);
 *     render_…(…, &page.output.outlet);
 *     text = written_end(&page);
 */
#ifndef HOG_TESTS_WRITTEN_H
#define HOG_TESTS_WRITTEN_H

#include "host/output.h"
#include "support/fake_host.h"

/* Must stay where it is between the two calls. */
struct written {
    struct fake_host fake;
    struct hog_host host;
    struct output output;
};

void written_begin(struct written *page);
/* Whoever calls it frees the text. */
char *written_end(struct written *page);

#endif
