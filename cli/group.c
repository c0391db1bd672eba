/* One document of many, or their stacks grouped; see group.h. */
#define _GNU_SOURCE
#include "group.h"
#include "line.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void put_quoted(FILE *file, const char *word)
{
    json_t *string = json_string(word);
    char *text = string ? json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

    fputs(text ? text : "null", file);
    free(text);
    json_decref(string);
}

/* Those that could not be had are named, with the reason: nobody takes them for processes without threads. */
static void put_document(const struct document *document, FILE *file)
{
    if (!document->error && document->text.length) {
        fwrite(document->text.bytes, 1, document->text.length, file);
        return;
    }
    fprintf(file, "{\"target\": ");
    put_quoted(file, document->name ? document->name : "?");
    fprintf(file, ", \"error\": ");
    put_quoted(file, document->error ? document->error : "nothing came");
    fprintf(file, "}\n");
}

static void put_flat(const struct document *document, const char *machine)
{
    if (document->error || !document->text.length) {
        printf("{\"host\": ");
        put_quoted(stdout, machine);
        printf(", \"target\": ");
        put_quoted(stdout, document->name ? document->name : "?");
        printf(", \"error\": ");
        put_quoted(stdout, document->error ? document->error : "nothing came");
        printf("}\n");
        return;
    }
    /* line ends stand between the values alone: within texts they are escaped */
    for (size_t i = 0; i + 1 < document->text.length; i++)
        putchar(document->text.bytes[i] == '\n' ? ' ' : document->text.bytes[i]);
    putchar('\n');
}

int documents_put_lines(const struct document *documents, size_t count)
{
    char machine[HOST_NAME_MAX + 1] = "";

    if (gethostname(machine, sizeof machine - 1) != 0)
        machine[0] = '\0';
    printf("{\"schema\": \"hognose.machine/1\", \"host\": ");
    put_quoted(stdout, machine);
    printf(", \"documents\": %zu}\n", count);
    fflush(stdout);
    for (size_t i = 0; i < count; i++)
        put_flat(&documents[i], machine);
    return fflush(stdout) == 0 ? 0 : 1;
}

static void put_all(const struct document *documents, size_t count, FILE *file)
{
    fprintf(file, "{\"schema\": \"hognose.processes/1\", \"processes\": [\n");
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ",\n" : "", file);
        put_document(&documents[i], file);
    }
    fprintf(file, "]}\n");
}

static int write_file(const char *path, const char *text, size_t length)
{
    struct cli_host cli;
    struct hog_host host = cli_host_make(&cli, 0, NULL);
    struct hog_session *session = hog_session_create(&host);
    const char *error = NULL;
    int status = session ? hog_session_write(session, path, text, length, &error) : line_no_memory();

    if (error)
        fprintf(stderr, "%s\n", error);
    hog_session_destroy(session);
    cli_host_deinit(&cli);
    return status != 0;
}

int documents_put_json(const struct document *documents, size_t count, const char *output)
{
    char *text = NULL;
    size_t length;
    FILE *file;
    int status;

    if (!output) {
        put_all(documents, count, stdout);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    file = open_memstream(&text, &length);
    if (file)
        put_all(documents, count, file);
    status = file && fclose(file) == 0 ? write_file(output, text, length) : line_no_memory();
    free(text);
    return status;
}

/* py-group takes files: this one is in memory only. */
int documents_put_groups(const struct document *documents, size_t count, const char *output)
{
    const struct line none = {0};
    char *arguments = line_arguments(&none, false, output);
    int memory = memfd_create("hognose", 0);
    FILE *file = memory >= 0 ? fdopen(memory, "w") : NULL;
    struct hog_session *session;
    struct cli_host cli;
    struct hog_host host;
    const char *error = NULL;
    char *line = NULL;
    int status = 1;

    if (!arguments || !file || asprintf(&line, "/proc/self/fd/%d %s", memory, arguments) < 0) {
        if (file)
            fclose(file);
        else if (memory >= 0)
            close(memory);
        free(arguments);
        return line_no_memory();
    }
    for (size_t i = 0; i < count; i++) /* one after the other: py-group holds one at a time */
        put_document(&documents[i], file);
    if (fflush(file) == 0) {
        host = cli_host_make(&cli, 0, NULL);
        session = hog_session_create(&host);
        status = session ? hog_session_run(session, "py-group", line, &error) : 1;
        if (status)
            fprintf(stderr, "hognose: %s\n",
                    error ? line_without_name(error, "py-group") : "not enough memory");
        hog_session_destroy(session);
        cli_host_deinit(&cli);
    }
    fclose(file);
    free(arguments);
    free(line);
    return status != 0;
}

void document_deinit(struct document *document)
{
    free((char *)document->name);
    free((char *)document->error);
    cli_text_deinit(&document->text);
}
