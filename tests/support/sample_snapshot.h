/*
 * Snapshots made by hand, for what comes after a snapshot: text, JSON, choosing
 * threads. Each is destroyed with hog_snapshot_destroy.
 */
#ifndef HOG_TESTS_SAMPLE_SNAPSHOT_H
#define HOG_TESTS_SAMPLE_SNAPSHOT_H

#include "snapshot/snapshot.h"

/*
 * An everyday process: 3.12.1, three Python threads and a native one.
 *
 *     1  48291  MainThread   waiting for the GIL   wait, join, main
 *     7  48304  sender-3     running, holds it     encode (incomplete), send
 *     8  48305  (no name)    idle in read          no frames
 *     9  48310  grpc         native, in futex
 */
struct hog_snapshot *sample_everyday(void);

/* Nothing at all: no interpreter, no thread, not complete, no text. */
struct hog_snapshot *sample_empty(void);

/*
 * One thread: one frame "leaf", then `count` frames that go round through
 * `period` functions f0, f1, …, then "main".
 */
struct hog_snapshot *sample_recursion(size_t count, size_t period);

/*
 * What a damaged process may give: frames without code, names that are NULL,
 * empty, 100,000 bytes long, full of control characters or no UTF-8; a thread
 * that stopped early; enums out of nowhere are not among them.
 */
struct hog_snapshot *sample_hostile(void);

/* Two interpreters, the second with a GIL of its own; free-threaded, debug, shutting down, not complete. */
struct hog_snapshot *sample_interpreters(void);

#endif
