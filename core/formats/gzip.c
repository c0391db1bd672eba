/* Packing by zlib, streaming; see gzip.h. */
#include "formats/gzip.h"

#include <string.h>

enum { GZIP_WINDOW = 15 + 16, GZIP_LEVEL = 5, GZIP_MEMORY = 8, GZIP_PIECE = 32 * 1024 };

enum hog_status gzip_init(struct gzip *gzip, struct out *out)
{
    memset(gzip, 0, sizeof *gzip);
    gzip->out = out;
    if (deflateInit2(&gzip->stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return HOG_NO_MEMORY;
    gzip->open = true;
    return HOG_OK;
}

static void gzip_run(struct gzip *gzip, int flush)
{
    unsigned char piece[GZIP_PIECE];

    do {
        gzip->stream.next_out = piece;
        gzip->stream.avail_out = sizeof piece;
        deflate(&gzip->stream, flush);
        out_bytes(gzip->out, piece, sizeof piece - gzip->stream.avail_out);
    } while (gzip->stream.avail_out == 0);
}

void gzip_put(struct gzip *gzip, const void *bytes, size_t length)
{
    gzip->stream.next_in = (Bytef *)(uintptr_t)bytes;
    while (length) {
        uInt part = length > (1u << 30) ? 1u << 30 : (uInt)length;

        gzip->stream.avail_in = part;
        gzip_run(gzip, Z_NO_FLUSH);
        length -= part;
    }
}

enum hog_status gzip_finish(struct gzip *gzip)
{
    gzip->stream.avail_in = 0;
    gzip_run(gzip, Z_FINISH);
    return gzip->out->status;
}

void gzip_deinit(struct gzip *gzip)
{
    if (gzip->open)
        deflateEnd(&gzip->stream);
    gzip->open = false;
}
