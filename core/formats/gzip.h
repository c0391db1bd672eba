/* A sink that packs what it is given and hands it on. */
#ifndef HOG_FORMATS_GZIP_H
#define HOG_FORMATS_GZIP_H

#include "formats/out.h"

#include <zlib.h>

struct gzip {
    z_stream stream;
    struct out *out;
    bool open;
};

enum hog_status gzip_init(struct gzip *gzip, struct out *out) HOG_CHECKED;
void gzip_put(struct gzip *gzip, const void *bytes, size_t length);
enum hog_status gzip_finish(struct gzip *gzip) HOG_CHECKED;
void gzip_deinit(struct gzip *gzip);

#endif
