/* py-stats write, convert and merge: profiles into files, and which files they do not touch. */
#define _GNU_SOURCE
#include "test_stats.h"

/* Every format, by its ending and by its name, as the writers have it. */
static void test_write(void **state)
{
    struct fixture *fixture = *state;
    size_t count;
    const struct hog_format *formats = hog_formats(&count);

    keep(fixture, sample_profile_worker());
    for (size_t i = 0; i < count; i++) {
        char line[128], said[64];

        snprintf(line, sizeof line, "write 'all of it%s'", formats[i].extensions[0]);
        snprintf(said, sizeof said, "Wrote all of it%s (%s, ", formats[i].extensions[0], formats[i].name);
        must_have(run(fixture, line), said);
        snprintf(line, sizeof line, "write --force -f %s -- -named", formats[i].name);
        must_have(run(fixture, line), "Wrote -named (");
        snprintf(line, sizeof line, "cmp -- 'all of it%s' -named", formats[i].extensions[0]);
        assert_int_equal(system(line), 0);
    }
    must_have(run(fixture, "write %p-%t-100%%-%x.folded"), "Wrote 48291-2026");
    must_have(run(fixture, "write %p-%t-100%%-%x.folded"), "Z-100%-%x.folded (collapsed, ");
    must_have(run(fixture, "write - -f collapsed"), "<module> (worker.py:1);main (worker.py:88);");
    assert_int_equal(system("ls -A | grep -q tmp"), 256);
}

static void test_failed_files(void **state)
{
    struct fixture *fixture = *state;

    keep(fixture, sample_profile_worker());
    refused(fixture, "write /dev/full good.json /dev/full --format json",
            "2 of 3 files were not written: cannot write /dev/full: No space left on "
            "device; free some space, or choose another FILE; cannot write /dev/full: No "
            "space left on device; free some space, or choose another FILE");
    must_have(fake_host_out(&fixture->fake), "Wrote good.json (json, ");
    refused(fixture, "write nowhere/x.svg good2.json",
            "cannot write nowhere/x.svg: there is no folder nowhere; make it, or choose another FILE");
    assert_int_not_equal(access("good2.json", F_OK), 0);
}

static void test_convert(void **state)
{
    struct fixture *fixture = *state;

    write_profile(fixture, sample_profile("M | main a | 30\n"), "one.json");
    keep(fixture, sample_profile("M | main b | 70\n"));
    must_have(run(fixture, "convert one.json one.folded one.prof"), "Wrote one.prof (prof, ");
    assert_int_equal(system("test \"$(cat one.folded)\" = 'main (main.py:1);a (a.py:1) 30'"), 0);
    must_have(run(fixture, "top one.prof -k total"), "     30   0.000     0.0    0.300    100.0  main");
    must_have(run(fixture, "convert -f collapsed one.json -"), "main (main.py:1);a (a.py:1) 30\n");
    refused(fixture, "convert one.json", "too few file names: py-stats convert IN OUT...");
    refused(fixture, "convert gone.json x.svg", "cannot open gone.json: No such file or directory");
    refused(
        fixture, "convert one.json one.prof -f pprof",
        "one.prof holds a profile already, and nothing was written: choose another name, or write over it "
        "with --force");
    refused(fixture, "convert x.svg one.json", "cannot open x.svg: No such file or directory");
}

/* Whatever was mixed up: a profile is as it was before, and nothing else is written either. */
static void test_profiles_are_spared(void **state)
{
    static const char *const lines[] = {
        "write x.svg keep.json",
        "write x.svg sorted.json",
        "write -f svg x.svg keep.prof",
        "write x.svg link.json",
        "write x.svg ours-%p.prof",
        "convert other.json keep.json",
        "convert keep.json keep.json",
        "merge keep.json other.json other.json",
        "merge keep.json keep.json other.json",
    };
    struct fixture *fixture = *state;

    write_cprofile("keep.prof", 10);
    write_profile(fixture, sample_profile("M | main b | 70\n"), "other.json");
    write_profile(fixture, sample_profile("M | main a | 30\n"), "keep.json");
    write_profile(fixture, sample_profile("M | main a | 30\n"), "ours-%p.prof");
    assert_int_equal(
        system("ln -s keep.json link.json; (cat keep.json | python3 -c 'import json, sys; "
               "print(json.dumps(json.load(sys.stdin), sort_keys=True, indent=400))') > sorted.json; "
               "mkdir kept; cp -a *.json *.prof kept"),
        0);
    keep(fixture, sample_profile("M | main b | 70\n"));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        hog_text_clear(&fixture->fake.out);
        assert_int_not_equal(hog_session_run(fixture->session, "py-stats", lines[i], &fixture->error), 0);
        must_have(fixture->error,
                  " holds a profile already, and nothing was written: choose another name, or "
                  "write over it with --force");
        assert_int_equal(system("for f in *.json *.prof; do cmp $f kept/$f || exit 1; done; test ! -e x.svg"),
                         0);
    }
    must_have(run(fixture, "write x.svg --force keep.json"), "Wrote keep.json (json, ");
    must_have(run(fixture, "top keep.json -k total"), "     70   0.700   100.0    0.700    100.0  b");
    must_have(run(fixture, "write x.svg"), "Wrote x.svg (svg, "); /* what can be made again is replaced */
}

static void test_merge(void **state)
{
    struct fixture *fixture = *state;
    struct hog_profile_info idle = sample_info();

    write_profile(fixture, sample_profile("M | main a | 30\n"), "one.json");
    write_profile(fixture, sample_profile("M | main b | 70\n"), "two.json");
    must_have(run(fixture, "merge sum.json one.json two.json"), "Wrote sum.json (json, ");
    must_have(run(fixture, "top sum.json -k total"), "    100   0.000     0.0    1.000    100.0  main");
    must_have(run(fixture, "merge --force sum.json sum.json one.json"), "Wrote sum.json");
    must_have(run(fixture, "top sum.json -k total"), "    130   0.000     0.0    1.300    100.0  main");
    must_have(run(fixture, "merge one.folded one.json"), "Wrote one.folded (collapsed, ");
    idle.mode = HOG_PROFILE_IDLE;
    write_profile(fixture, sample_profile_with("M | main b | 70\n", &idle), "idle.json");
    refused(fixture, "merge sum.json one.json idle.json",
            "one profile is of mode cpu, another of mode idle: merge only like with like");
    write_cprofile("c.prof", 10);
    must_have(run(fixture, "merge more.prof c.prof c.prof"), "Wrote more.prof (prof, ");
    must_have(run(fixture, "top more.prof"), "\n  354/2  ");
    refused_with(fixture, "merge picture.svg c.prof",
                 "a .svg file needs stacks, and this profile knows functions and callers only "
                 "(cProfile keeps no stacks); write .prof, ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_write), TEST(test_failed_files), TEST(test_convert), TEST(test_profiles_are_spared),
        TEST(test_merge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
