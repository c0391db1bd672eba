/* See written.h. */
#include "support/written.h"

#include <assert.h>
#include <string.h>

void written_begin(struct written *page)
{
    enum hog_status status;

    *page = (struct written){.fake = {.polls = 0}};
    page->host = fake_host_make(&page->fake);
    status = output_open(&page->output, &page->host, NULL);
    assert(status == HOG_OK);
}

char *written_end(struct written *page)
{
    enum hog_status status = output_finish(&page->output);
    char *text;

    assert(status == HOG_OK);
    output_deinit(&page->output);
    text = strdup(fake_host_out(&page->fake));
    assert(text);
    fake_host_deinit(&page->fake);
    return text;
}
