/*
 * files/: what of a process's files may be opened. The oracle is the kernel: a
 * child with the process's rights opens the same name. As root only; else
 * there are no rights to tell apart.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "files/files.h"
#include "support/folder.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { OTHER_USER = 65533, THIRD_USER = 65532 };

/* A folder of files, and a process of another user that waits in it. */
struct scene {
    char folder[TEST_FOLDER];
    pid_t process;
    const char *root; /* what the process is confined to; NULL: nothing */
    struct hog_files files;
};

static void put_file(const struct scene *scene, const char *name, mode_t mode, uid_t user)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", scene->folder, name);
    HOG_CLOSE int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, name, strlen(name)), strlen(name));
    assert_int_equal(fchmod(file, mode), 0);
    assert_int_equal(fchown(file, user, user), 0);
}

static void put_link(const struct scene *scene, const char *name, const char *target)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", scene->folder, name);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(lchown(path, OTHER_USER, OTHER_USER), 0);
}

static void put_folder(const struct scene *scene, const char *name, mode_t mode)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", scene->folder, name);
    assert_int_equal(mkdir(path, mode), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void become_other(const struct scene *scene)
{
    const gid_t groups[] = {THIRD_USER};

    if (chdir(scene->folder) != 0 || (scene->root && chroot(scene->root) != 0) || setgroups(1, groups) != 0 ||
        setresgid(OTHER_USER, OTHER_USER, OTHER_USER) != 0 ||
        setresuid(OTHER_USER, OTHER_USER, OTHER_USER) != 0)
        _exit(100);
}

static void start_process(struct scene *scene)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    scene->process = fork();
    if (scene->process == 0) {
        become_other(scene);
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    hog_files_of_process(&scene->files, scene->process);
}

static int make_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    *state = scene;
    return !test_folder_make(scene->folder) || chmod(scene->folder, 0755);
}

static int drop_scene(void **state)
{
    struct scene *scene = *state;
    bool is_gone;

    hog_files_deinit(&scene->files);
    if (scene->process > 0) {
        kill(scene->process, SIGKILL);
        waitpid(scene->process, NULL, 0);
    }
    is_gone = test_folder_drop(scene->folder);
    free(scene);
    return is_gone ? 0 : -1;
}

static void need_root(void)
{
    if (geteuid() == 0)
        return;
    print_message("skipped: only root can be another user\n");
    skip();
}

/* Can the process's user open it? As the kernel has it. */
static bool kernel_opens(const struct scene *scene, const char *path)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        become_other(scene);
        _exit(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) < 0);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

static enum hog_file_refusal refusal_of(const struct scene *scene, const char *name)
{
    enum hog_file_refusal why = HOG_FILE_TOO_LARGE;
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : scene->folder, *name == '/' ? "" : "/", name);
    HOG_CLOSE int file = hog_files_open(&scene->files, path, &why);

    assert_int_equal(file >= 0, why == HOG_FILE_OPENED);
    if (why == HOG_FILE_OPENED || why == HOG_FILE_NOT_THEIRS)
        assert_int_equal(kernel_opens(scene, path), why == HOG_FILE_OPENED);
    return why;
}

static void test_only_what_its_user_may_read(void **state)
{
    struct scene *scene = *state;

    need_root();
    put_file(scene, "own.py", 0400, OTHER_USER);
    put_file(scene, "own-write-only.py", 0244, OTHER_USER); /* the owner's bits decide, not those of others */
    put_file(scene, "everyone.py", 0644, 0);
    put_file(scene, "root.py", 0600, 0);
    put_file(scene, "group.py", 0640, THIRD_USER);
    put_file(scene, "not-group.py", 0604, THIRD_USER);
    put_folder(scene, "closed", 0700);
    put_file(scene, "closed/everyone.py", 0644, 0);
    put_folder(scene, "search", 0711);
    put_file(scene, "search/everyone.py", 0644, 0);
    start_process(scene);
    assert_int_equal(refusal_of(scene, "own.py"), HOG_FILE_OPENED);
    assert_int_equal(refusal_of(scene, "own-write-only.py"), HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "everyone.py"), HOG_FILE_OPENED);
    assert_int_equal(refusal_of(scene, "root.py"), HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "group.py"), HOG_FILE_OPENED);
    assert_int_equal(refusal_of(scene, "not-group.py"), HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "closed/everyone.py"), HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "closed/../everyone.py"), HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "search/everyone.py"), HOG_FILE_OPENED);
    assert_int_equal(refusal_of(scene, "search/../everyone.py"), HOG_FILE_OPENED);
    assert_int_equal(refusal_of(scene, "absent.py"), HOG_FILE_MISSING);
    assert_int_equal(refusal_of(scene, "everyone.py/x.py"), HOG_FILE_MISSING);
    assert_int_equal(refusal_of(scene, "search"), HOG_FILE_NOT_REGULAR);
}

static void test_links_lead_no_further_than_its_user(void **state)
{
    struct scene *scene = *state;
    char path[PATH_MAX];

    need_root();
    put_file(scene, "everyone.py", 0644, 0);
    put_file(scene, "root.py", 0600, 0);
    put_folder(scene, "deep", 0755);
    put_link(scene, "shadow.py", "/etc/shadow");
    put_link(scene, "near.py", "everyone.py");
    put_link(scene, "deep/up.py", "../near.py");
    put_link(scene, "secret.py", "root.py");
    put_link(scene, "circle.py", "circle.py");
    put_link(scene, "device.py", "/dev/zero");
    put_link(scene, "environment.py", "/proc/1/environ");
    put_link(scene, "hop", "/proc/self/root");
    snprintf(path, sizeof path, "%s/pipe.py", scene->folder);
    assert_int_equal(mkfifo(path, 0666), 0);
    start_process(scene);
    assert_int_equal(refusal_of(scene, "shadow.py"), HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "near.py"), HOG_FILE_OPENED);
    assert_int_equal(refusal_of(scene, "deep/up.py"), HOG_FILE_OPENED);
    assert_int_equal(refusal_of(scene, "secret.py"), HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "circle.py"), HOG_FILE_MISSING);
    assert_int_equal(refusal_of(scene, "device.py"), HOG_FILE_NOT_REGULAR);
    assert_int_equal(refusal_of(scene, "pipe.py"), HOG_FILE_NOT_REGULAR);
    assert_int_equal(refusal_of(scene, "environment.py"), HOG_FILE_NOT_THEIRS);
    assert_int_not_equal(refusal_of(scene, "hop/etc/shadow"), HOG_FILE_OPENED);
}

/* Entries: owner rw-, one user, group ---, mask, others r--. */
static void put_list(const struct scene *scene, const char *name, uint16_t user_may, uint16_t mask)
{
    const struct {
        uint32_t version;
        struct {
            uint16_t tag, may;
            uint32_t id;
        } entries[5];
    } list = {2,
              {{0x01, 6, UINT32_MAX},
               {0x02, user_may, OTHER_USER},
               {0x04, 0, UINT32_MAX},
               {0x10, mask, UINT32_MAX},
               {0x20, 4, UINT32_MAX}}};
    char path[PATH_MAX];

    put_file(scene, name, 0604, 0);
    snprintf(path, sizeof path, "%s/%s", scene->folder, name);
    if (setxattr(path, "system.posix_acl_access", &list, sizeof list, 0) != 0) {
        print_message("skipped: no access lists below /tmp: %s\n", strerror(errno));
        skip();
    }
}

static void test_access_lists(void **state)
{
    struct scene *scene = *state;

    need_root();
    put_list(scene, "granted.py", 4, 4);
    put_list(scene, "masked.py", 4, 0);
    put_list(scene, "denied.py", 0, 4);
    start_process(scene);
    assert_int_equal(refusal_of(scene, "granted.py"), HOG_FILE_OPENED);
    assert_int_equal(refusal_of(scene, "masked.py"),
                     kernel_opens(scene, "masked.py") ? HOG_FILE_OPENED : HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "denied.py"), HOG_FILE_NOT_THEIRS);
}

/* What `name` holds for the process, "" for nothing. */
static const char *text_of(const struct scene *scene, const char *name, struct hog_text *text)
{
    enum hog_file_refusal why;

    hog_text_clear(text);
    return hog_files_read(&scene->files, name, 4096, text, NULL, &why) && text->length ? text->bytes : "";
}

static void test_its_own_root_is_the_root(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct scene *scene = *state;
    enum hog_file_refusal why;

    need_root();
    put_folder(scene, "etc", 0755);
    put_file(scene, "etc/passwd", 0644, 0);
    put_file(scene, "here.py", 0644, 0);
    put_link(scene, "absolute.py", "/etc/passwd");
    put_link(scene, "climbing.py", "../../../../etc/passwd");
    scene->root = scene->folder;
    start_process(scene);
    assert_string_equal(text_of(scene, "/absolute.py", &text), "etc/passwd");
    assert_string_equal(text_of(scene, "/climbing.py", &text), "etc/passwd");
    assert_string_equal(text_of(scene, "/../../etc/passwd", &text), "etc/passwd");
    assert_string_equal(text_of(scene, "/etc/passwd", &text), "etc/passwd");
    assert_string_equal(text_of(scene, "here.py", &text), "here.py");
    assert_string_equal(text_of(scene, "../here.py", &text), "");
    assert_false(hog_files_read(&scene->files, "/here.py", 6, &text, NULL, &why));
    assert_int_equal(why, HOG_FILE_TOO_LARGE);
    kill(scene->process, SIGKILL); /* what was opened stays good */
    assert_string_equal(text_of(scene, "/here.py", &text), "here.py");
}

/* In a child: mounts made there are gone with it. A server that never answers. */
static int look_at_served(const struct scene *scene)
{
    char options[128], path[PATH_MAX];
    struct hog_files files;
    enum hog_file_refusal why;
    int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    snprintf(path, sizeof path, "%s/served", scene->folder);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%d,group_id=%d,allow_other", device,
             OTHER_USER, OTHER_USER);
    if (device < 0 || unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("server", path, "fuse", 0, options) != 0)
        return 77;
    alarm(20);
    hog_files_of_process(&files, getpid());
    snprintf(path, sizeof path, "%s/served/x.py", scene->folder);
    return hog_files_open(&files, path, &why) < 0 && why == HOG_FILE_SERVED ? 0 : 1;
}

static void test_what_a_program_serves_is_not_waited_for(void **state)
{
    struct scene *scene = *state;
    int status = 0;
    pid_t child;

    need_root();
    put_folder(scene, "served", 0755);
    child = fork();
    if (child == 0)
        _exit(look_at_served(scene));
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("skipped: no FUSE here\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static void test_a_process_that_is_gone(void **state)
{
    struct hog_files files;
    enum hog_file_refusal why;

    (void)state;
    hog_files_of_process(&files, 0x7fffffff);
    assert_int_equal(hog_files_open(&files, "/etc/passwd", &why), -1);
    assert_int_equal(why, HOG_FILE_MISSING);
    hog_files_deinit(&files);
}

/* Root looks at a core of nobody it knows: what everybody may read, and no link of others. */
static void test_files_of_a_core(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct scene *scene = *state;
    char path[PATH_MAX];

    need_root();
    put_file(scene, "core", 0600, 0);
    put_file(scene, "everyone.py", 0644, 0);
    put_file(scene, "root.py", 0600, 0);
    put_file(scene, "own.py", 0600, OTHER_USER);
    put_link(scene, "link.py", "everyone.py");
    assert_int_equal(chdir(scene->folder), 0);
    snprintf(path, sizeof path, "%s/core", scene->folder);
    hog_files_of_file(&scene->files, path, "");
    assert_string_equal(text_of(scene, "everyone.py", &text), "everyone.py");
    assert_string_equal(text_of(scene, "own.py", &text), "");
    assert_int_equal(refusal_of(scene, "root.py"), HOG_FILE_NOT_THEIRS);
    assert_int_equal(refusal_of(scene, "link.py"), HOG_FILE_FOREIGN);
    hog_files_deinit(&scene->files);
    assert_int_equal(chown(path, OTHER_USER, OTHER_USER), 0);
    hog_files_of_file(&scene->files, path, "");
    assert_string_equal(text_of(scene, "own.py", &text), "own.py");
    assert_string_equal(text_of(scene, "link.py", &text), "everyone.py");
    assert_int_equal(refusal_of(scene, "root.py"), HOG_FILE_NOT_THEIRS);
    hog_files_deinit(&scene->files);
    hog_files_of_file(&scene->files, path, scene->folder);
    assert_string_equal(text_of(scene, "/everyone.py", &text), "everyone.py");
    assert_int_equal(chdir("/"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_what_its_user_may_read, make_scene, drop_scene),
        cmocka_unit_test_setup_teardown(test_links_lead_no_further_than_its_user, make_scene, drop_scene),
        cmocka_unit_test_setup_teardown(test_access_lists, make_scene, drop_scene),
        cmocka_unit_test_setup_teardown(test_its_own_root_is_the_root, make_scene, drop_scene),
        cmocka_unit_test_setup_teardown(test_what_a_program_serves_is_not_waited_for, make_scene, drop_scene),
        cmocka_unit_test(test_a_process_that_is_gone),
        cmocka_unit_test_setup_teardown(test_files_of_a_core, make_scene, drop_scene),
    };

    return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
