/*
 * .svg: a flame graph in one file that any viewer shows and a browser brings
 * to life.
 *
 *     <style> palette, look    <g id="boxes"> what is wide enough to see, for viewers without scripts
 *     <script> the tree as JSON      <script> model, behaviour (assets/)
 *
 * Names enter as escaped text alone; the JSON within has no "<". A profile of
 * more nodes than a browser should be given is cut at the thinnest subtrees,
 * and the picture says so.
 */
#include "base/cleanup.h"
#include "formats/assets.h"
#include "formats/flame_data.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1200, SIDE = 12, TOP = 98, ROW = 19, FOOT = 56, MOST_NODES = 150000, MOST_ROWS = 1500 };
static const double NARROWEST = 1, CHARACTER = 7.25;

static void put_asset(struct out *out, const struct asset *asset)
{
    out_bytes(out, asset->bytes, asset->length);
}

/* As much of a name as a box has room for, and no piece of a character. */
static void put_fitting(struct out *out, const char *name, double width)
{
    size_t room = width > 7 + 3 * CHARACTER ? (size_t)((width - 7) / CHARACTER) : 0;
    HOG_CLEANUP(hog_text_deinit) struct hog_text cut = {0};
    size_t length = strlen(name), cells = 0, at = 0;

    if (hog_text_width(name, length) <= room) {
        out_xml(out, name);
        return;
    }
    while (at < length) {
        size_t size = 1;

        while (at + size < length && ((unsigned char)name[at + size] & 0xc0) == 0x80)
            size++;
        cells += hog_text_width(name + at, size);
        if (cells + 1 > room)
            break;
        at += size;
    }
    hog_text_append(&cut, name, at);
    hog_text_puts(&cut, room ? "\xe2\x80\xa6" : "");
    if (cut.failed)
        out_fail(out, HOG_NO_MEMORY);
    else if (room)
        out_xml(out, cut.bytes);
}

/* Fills for viewers that know no var(): the light palette of palette.css. */
static const char *const plain_fills[] = {"#f2a65e", "#82b6ea", "#8ccb90", "#f0938a", "#bba0e6", "#e8ca62",
                                          "#72c8c0", "#e8a0c8", "#b9c56d", "#d3ad8e", "#9ba8ef", "#85cdea"};

static const char *plain_fill(const char *colour)
{
    return colour[0] == 'm' ? plain_fills[strtoul(colour + 1, NULL, 10) % 12] : "#c3c7d0";
}

/* A function's file and line, where a box has room for them beside its name. */
static void put_where(struct out *out, const struct hog_labels *labels, const struct hog_profile_node *node,
                      double right, uint32_t y, double width)
{
    const char *name = labels->name[node->function], *place = labels->place[node->function];
    unsigned cells = hog_text_width(name, strlen(name)) + 2 + hog_text_width(place, strlen(place));

    if (!*place || 7 + cells * CHARACTER > width)
        return;
    out_printf(out, "<text x=\"%.2f\" y=\"%u\" text-anchor=\"end\" class=\"where\">", right, y);
    out_xml(out, place);
    out_puts(out, "</text>");
}

struct geometry {
    const struct flame *flame;
    struct out *out;
    double scale; /* pixels a sample */
    uint32_t rows;
    bool by_line;
};

static void put_box(struct geometry *picture, const struct hog_profile_node *node, double x, uint32_t depth)
{
    struct out *out = picture->out;
    const struct hog_labels *labels = &picture->flame->labels;
    double width = (double)node->total * picture->scale;
    uint64_t samples = picture->flame->profile->counts.kept;
    uint32_t y = TOP + (picture->rows - 1 - depth) * ROW;
    char colour[16];

    flame_colour(picture->flame, node->function, colour);
    out_puts(out, "<g class=\"box\"><title>");
    out_xml(out, labels->name[node->function]);
    if (node->line > 0)
        out_printf(out, ":%d", node->line);
    out_puts(out, "\n");
    out_xml(out, labels->place[node->function]);
    out_printf(out, "\n%.2f %%, %llu samples; self %llu</title>", 100 * (double)node->total / (double)samples,
               (unsigned long long)node->total, (unsigned long long)node->self);
    out_printf(out, "<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"%s\" class=\"%s s%u\"/>",
               SIDE + x, y, width > 1 ? width - 0.6 : width, ROW - 1, plain_fill(colour), colour,
               node->function % 3);
    if (width > 7 + 3 * CHARACTER) {
        out_printf(out, "<text x=\"%.2f\" y=\"%u\">", SIDE + x + 4, y + 13);
        put_fitting(out, labels->name[node->function], width);
        out_puts(out, "</text>");
    }
    put_where(out, labels, node, SIDE + x + width - 5, y + 13, width);
    out_puts(out, "</g>\n");
}

/* Below all others, as wide as all samples. */
static void put_root(struct geometry *picture)
{
    uint32_t y = TOP + picture->rows * ROW;

    out_printf(picture->out,
               "<g class=\"root\"><title>all\n100.00 %%, %llu samples</title><rect x=\"%d\" y=\"%u\" "
               "width=\"%d\" height=\"%d\" fill=\"#dfe1e8\"/><text x=\"%d\" y=\"%u\">all</text></g>\n",
               (unsigned long long)picture->flame->profile->counts.kept, SIDE, y, WIDTH - 2 * SIDE, ROW - 1,
               SIDE + 4, y + 13);
}

/* Rows of boxes wide enough; with a picture that has rows already, draws them. */
static enum hog_status walk_boxes(struct geometry *picture, uint32_t *ret_rows)
{
    const struct hog_profile *profile = picture->flame->profile;
    HOG_FREE double *starts = malloc((profile->node_count + 1) * sizeof *starts); /* of the next child */
    HOG_FREE uint32_t *depths = malloc((profile->node_count + 1) * sizeof *depths);
    double outermost = 0;
    uint32_t i = 0;

    if (!starts || !depths)
        return HOG_NO_MEMORY;
    *ret_rows = 1;
    while (i < profile->node_count && out_goes_on(picture->out)) {
        const struct hog_profile_node *node = &profile->nodes[i];
        double *place = node->parent == HOG_NO_NODE ? &outermost : &starts[node->parent];
        double width = (double)node->total * picture->scale;

        starts[i] = *place;
        *place += width;
        depths[i] = node->parent == HOG_NO_NODE ? 0 : depths[node->parent] + 1;
        if (width < NARROWEST || depths[i] >= MOST_ROWS) {
            i = node->end;
            continue;
        }
        if (depths[i] + 1 > *ret_rows)
            *ret_rows = depths[i] + 1;
        if (picture->rows)
            put_box(picture, node, starts[i], depths[i]);
        i++;
    }
    return HOG_OK;
}

static void put_head(struct geometry *picture, const struct flame *flame)
{
    struct out *out = picture->out;
    uint32_t height = TOP + (picture->rows + 1) * ROW + FOOT;

    out_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
               "height=\"%u\" viewBox=\"0 0 %d %u\">\n<title>",
               WIDTH, height, WIDTH, height);
    out_xml(out, flame->title.bytes);
    out_puts(out, "</title>\n<style>\n");
    put_asset(out, &asset_palette_css);
    put_asset(out, &asset_flame_svg_css);
    out_printf(out,
               "</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fbfbfd\" "
               "class=\"page\"/>\n<text id=\"title\" x=\"%d\" y=\"28\">",
               SIDE);
    put_fitting(out, flame->title.bytes, WIDTH);
    out_printf(out, "</text>\n<text id=\"facts\" x=\"%d\" y=\"48\">", SIDE);
    out_xml(out, flame->summary.bytes);
    out_puts(out, "</text>\n");
}

/* The busiest modules and their colours, as many as there is room for. */
static void put_legend(struct geometry *picture)
{
    const struct flame *flame = picture->flame;
    const struct modules *modules = &flame->modules;
    struct out *out = picture->out;
    double x = SIDE;

    for (uint32_t m = 0; m < modules->count && modules->self[m]; m++) {
        HOG_CLEANUP(hog_text_deinit) struct hog_text label = {0};
        uint32_t function = 0;
        char colour[16];
        double width;

        while (modules->of[function] != m)
            function++;
        flame_colour(flame, function, colour);
        hog_text_put_printable(&label, modules->list[m]);
        hog_text_printf(&label, " %.1f %%",
                        100 * (double)modules->self[m] / (double)flame->profile->counts.kept);
        width = 26 + 7.0 * hog_text_width(label.bytes, label.length);
        if (label.failed)
            out_fail(out, HOG_NO_MEMORY);
        if (label.failed || x + width > WIDTH - SIDE)
            return;
        out_printf(out,
                   "<rect x=\"%.1f\" y=\"14\" width=\"11\" height=\"11\" rx=\"3\" fill=\"%s\" class=\"%s\"/>",
                   x, plain_fill(colour), colour);
        out_printf(out, "<text x=\"%.1f\" y=\"24\">", x + 16);
        out_xml(out, label.bytes);
        out_puts(out, "</text>");
        x += width;
    }
}

static void put_foot(struct geometry *picture, uint64_t least)
{
    struct out *out = picture->out;

    out_printf(out, "<g id=\"foot\" transform=\"translate(0,%u)\">", TOP + (picture->rows + 1) * ROW);
    put_legend(picture);
    out_printf(out, "<text id=\"about\" x=\"%d\" y=\"45\">", SIDE);
    out_puts(out,
             "a box is a function and stands on its caller; it is as wide as its samples; the order from "
             "left to right is not that of time");
    if (least > 1)
        out_printf(out, "; what has fewer than %llu samples is left out (the .html has all)",
                   (unsigned long long)least);
    out_puts(out, "</text></g>\n");
}

static void put_scripts(struct out *out, const struct flame *flame, uint64_t least)
{
    struct json_out json = {.out = out, .in_html = true};

    out_puts(out, "<script type=\"application/json\" id=\"data\">");
    json_out_open(&json, '{');
    flame_put_data(&json, flame, least);
    json_out_close(&json, '}');
    out_puts(out, "</script>\n<script><![CDATA[\n");
    put_asset(out, &asset_flame_model_js);
    put_asset(out, &asset_flame_svg_js);
    out_puts(out, "]]></script>\n</svg>\n");
}

/* The fewest samples a subtree must have for no more than MOST_NODES to be left. */
static uint64_t least_samples(const struct hog_profile *profile)
{
    uint64_t least = 1;

    for (;;) {
        uint32_t shown = 0;

        if (hog_watch_due(profile->watch, 0))
            return least;
        for (uint32_t i = 0; i < profile->node_count; i++)
            shown += profile->nodes[i].total >= least;
        if (shown <= MOST_NODES)
            return least;
        least *= 2;
    }
}

enum hog_status svg_write(const struct hog_profile *profile, const struct hog_write_options *options,
                          struct out *out)
{
    HOG_CLEANUP(flame_deinit) struct flame flame = {0};
    struct geometry picture = {.flame = &flame, .out = out, .by_line = options->by_line};
    enum hog_status status = flame_init(&flame, profile, options);
    uint64_t least;
    uint32_t rows;

    if (status != HOG_OK)
        return status;
    least = least_samples(flame.profile);
    if (profile->counts.kept)
        picture.scale = (double)(WIDTH - 2 * SIDE) / (double)profile->counts.kept;
    status = walk_boxes(&picture, &rows);
    if (status != HOG_OK)
        return status;
    picture.rows = rows;
    put_head(&picture, &flame);
    out_puts(out, "<g id=\"boxes\">\n");
    status = walk_boxes(&picture, &rows);
    if (profile->counts.kept)
        put_root(&picture);
    out_puts(out, "</g>\n");
    put_foot(&picture, least);
    put_scripts(out, &flame, least);
    return status;
}
