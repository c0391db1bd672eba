/* The scripts and styles of the pictures, from core/formats/assets, turned into C by embed.cmake. */
#ifndef HOG_FORMATS_ASSETS_H
#define HOG_FORMATS_ASSETS_H

#include <stddef.h>

struct asset {
    const char *bytes;
    size_t length;
};

extern const struct asset asset_palette_css;
extern const struct asset asset_flame_model_js;
extern const struct asset asset_flame_svg_js;
extern const struct asset asset_flame_svg_css;
extern const struct asset asset_flame_html_js;
extern const struct asset asset_flame_tables_js;
extern const struct asset asset_flame_page_js;
extern const struct asset asset_flame_html_css;
extern const struct asset asset_flame_body_html;

#endif
