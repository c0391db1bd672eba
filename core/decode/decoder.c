/* What every file of decode/ may do with the state of one decoding: warn, and ask whether to go on. See decoder.h. */
#include "decode/decoder.h"

#include <stdio.h>
#include <string.h>

bool decoder_interrupted(struct decoder *decoder)
{
    decoder->steps++;
    if (decoder->most_steps && decoder->steps >= decoder->most_steps)
        return true;
    if (!decoder->interrupted && decoder->options.interrupted)
        decoder->interrupted = decoder->options.interrupted(decoder->options.context);
    return decoder->interrupted;
}

void decoder_warn(struct decoder *decoder, const char *format, ...)
{
    char words[512];
    va_list args;

    decoder->incomplete = true;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    for (size_t i = 0; i < decoder->warning_count; i++) {
        if (strcmp(decoder->warnings[i], words) == 0)
            return;
    }
    if (decoder->warning_count < MAX_WARNINGS) {
        const char *kept = hog_arena_copy_text(decoder->arena, words, strlen(words));

        if (kept)
            decoder->warnings[decoder->warning_count++] = kept;
    }
}
