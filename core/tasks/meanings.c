/* See meanings.h. */
#include "tasks/meanings.h"

void meaning_lock(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t waiters, count = 0;

    wait->address = place->self;
    wait->text = WORDS(reader, "%s.%s", place->library, object_class(reader, place->self));
    if (object_attribute(reader, place->self, "_waiters", &waiters) &&
        object_length(reader, waiters, &count) && count > 1)
        wait->text = WORDS(reader, "%s, %" PRIu64 " wait for it", wait->text, count);
}

void meaning_semaphore(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    int64_t value;

    meaning_lock(reader, place, wait);
    if (object_number(reader, place->self, "_value", &value))
        wait->text = WORDS(reader, "%s, its value is %" PRId64, wait->text, value);
}

void meaning_group(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t tasks, count;

    wait->address = place->self;
    wait->text = "the tasks of a TaskGroup";
    if (object_attribute(reader, place->self, "_tasks", &tasks) && object_length(reader, tasks, &count))
        wait->text = WORDS(reader, "the %" PRIu64 " unfinished tasks of a TaskGroup", count);
}
