#include "write/format.h"
enum hog_status svg_write(const struct hog_profile *profile, const struct hog_write_options *options,
                          struct out *out)
{
    (void)profile;
    (void)options;
    out_puts(out, "<svg/>");
    return HOG_OK;
}
enum hog_status html_write(const struct hog_profile *profile, const struct hog_write_options *options,
                           struct out *out)
{
    (void)profile;
    (void)options;
    out_puts(out, "<html>");
    return HOG_OK;
}
