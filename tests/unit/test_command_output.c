/* --output: a FILE is replaced as a whole or not at all, and what is wrong is said with what to do. */
#include "host/output.h"
#include "support/fake_host.h"
#include "support/folder.h"
#include "support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OTHER_USER = 65533 };

struct folder {
    char path[TEST_FOLDER];
    char file[96]; /* a file in it */
    struct fake_host fake;
    struct hog_host host;
};

static int folder_make(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);

    if (!folder)
        return -1;
    if (!test_folder_make(folder->path))
        return -1;
    snprintf(folder->file, sizeof folder->file, "%s/dump.json", folder->path);
    folder->host = fake_host_make(&folder->fake);
    *state = folder;
    return 0;
}

static int folder_drop(void **state)
{
    struct folder *folder = *state;
    bool is_gone;

    fake_host_deinit(&folder->fake);
    is_gone = test_folder_drop(folder->path);
    free(folder);
    return is_gone ? 0 : -1;
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *path, const char *text)
{
    char content[256] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(content, text);
}

static size_t files_in(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

/* Writes `text` to `path`; the words of what went wrong, "" when nothing did. */
static const char *write_out(struct folder *folder, const char *path, const char *text)
{
    static _Thread_local char words[HOG_ERROR_MESSAGE];
    struct output output;
    enum hog_status status = output_open(&output, &folder->host, path);

    hog_text_puts(&output.outlet.text, text);
    hog_outlet_more(&output.outlet);
    if (status == HOG_OK)
        status = output_finish(&output);
    snprintf(words, sizeof words, "%s", status == HOG_OK ? "" : output.error.message);
    output_deinit(&output);
    return words;
}

static void test_new_file(void **state)
{
    struct folder *folder = *state;
    mode_t mask = umask(027);
    struct stat status;

    assert_string_equal(write_out(folder, folder->file, "new\n"), "");
    umask(mask);
    assert_file(folder->file, "new\n");
    assert_int_equal(stat(folder->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(files_in(folder->path), 1);
    assert_string_equal(fake_host_out(&folder->fake), "");
}

/* What somebody else has left by the name that a file has until it is whole is left alone. */
static void test_temporary_that_is_there(void **state)
{
    struct folder *folder = *state;
    char path[256];

    snprintf(path, sizeof path, "%s/.%s.%d-0.tmp", folder->path, strrchr(folder->file, '/') + 1,
             (int)getpid());
    put_file(path, "theirs\n");
    assert_string_equal(write_out(folder, folder->file, "new\n"), "");
    assert_file(folder->file, "new\n");
    assert_file(path, "theirs\n");
    assert_int_equal(files_in(folder->path), 2);
}

static void test_replaced_file(void **state)
{
    struct folder *folder = *state;
    struct stat status;

    put_file(folder->file, "old, and longer\n");
    assert_int_equal(chmod(folder->file, 0604), 0);
    assert_string_equal(write_out(folder, folder->file, "new\n"), "");
    assert_file(folder->file, "new\n");
    assert_int_equal(stat(folder->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0604);
    assert_int_equal(files_in(folder->path), 1);
}

static void test_link_is_followed(void **state)
{
    struct folder *folder = *state;
    struct stat status;
    char link[96];

    snprintf(link, sizeof link, "%s/link", folder->path);
    put_file(folder->file, "old\n");
    assert_int_equal(symlink(folder->file, link), 0);
    assert_string_equal(write_out(folder, link, "new\n"), "");
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_file(folder->file, "new\n");
}

static void test_home(void **state)
{
    struct folder *folder = *state;

    setenv("HOME", folder->path, 1);
    assert_string_equal(write_out(folder, "~/dump.json", "new\n"), "");
    assert_file(folder->file, "new\n");
}

static void test_given_up(void **state)
{
    struct folder *folder = *state;
    struct output output;

    put_file(folder->file, "old\n");
    assert_int_equal(output_open(&output, &folder->host, folder->file), HOG_OK);
    hog_text_puts(&output.outlet.text, "half");
    output_deinit(&output);
    assert_file(folder->file, "old\n");
    assert_int_equal(files_in(folder->path), 1);
}

static void test_missing_folder(void **state)
{
    struct folder *folder = *state;
    char path[128], expected[512];

    snprintf(path, sizeof path, "%s/no/where", folder->path);
    snprintf(expected, sizeof expected,
             "cannot write %s: there is no folder %s/no; make it, or choose another FILE", path,
             folder->path);
    assert_string_equal(write_out(folder, path, "x"), expected);
    assert_string_equal(write_out(folder, "", "x"),
                        "cannot write : No such file or directory; choose another FILE");
    assert_string_equal(write_out(folder, "/proc/x", "x"),
                        "cannot write /proc/x: No such file or directory; choose another FILE");
    assert_int_equal(files_in(folder->path), 0);
}

static void test_folder_as_file(void **state)
{
    struct folder *folder = *state;
    char expected[512];

    snprintf(expected, sizeof expected, "cannot write %s: Is a directory; choose the name of a file in it",
             folder->path);
    assert_string_equal(write_out(folder, folder->path, "x"), expected);
}

static void test_full_disk(void **state)
{
    assert_string_equal(
        write_out(*state, "/dev/full", "x"),
        "cannot write /dev/full: No space left on device; free some space, or choose another FILE");
}

/* A link to /dev/full is no regular file either, and stays. */
static void test_device_is_not_replaced(void **state)
{
    struct folder *folder = *state;
    struct stat status;

    assert_int_equal(symlink("/dev/null", folder->file), 0);
    assert_string_equal(write_out(folder, folder->file, "x"), "");
    assert_int_equal(stat(folder->file, &status), 0);
    assert_true(S_ISCHR(status.st_mode));
}

static void test_no_permission(void **state)
{
    struct folder *folder = *state;
    char expected[512];

    if (geteuid() == 0) {
        print_message("skipped: root may write everywhere\n");
        skip();
    }
    put_file(folder->file, "old\n");
    assert_int_equal(chmod(folder->file, 0400), 0);
    snprintf(expected, sizeof expected,
             "cannot write %s: Permission denied; choose another FILE, or make it writable", folder->file);
    assert_string_equal(write_out(folder, folder->file, "x"), expected);
    assert_file(folder->file, "old\n");
}

static void test_pipe(void **state)
{
    struct folder *folder = *state;
    char content[16] = "";
    int reader;

    assert_int_equal(mkfifo(folder->file, 0600), 0);
    assert_non_null(strstr(write_out(folder, folder->file, "x"), "start what reads the pipe first"));
    reader = open(folder->file, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_string_equal(write_out(folder, folder->file, "through"), "");
    assert_int_equal(read(reader, content, sizeof content), 7);
    close(reader);
}

/* Nobody empties the pipe: Ctrl-C ends the wait. Its reader goes away: an error, and no SIGPIPE. */
static void test_stuck_pipe(void **state)
{
    struct folder *folder = *state;
    size_t size = 1 << 20;
    char *text = calloc(1, size + 1);
    struct output output;
    int reader;

    assert_non_null(text);
    memset(text, 'x', size);
    assert_int_equal(mkfifo(folder->file, 0600), 0);
    reader = open(folder->file, O_RDONLY | O_NONBLOCK);
    folder->fake.polls_until_interrupt = 3;
    assert_non_null(strstr(write_out(folder, folder->file, text), "interrupted: nobody reads"));

    folder->fake.polls_until_interrupt = 0;
    assert_int_equal(output_open(&output, &folder->host, folder->file), HOG_OK);
    close(reader);
    hog_text_puts(&output.outlet.text, "x");
    assert_int_equal(output_finish(&output), HOG_IO);
    assert_non_null(strstr(output.error.message, "Broken pipe"));
    output_deinit(&output);
    free(text);
}

static void test_host(void **state)
{
    struct folder *folder = *state;

    assert_string_equal(write_out(folder, NULL, "one\n"), "");
    assert_string_equal(write_out(folder, "-", "two\n"), "");
    assert_string_equal(fake_host_out(&folder->fake), "one\ntwo\n");
}

/* The owner is kept, or somebody else would run it as us: the bits that let them are not. */
static void test_bits_and_owner(void **state)
{
    struct folder *folder = *state;
    struct stat status;

    put_file(folder->file, "old\n");
    if (geteuid() == 0)
        assert_int_equal(chown(folder->file, OTHER_USER, OTHER_USER), 0);
    assert_int_equal(chmod(folder->file, 06755), 0);
    assert_string_equal(write_out(folder, folder->file, "new\n"), "");
    assert_int_equal(stat(folder->file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0755);
    if (geteuid() == 0) {
        assert_int_equal(status.st_uid, OTHER_USER);
        assert_int_equal(status.st_gid, OTHER_USER);
    }
}

/* Whoever may not give a file away gives its new group no more than everybody has. */
static void test_group_that_cannot_be_kept(void **state)
{
    struct folder *folder = *state;
    struct stat status;
    int ended;
    pid_t pid;

    if (geteuid() != 0)
        skip();
    put_file(folder->file, "old\n");
    assert_int_equal(chown(folder->path, OTHER_USER, OTHER_USER), 0);
    for (int own_group = 0; own_group < 2; own_group++) {
        assert_int_equal(chown(folder->file, OTHER_USER, own_group ? OTHER_USER : OTHER_USER - 1), 0);
        assert_int_equal(chmod(folder->file, 0674), 0);
        pid = fork();
        if (pid == 0) {
            bool is_other = setgroups(0, NULL) == 0 && setgid(OTHER_USER) == 0 && setuid(OTHER_USER) == 0;

            _exit(!is_other || *write_out(folder, folder->file, "new\n"));
        }
        assert_int_equal(waitpid(pid, &ended, 0), pid);
        assert_int_equal(ended, 0);
        assert_int_equal(stat(folder->file, &status), 0);
        assert_int_equal(status.st_gid, OTHER_USER);
        assert_int_equal(status.st_mode & 07777, own_group ? 0674 : 0644);
    }
}

/* At no time may anybody read it who may not read what it replaces. */
static void test_mode_of_the_temporary(void **state)
{
    struct folder *folder = *state;
    mode_t mask = umask(0);
    struct output output;
    struct stat status;

    put_file(folder->file, "old\n");
    assert_int_equal(chmod(folder->file, 0600), 0);
    assert_int_equal(output_open(&output, &folder->host, folder->file), HOG_OK);
    umask(mask);
    assert_int_equal(fstat(output.file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    output_deinit(&output);
}

/* As a shell's > does: the file that the link names is made, the link stays. */
static void test_dangling_link(void **state)
{
    struct folder *folder = *state;
    struct output output;
    struct stat status;
    char link[96];

    snprintf(link, sizeof link, "%s/link", folder->path);
    assert_int_equal(symlink("dump.json", link), 0);
    assert_int_equal(output_open(&output, &folder->host, link), HOG_OK);
    output_deinit(&output);
    assert_int_equal(access(folder->file, F_OK), -1); /* given up: all is as it was */
    assert_string_equal(write_out(folder, link, "new\n"), "");
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_file(folder->file, "new\n");
    assert_int_equal(files_in(folder->path), 2);
}

static bool kernel_protects(const char *what)
{
    char value = '0';
    int file = open(what, O_RDONLY | O_CLOEXEC);
    bool known = file >= 0 && read(file, &value, 1) == 1;

    if (file >= 0)
        close(file);
    return known && value != '0';
}

/* What others put in the way in a folder such as /tmp: the kernel refuses to follow or to write, and so do we. */
static void test_links_of_others_in_sticky_folders(void **state)
{
    struct folder *folder = *state;
    char sticky[96], link[128], file[128];

    if (geteuid() != 0 || !kernel_protects("/proc/sys/fs/protected_symlinks")) {
        print_message("skipped: not root, or fs.protected_symlinks is off\n");
        skip();
    }
    snprintf(sticky, sizeof sticky, "%s/sticky", folder->path);
    snprintf(link, sizeof link, "%s/out.json", sticky);
    snprintf(file, sizeof file, "%s/trap.json", sticky);
    assert_int_equal(mkdir(sticky, 0700), 0);
    assert_int_equal(chown(sticky, OTHER_USER + 1, OTHER_USER), 0);
    assert_int_equal(chmod(sticky, 01777), 0);
    put_file(folder->file, "root's own\n");
    assert_int_equal(symlink(folder->file, link), 0);
    assert_int_equal(lchown(link, OTHER_USER, OTHER_USER), 0);
    assert_non_null(strstr(write_out(folder, link, "new\n"), "Permission denied"));
    assert_file(folder->file, "root's own\n");
    assert_int_equal(unlink(folder->file), 0);
    assert_non_null(strstr(write_out(folder, link, "new\n"), "Permission denied")); /* it dangles now */
    assert_int_equal(access(folder->file, F_OK), -1);
    put_file(file, "trap\n");
    assert_int_equal(chmod(file, 0666), 0);
    assert_int_equal(chown(file, OTHER_USER, OTHER_USER), 0);
    if (kernel_protects("/proc/sys/fs/protected_regular"))
        assert_non_null(strstr(write_out(folder, file, "new\n"), "Permission denied"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, folder_make, folder_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new_file),
        TEST(test_temporary_that_is_there),
        TEST(test_replaced_file),
        TEST(test_link_is_followed),
        TEST(test_home),
        TEST(test_given_up),
        TEST(test_missing_folder),
        TEST(test_folder_as_file),
        TEST(test_full_disk),
        TEST(test_device_is_not_replaced),
        TEST(test_no_permission),
        TEST(test_pipe),
        TEST(test_stuck_pipe),
        TEST(test_host),
        TEST(test_bits_and_owner),
        TEST(test_group_that_cannot_be_kept),
        TEST(test_mode_of_the_temporary),
        TEST(test_dangling_link),
        TEST(test_links_of_others_in_sticky_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
