/* Why looks gave nothing, in words: they stand in profiles too. */
#include "sample/sampler.h"

const char *hog_sample_drop_words(enum hog_sample_drop drop)
{
    static const char *const words[HOG_DROP_COUNT] = {
        [HOG_DROP_RAN] = "ran while it was read",
        [HOG_DROP_CPU_CLOSED] = "runs on a CPU that the sampler may not use",
        [HOG_DROP_UNREADABLE] = "memory of its stack could not be read",
        [HOG_DROP_BROKEN] = "its chain of frames led nowhere",
        [HOG_DROP_CODE] = "a code object was replaced",
        [HOG_DROP_INSTRUCTION] = "an instruction lay outside its code object",
        [HOG_DROP_NO_THREAD] = "its thread in the kernel could not be found or observed",
        [HOG_DROP_FULL] = "no room for it",
    };

    return words[drop];
}
