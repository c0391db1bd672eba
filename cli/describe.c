/* Completion and the manual page, made from the table of commands; see describe.h. */
#include "describe.h"
#include "hognose.h"
#include "own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = sizeof "py-" - 1 };

/* The options that every command with a TARGET takes beside its own. */
static const char *const target_options[] = {"name", "children", "via", "timeout", "debugger"};

enum { TARGET_OPTIONS = sizeof target_options / sizeof *target_options };

/*
 * Shells.
 */

static void put_option_names(const struct hog_command_info *info)
{
    struct hog_option_info option;

    for (size_t i = 0; hog_command_option(info->name, i, &option); i++)
        printf(" --%s", option.name);
    for (size_t i = 0; info->needs_process && i < TARGET_OPTIONS; i++)
        printf(" --%s", target_options[i]);
}

static void put_command_names(void)
{
    struct hog_command_info info;

    for (size_t i = 0; hog_command(i, &info); i++)
        printf(" %s", info.name + PREFIX);
    for (size_t i = 0; own_command(i); i++)
        printf(" %s", own_command(i)->name);
}

static void put_bash(void)
{
    struct hog_command_info info;

    printf(
        "_hognose() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} words=\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        words='");
    put_command_names();
    printf(" --help --version'\n"
           "    else\n"
           "        case $before in\n"
           "            --children) words=$(cd /proc && printf '%%s ' [0-9]*) ;;\n"
           "            --debugger) words='gdb lldb' ;;\n"
           "            *) case $command in\n");
    for (size_t i = 0; hog_command(i, &info); i++) {
        printf("                %s) words='", info.name + PREFIX);
        put_option_names(&info);
        printf("' ;;\n");
    }
    printf("            esac ;;\n"
           "        esac\n"
           "    fi\n"
           "    case $word in\n"
           "        [0-9]*) words=\"$words $(cd /proc && printf '%%s ' [0-9]*)\" ;;\n"
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$word\"))\n"
           "}\n"
           "complete -o filenames -F _hognose hognose\n");
}

/* Quotes and brackets mean something to zsh. */
static void put_zsh_words(const char *words)
{
    for (; *words; words++) {
        if (*words == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *words))
            printf("\\%c", *words);
        else
            putchar(*words);
    }
}

static void put_zsh(void)
{
    struct hog_command_info info;
    struct hog_option_info option;

    printf("#compdef hognose\n"
           "_hognose() {\n"
           "    local -a commands\n"
           "    commands=(\n");
    for (size_t i = 0; hog_command(i, &info); i++) {
        printf("        '%s:", info.name + PREFIX);
        put_zsh_words(info.summary);
        printf("'\n");
    }
    for (size_t i = 0; own_command(i); i++) {
        printf("        '%s:", own_command(i)->name);
        put_zsh_words(own_command(i)->summary);
        printf("'\n");
    }
    printf("    )\n"
           "    if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
           "    case $words[2] in\n");
    for (size_t i = 0; hog_command(i, &info); i++) {
        printf("        %s) _arguments", info.name + PREFIX);
        for (size_t k = 0; hog_command_option(info.name, k, &option); k++) {
            printf(" '--%s[", option.name);
            put_zsh_words(option.help);
            printf("]%s%s%s'", option.value ? ":" : "", option.value ? option.value : "",
                   option.value && strcmp(option.value, "FILE") == 0 ? ":_files"
                   : option.value                                    ? ":"
                                                                     : "");
        }
        printf(" '*:target:{ _alternative \"pids:process:_pids\" \"files:core:_files\" }' ;;\n");
    }
    printf("        *) _files ;;\n"
           "    esac\n"
           "}\n"
           "_hognose \"$@\"\n");
}

static void put_fish_words(const char *words)
{
    putchar('\'');
    for (; *words; words++) {
        if (*words == '\'' || *words == '\\')
            putchar('\\');
        putchar(*words);
    }
    putchar('\'');
}

static void put_fish(void)
{
    struct hog_command_info info;
    struct hog_option_info option;

    for (size_t i = 0; hog_command(i, &info); i++) {
        const char *name = info.name + PREFIX;

        printf("complete -c hognose -n __fish_use_subcommand -f -a %s -d ", name);
        put_fish_words(info.summary);
        printf("\n");
        for (size_t k = 0; hog_command_option(info.name, k, &option); k++) {
            printf("complete -c hognose -n '__fish_seen_subcommand_from %s' -l %s -s %c %s-d ", name,
                   option.name, option.letter, option.value ? "-r " : "");
            put_fish_words(option.help);
            printf("\n");
        }
        if (info.needs_process)
            printf("complete -c hognose -n '__fish_seen_subcommand_from %s' -a '(__fish_complete_pids)'\n",
                   name);
    }
    for (size_t i = 0; own_command(i); i++) {
        printf("complete -c hognose -n __fish_use_subcommand -f -a %s -d ", own_command(i)->name);
        put_fish_words(own_command(i)->summary);
        printf("\n");
    }
}

int completion_run(int count, char **words)
{
    if (count == 1 && strcmp(words[0], "bash") == 0)
        put_bash();
    else if (count == 1 && strcmp(words[0], "zsh") == 0)
        put_zsh();
    else if (count == 1 && strcmp(words[0], "fish") == 0)
        put_fish();
    else {
        bool asked = count == 1 && (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0);

        fprintf(asked ? stdout : stderr,
                "Usage: hognose completion bash|zsh|fish\n"
                "\n"
                "Print a script that completes hognose's words:\n"
                "  hognose completion bash > ~/.local/share/bash-completion/completions/hognose\n"
                "  hognose completion zsh > DIR/_hognose         where DIR is in $fpath\n"
                "  hognose completion fish > ~/.config/fish/completions/hognose.fish\n");
        return asked ? 0 : 2;
    }
    return 0;
}

/*
 * The manual page.
 */

/* What troff would read as its own: a backslash, a hyphen that is to be copied, a dot or quote at a line's start. */
static void put_troff(const char *text)
{
    bool at_start = true;

    for (; *text; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
        at_start = *text == '\n';
    }
}

static void put_command(const struct hog_command_info *info)
{
    struct hog_option_info option;
    const char *name = info->name + PREFIX;

    printf(".SS \"");
    put_troff(name);
    printf("\"\n");
    put_troff(info->summary);
    printf(".\n");
    for (size_t i = 0; hog_command_option(info->name, i, &option); i++) {
        printf(".TP\n.BR \\-%c \", \" \\-\\-", option.letter);
        put_troff(option.name);
        if (option.value) {
            printf(" \" \" \\fI");
            put_troff(option.value);
            printf("\\fR");
        }
        printf("\n");
        put_troff(option.help);
        printf(".\n");
    }
}

static void put_own(const struct own_command *command)
{
    printf(".TP\n.B ");
    put_troff(command->name);
    printf(" \\fR");
    put_troff(command->words);
    printf("\n");
    put_troff(command->summary);
    printf(".\n");
}

int manual_run(int count, char **words)
{
    struct hog_command_info info;

    (void)count, (void)words;
    printf(
        ".TH HOGNOSE 1 \"\" \"hognose %s\" \"User Commands\"\n"
        ".SH NAME\nhognose \\- show what a Python process is doing\n"
        ".SH SYNOPSIS\n.B hognose\n.I COMMAND TARGET\\fR... [\\fIOPTION\\fR]...\n"
        ".SH DESCRIPTION\n"
        "Shows the Python stacks, threads and waits of a process or a core file, and where its time goes.\n"
        "Memory alone is read: nothing is called in the process, nothing written.\n"
        "In gdb and lldb the same commands are called py\\-dump, py\\-threads and so on.\n"
        ".PP\n.I TARGET\nis a process number, a core file, HOST:PORT of a debug server, or\n"
        ".B \\-\\-name\n.IR PATTERN ,\n.B \\-\\-children\n.IR PID ,\n.B \\-\\-\n.IR PROGRAM .\n"
        ".SH COMMANDS\n",
        HOGNOSE_VERSION);
    for (size_t i = 0; hog_command(i, &info); i++)
        put_command(&info);
    printf(".SH \"OTHER COMMANDS\"\n");
    for (size_t i = 0; own_command(i); i++)
        put_own(own_command(i));
    printf(
        ".SH \"EXIT STATUS\"\n0; 1 when it failed, and standard error says why; 2 when the command line is wrong.\n"
        ".SH \"SEE ALSO\"\n.BR gdb (1),\n.BR lldb (1),\n.BR gcore (1)\n");
    return 0;
}
