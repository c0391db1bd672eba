/*
 * Profiles made by hand, for tests of profile/ and write/ and for the readers:
 * no process was sampled for them, so it is known what must come out.
 */
#ifndef HOG_TEST_SAMPLE_PROFILE_H
#define HOG_TEST_SAMPLE_PROFILE_H

#include "profile/builder.h"

/*
 * Stacks written as text, a stack a line, outermost frame first:
 *
 *     thread | function:line function:line … | weight
 *
 * A function is `name@file@first_line`, or a name alone (file "/app/NAME.py",
 * line 1). Blank lines are skipped. Fails the test on any mistake.
 */
struct hog_profile *sample_profile(const char *stacks);
/* The same with an info of one's own. */
struct hog_profile *sample_profile_with(const char *stacks, const struct hog_profile_info *info);
/* cpu, 100 Hz, 10 s, of process 48291. */
struct hog_profile_info sample_info(void);

/* A web worker: three threads, recursion, several lines of a function, dropped and idle looks. 2,000 samples
 * kept. */
struct hog_profile *sample_profile_worker(void);
/* Names that try to break out of every format. */
struct hog_profile *sample_profile_hostile(void);
struct hog_profile *sample_profile_empty(void);
/* One sample. */
struct hog_profile *sample_profile_one(void);
/* So many distinct stacks of up to `depth` frames, `samples` in all; the same each time. */
struct hog_profile *sample_profile_big(uint64_t samples, size_t stacks, size_t depth);

#endif
