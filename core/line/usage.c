/* The --help text of a command, put together from its row and those of its options; see usage.h. */
#include "line/usage.h"
#include "base/cleanup.h"
#include "formats/write.h"

#include <stdio.h>
#include <string.h>

/* Where an option's help begins, and where its lines end. */
enum { HELP_COLUMN = 27, HELP_WIDTH = 80, HELP_NAMES = 64 };

const struct usage_option *usage_options(const struct usage *usage)
{
    static const struct usage_option help_alone[] = {{OPTION_HELP, NULL}};

    return usage->options ? usage->options : help_alone;
}

const struct usage_option *usage_find(const struct usage *usage, enum option option)
{
    for (const struct usage_option *taken = usage_options(usage);; taken++) {
        if (taken->option == option)
            return taken;
        if (taken->option == OPTION_HELP)
            return NULL;
    }
}

/* "prof, json, svg" */
static void put_formats(struct hog_text *text)
{
    size_t count;
    const struct hog_format *formats = hog_formats(&count);

    for (size_t i = 0; i < count; i++)
        hog_text_printf(text, "%s%s", i ? ", " : "", formats[i].name);
}

/* What the tables know is not said again by hand. */
static void expand(const char *help, struct hog_text *ret_text)
{
    static const char formats[] = "{formats}";
    const char *at;

    for (; (at = strstr(help, formats)); help = at + strlen(formats)) {
        hog_text_append(ret_text, help, (size_t)(at - help));
        put_formats(ret_text);
    }
    hog_text_puts(ret_text, help);
}

/* The words of `help` in lines that begin at HELP_COLUMN; `column` is where the first one stands now. */
static void put_wrapped(const char *help, size_t column, struct hog_text *text)
{
    const size_t indent = HELP_COLUMN;
    bool is_first = true;

    hog_text_pad(text, column < indent ? indent - column : 1);
    column = column < indent ? indent : column + 1;
    while (*help) {
        size_t word = strcspn(help, " ");

        if (!is_first && column + 1 + word > HELP_WIDTH) {
            hog_text_printf(text, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            hog_text_puts(text, " ");
            column++;
        }
        hog_text_append(text, help, word);
        column += word;
        is_first = false;
        help += word + strspn(help + word, " ");
    }
    hog_text_puts(text, "\n");
}

static void put_option(const struct usage_option *taken, struct hog_text *text)
{
    const struct option_info *info = &option_table()[taken->option];
    HOG_CLEANUP(hog_text_deinit) struct hog_text help = {0};
    char names[HELP_NAMES];
    int length = snprintf(names, sizeof names, "  -%c, --%s%s%s", info->letter, info->name,
                          info->value ? " " : "", info->value ? info->value : "");

    expand(taken->help ? taken->help : info->help, &help);
    text->failed |= help.failed;
    hog_text_puts(text, names);
    put_wrapped(help.bytes ? help.bytes : "", (size_t)length, text);
}

static void put_forms(const struct usage *usage, struct hog_text *text)
{
    const char *forms = usage->forms;

    if (!forms) {
        hog_text_printf(text, "Usage: %s%s%s [OPTION]...\n", usage->name, usage->words ? " " : "",
                        usage->words ? usage->words : "");
        return;
    }
    for (bool first = true; *forms; first = false) {
        size_t length = strcspn(forms, "\n");

        hog_text_printf(text, "%s%.*s\n", first ? "Usage: " : "       ", (int)length, forms);
        forms += length + (forms[length] == '\n');
    }
}

/* Each line of `lines` two blanks further in. */
static void put_examples(const char *lines, struct hog_text *text)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");

        hog_text_printf(text, "  %.*s\n", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

void usage_put_help(const struct usage *usage, struct hog_text *text)
{
    put_forms(usage, text);
    hog_text_puts(text, "\n");
    expand(usage->description, text);
    hog_text_puts(text, "\nOptions:\n");
    for (const struct usage_option *taken = usage_options(usage);; taken++) {
        put_option(taken, text);
        if (taken->option == OPTION_HELP)
            break;
    }
    hog_text_puts(text, "\nExamples:\n");
    put_examples(usage->examples, text);
}
