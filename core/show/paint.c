/* Colours, columns and names; see paint.h. */
#define _GNU_SOURCE
#include "show/paint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *style_start(enum style style)
{
    static const char *const starts[] = {
        [STYLE_PLAIN] = "",         [STYLE_HEADING] = "\x1b[1m", [STYLE_STATE] = "\x1b[33m",
        [STYLE_PLACE] = "\x1b[36m", [STYLE_NOTE] = "\x1b[2m",
    };

    return starts[style];
}

void paint_put(struct hog_text *text, const struct theme *theme, enum style style, const char *cell)
{
    bool coloured = theme->colour && style != STYLE_PLAIN && *cell;

    if (coloured)
        hog_text_puts(text, style_start(style));
    hog_text_puts(text, cell);
    if (coloured)
        hog_text_puts(text, "\x1b[0m");
}

void paint_column(struct hog_text *text, const struct theme *theme, enum style style, const char *cell,
                  unsigned width, unsigned gap)
{
    unsigned taken = hog_text_width(cell, strlen(cell));

    paint_put(text, theme, style, cell);
    hog_text_pad(text, gap + (taken < width ? width - taken : 0));
}

/* The byte at which the n-th character begins, or where the text ends. */
static size_t character_at(const char *utf8, size_t length, uint32_t n)
{
    size_t at = 0;

    for (; at < length; at++)
        if (((unsigned char)utf8[at] & 0xc0) != 0x80 && n-- == 0)
            return at;
    return at;
}

void paint_name(struct hog_text *text, const char *utf8, uint32_t characters)
{
    size_t start = text->length;
    size_t end;

    hog_text_put_printable(text, utf8);
    if (!characters || text->failed || text->length - start <= characters)
        return;
    end = start + character_at(text->bytes + start, text->length - start, characters);
    if (end == text->length)
        return;
    end = start + character_at(text->bytes + start, text->length - start, characters - 1);
    text->length = end;
    hog_text_puts(text, "…");
}

/* Where the last part begins that takes `cells` at most. */
static size_t start_of_end(const char *printable, size_t length, unsigned cells)
{
    unsigned width = hog_text_width(printable, length);
    size_t at = width > cells ? hog_text_fit(printable, length, width - cells) : 0;

    while (at < length && hog_text_width(printable + at, length - at) > cells)
        at += character_at(printable + at, length - at, 1);
    return at;
}

void paint_cut(struct hog_text *text, const char *printable, unsigned cells, unsigned before)
{
    size_t length = strlen(printable), head;

    if (hog_text_width(printable, length) <= cells) {
        hog_text_puts(text, printable);
        return;
    }
    head = hog_text_fit(printable, length, before < cells ? before : 0);
    hog_text_append(text, printable, head);
    if (!cells)
        return;
    cells -= 1 + hog_text_width(printable, head);
    hog_text_puts(text, "…");
    hog_text_puts(text, printable + start_of_end(printable, length, cells));
}

void paint_sentence(struct hog_text *text, const struct theme *theme, const char *printable, unsigned taken,
                    unsigned indent)
{
    unsigned width = theme->width > 2 * indent ? theme->width - 1 : 0;

    for (const char *word = printable; *word;) {
        size_t length = strcspn(word, " ");
        unsigned cells = hog_text_width(word, length);

        if (width && taken > indent && taken + 1 + cells > width) {
            hog_text_printf(text, "\n%*s", (int)indent, "");
            taken = indent;
        } else if (word != printable) {
            hog_text_puts(text, " ");
            taken++;
        }
        hog_text_append(text, word, length);
        taken += cells;
        word += length + (word[length] == ' ');
    }
    hog_text_puts(text, "\n");
}

void paint_statement(struct hog_text *text, const struct theme *theme, const char *words, unsigned indent)
{
    struct hog_text printable = {0};

    hog_text_pad(text, indent);
    paint_name(&printable, words, 0);
    paint_sentence(text, theme, paint_text(&printable), indent, indent ? indent + 2 : 4);
    text->failed |= printable.failed;
    hog_text_deinit(&printable);
}

/* /usr/bin/python3.12 worker.py is python3.12 worker.py. */
static const char *without_folder(const char *executable, const char *line)
{
    size_t program = executable ? strlen(executable) : 0;
    const char *slash;

    if (!program || strncmp(line, executable, program) != 0)
        program = strcspn(line, " ");
    slash = memrchr(line, '/', program);
    return slash ? slash + 1 : line;
}

/* "a.py /srv/app/config.toml" is "a.py …/config.toml": of a path its name tells most. */
static void put_without_folders(struct hog_text *text, const char *line)
{
    while (*line) {
        size_t word = strcspn(line, " ");
        const char *slash = *line == '/' ? memrchr(line, '/', word) : NULL;
        size_t folders = slash ? (size_t)(slash - line) : 0;

        if (folders && word > folders + 1) {
            hog_text_puts(text, "…");
            hog_text_append(text, slash, word - folders);
        } else {
            hog_text_append(text, line, word);
        }
        line += word;
        word = strspn(line, " ");
        hog_text_append(text, line, word);
        line += word;
    }
}

void paint_command_line(struct hog_text *text, const struct theme *theme, const char *executable,
                        const char *command_line)
{
    const char *line = command_line && *command_line ? command_line : executable;
    struct hog_text shortened = {0};

    if (!line)
        return;
    if (theme->full_paths) {
        paint_name(text, line, 0);
        return;
    }
    line = without_folder(executable, line);
    if (strlen(line) > COMMAND_CHARACTERS) {
        put_without_folders(&shortened, line);
        line = paint_text(&shortened);
    }
    paint_name(text, line, COMMAND_CHARACTERS);
    hog_text_deinit(&shortened);
}

const char *paint_number(uint64_t number, char buffer[PAINT_NUMBER])
{
    char digits[PAINT_NUMBER];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *out = buffer;

    for (int i = 0; i < count; i++) {
        if (i && (count - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return buffer;
}

unsigned paint_width(const struct hog_text *cell)
{
    return cell->bytes ? hog_text_width(cell->bytes, cell->length) : 0;
}

const char *paint_text(const struct hog_text *cell)
{
    return cell->bytes ? cell->bytes : "";
}
