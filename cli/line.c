/* From argv to a command, its arguments and its targets; see line.h. */
#define _GNU_SOURCE
#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What --via waits for a machine, unless it is told. */
static const double USUAL_TIMEOUT = 30;

/* `word` so that hog_session_run takes it as one. */
static void put_quoted(FILE *text, const char *word)
{
    fputc('\'', text);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", text);
        else
            fputc(*word, text);
    fputc('\'', text);
}

static int wrong(const char *words, const char *word)
{
    fprintf(stderr, "hognose: ");
    fprintf(stderr, words, word);
    fprintf(stderr, "; hognose --help lists the commands\n");
    return 2;
}

int line_no_memory(void)
{
    fprintf(stderr, "hognose: not enough memory\n");
    return 1;
}

char *line_arguments(const struct line *line, bool with_json, const char *output)
{
    char *arguments = NULL;
    size_t length;
    FILE *text = open_memstream(&arguments, &length);

    if (text && with_json && !line->wants_json) /* first: the last of the words may lack its value */
        fputs("--json ", text);
    for (size_t i = 0; text && i < line->option_count; i++) {
        put_quoted(text, line->options[i]);
        fputc(' ', text);
    }
    if (text && output) {
        fputs("--output ", text);
        put_quoted(text, output);
    }
    if (text && fclose(text) == 0)
        return arguments;
    free(arguments);
    line_no_memory();
    return NULL;
}

/* There is room for all words that the command line has. */
static int add_option(struct line *line, const char *word, size_t length)
{
    char *copy = strndup(word, length);

    if (!copy)
        return line_no_memory();
    line->options[line->option_count++] = copy;
    return 0;
}

const char *line_without_name(const char *error, const char *command)
{
    size_t length = strlen(command);

    return strncmp(error, command, length) == 0 && strncmp(error + length, ": ", 2) == 0 ? error + length + 2
                                                                                         : error;
}

static bool find_command(const char *name, struct hog_command_info *ret_info)
{
    for (size_t i = 0; hog_command(i, ret_info); i++)
        if (strcmp(ret_info->name + strlen("py-"), name) == 0 || strcmp(ret_info->name, name) == 0)
            return true;
    return false;
}

/* The option that `word` is, of the command: by its long name up to '=', or by its letter. */
static bool find_option(const struct line *line, const char *word, size_t length, char letter,
                        struct hog_option_info *ret_option)
{
    for (size_t i = 0; hog_command_option(line->full_name, i, ret_option); i++)
        if (letter ? ret_option->letter == letter
                   : strlen(ret_option->name) == length && strncmp(ret_option->name, word, length) == 0)
            return true;
    return false;
}

static void note_option(struct line *line, const struct hog_option_info *option)
{
    line->wants_help = line->wants_help || strcmp(option->name, "help") == 0;
    line->wants_json = line->wants_json || strcmp(option->name, "json") == 0;
    line->wants_native = line->wants_native || strcmp(option->name, "native") == 0;
    line->wants_stop = line->wants_stop || strcmp(option->name, "stop") == 0;
    line->wants_objects = line->wants_objects || strcmp(option->name, "locals") == 0 ||
                          strcmp(option->name, "tasks") == 0 || strcmp(option->name, "source") == 0;
}

static void add_target(struct line *line, enum word_kind kind, const char *word)
{
    line->targets[line->target_count++] = (struct target_word){kind, word};
}

struct own_option {
    const char *name;
    void (*take)(struct line *line, const char *value);
};

static void take_name(struct line *line, const char *value)
{
    add_target(line, WORD_NAME, value);
}

static void take_children(struct line *line, const char *value)
{
    add_target(line, WORD_CHILDREN, value);
}

static void take_via(struct line *line, const char *value)
{
    line->via = value;
}

static void take_timeout(struct line *line, const char *value)
{
    line->timeout = atof(value);
}

static void take_debugger(struct line *line, const char *value)
{
    line->debugger = value;
}

static const struct own_option own_options[] = {
    {"name", take_name},       {"children", take_children}, {"via", take_via},
    {"timeout", take_timeout}, {"debugger", take_debugger},
};

/* The rest of "--name=x" behind the name; NULL: it is another option. "" where the value is the next word. */
static const char *after_name(const char *word, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(word, name, length) != 0 || (word[length] && word[length] != '='))
        return NULL;
    return word + length;
}

static const char each_line[] = "--each-line";

/* Our own options; of a command that needs no process there are none. 1: it was none, 0: taken, 2: wrong. */
static int take_own(struct line *line, char ***words)
{
    const char *word = **words + 2;

    if (strcmp(**words, each_line) == 0) {
        line->each_line = true;
        return 0;
    }
    for (size_t i = 0; line->command.needs_process && i < sizeof own_options / sizeof *own_options; i++) {
        const char *rest = after_name(word, own_options[i].name);

        if (!rest)
            continue;
        if (*rest == '=') {
            own_options[i].take(line, rest + 1);
            return 0;
        }
        if (!(*words)[1])
            return wrong("--%s needs a value", own_options[i].name);
        own_options[i].take(line, *++*words);
        return 0;
    }
    return 1;
}

/* The output is ours: of several targets each has its own, or all of them one. */
static bool is_output(const struct line *line, const struct hog_option_info *option)
{
    return line->command.needs_process && strcmp(option->name, "output") == 0;
}

/* "--name", "--name=value". An unknown one is handed on too: the command knows the words. */
static int take_long(struct line *line, char ***words)
{
    const char *word = **words, *value = strchr(word, '=');
    size_t length = value ? (size_t)(value - word) : strlen(word);
    struct hog_option_info option;
    bool is_known = find_option(line, word + 2, length - 2, '\0', &option);

    if (is_known)
        note_option(line, &option);
    if (is_known && is_output(line, &option) && (value || (*words)[1])) {
        line->output = value ? value + 1 : *++*words;
        return 0;
    }
    if (add_option(line, word, strlen(word)) != 0)
        return 1;
    if (is_known && option.value && !value && (*words)[1]) {
        ++*words;
        return add_option(line, **words, strlen(**words));
    }
    return 0;
}

/* "-j", "-jo FILE", "-oFILE": the last of the letters may have a value. */
static int take_letters(struct line *line, char ***words)
{
    const char *word = **words;
    struct hog_option_info option;

    for (const char *letter = word + 1; *letter; letter++) {
        if (!find_option(line, NULL, 0, *letter, &option))
            break;
        note_option(line, &option);
        if (!option.value)
            continue;
        if (is_output(line, &option) && (letter[1] || (*words)[1])) {
            line->output = letter[1] ? letter + 1 : *++*words;
            return letter == word + 1 ? 0 : add_option(line, word, (size_t)(letter - word));
        }
        if (letter[1] || !(*words)[1])
            break;
        ++*words;
        return add_option(line, word, strlen(word)) || add_option(line, **words, strlen(**words));
    }
    return add_option(line, word, strlen(word));
}

/* The first word names what is looked at; so do all, where the command takes no words of its own. */
static int take_word(struct line *line, const char *word)
{
    bool is_target = line->command.needs_process && (!line->command.words || !line->target_count);

    if (is_target)
        add_target(line, WORD_PLAIN, word);
    else
        return add_option(line, word, strlen(word));
    return 0;
}

/* "py-stats top" has options of its own. */
static int choose_verb(struct line *line, char ***words)
{
    struct hog_option_info option;
    char *full;

    line->full_name = strdup(line->command.name);
    if (!line->full_name)
        return line_no_memory();
    if (line->command.needs_process || !**words || (**words)[0] == '-')
        return 0;
    if (asprintf(&full, "%s %s", line->command.name, **words) < 0)
        return line_no_memory();
    if (!hog_command_option(full, 0, &option)) {
        free(full);
        return 0;
    }
    free((char *)line->full_name);
    line->full_name = full;
    ++*words;
    return add_option(line, (*words)[-1], strlen((*words)[-1]));
}

static int take_rest(struct line *line, char **words)
{
    int status = 0;

    for (; *words && status == 0; words++) {
        if (strcmp(*words, "--") == 0 && line->command.needs_process && !line->target_count) {
            line->program = words[1] ? words + 1 : NULL;
            return line->program ? 0 : wrong("%s: a program to start follows it", "--");
        }
        if (strncmp(*words, "--", 2) == 0 && (*words)[2]) {
            status = take_own(line, &words);
            if (status == 1)
                status = take_long(line, &words);
        } else if ((*words)[0] == '-' && (*words)[1]) {
            status = take_letters(line, &words);
        } else {
            status = take_word(line, *words);
        }
    }
    return status;
}

int line_parse(struct line *line, int count, char **words)
{
    int status;

    *line = (struct line){.timeout = USUAL_TIMEOUT};
    if (!find_command(words[0], &line->command))
        return wrong("there is no command \"%s\"", words[0]);
    line->targets = calloc((size_t)count + 1, sizeof *line->targets);
    line->options = calloc((size_t)count + 1, sizeof *line->options);
    if (!line->targets || !line->options)
        return line_no_memory();
    words++;
    status = choose_verb(line, &words);
    return status == 0 ? take_rest(line, words) : status;
}

void line_deinit(struct line *line)
{
    free((char *)line->full_name);
    for (size_t i = 0; i < line->option_count; i++)
        free(line->options[i]);
    free(line->options);
    free(line->targets);
}
