/* Splitting a line into words, strict numbers, and how far apart two words are; see words.h. */
#include "line/words.h"

#include <string.h>

enum { DISTANCE_MAX = 31, DISTANCE_FAR = 99, FRACTION_DIGITS = 9 };

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Copies one word to `out`, without its quotes. Returns where it ended; sets `open` when a quote did not. */
static const char *take_word(const char *at, char *out, bool *open)
{
    char quote = '\0';

    for (; *at && (quote || !is_blank(*at)); at++) {
        if (!quote && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else if (quote && *at == quote) {
            quote = '\0';
        } else {
            bool escapes = *at == '\\' && (!quote || (quote == '"' && (at[1] == '"' || at[1] == '\\')));

            if (escapes && at[1])
                at++;
            *out++ = *at;
        }
    }
    *out = '\0';
    *open = quote != '\0';
    return at;
}

bool words_split(struct words *words, const char *line, struct hog_arena *arena)
{
    size_t length = line ? strlen(line) : 0;
    char *bytes = hog_arena_alloc(arena, 2 * length + 2); /* every byte, and a NUL a word */
    const char *at = line ? line : "";

    *words = (struct words){.word = hog_arena_array(arena, length / 2 + 2, sizeof *words->word)};
    if (!bytes || !words->word)
        return false;
    for (;;) {
        while (is_blank(*at))
            at++;
        if (!*at)
            return true;
        words->word[words->count++] = bytes;
        at = take_word(at, bytes, &words->open_quote);
        bytes += strlen(bytes) + 1;
        words->open_end = *at == '\0';
    }
}

const char *words_first(const char *line, char ret_word[WORDS_FIRST_BYTES])
{
    char start[WORDS_FIRST_BYTES];
    const char *end;
    bool open;

    while (is_blank(*line))
        line++;
    strncpy(start, line, sizeof start - 1);
    start[sizeof start - 1] = '\0';
    end = take_word(start, ret_word, &open);
    if (open || !ret_word[0] || (size_t)(end - start) == sizeof start - 1)
        return NULL;
    return line + (end - start);
}

static bool parse_digits(const char *word, unsigned base, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (!*word)
        return false;
    for (; *word; word++) {
        unsigned digit = 99;

        if (*word >= '0' && *word <= '9')
            digit = (unsigned)(*word - '0');
        else if ((*word | 0x20) >= 'a' && (*word | 0x20) <= 'f')
            digit = (unsigned)((*word | 0x20) - 'a') + 10;
        if (digit >= base || number > (UINT64_MAX - digit) / base)
            return false;
        number = number * base + digit;
    }
    *ret_number = number;
    return true;
}

bool words_decimal(const char *word, uint64_t *ret_number)
{
    return parse_digits(word, 10, ret_number);
}

bool words_hexadecimal(const char *word, uint64_t *ret_number)
{
    return word[0] == '0' && (word[1] == 'x' || word[1] == 'X') && parse_digits(word + 2, 16, ret_number);
}

bool words_count(const char *word, uint32_t *ret_count)
{
    uint64_t number = 0;

    if (strcmp(word, "unlimited") != 0 && (!words_decimal(word, &number) || number > UINT32_MAX))
        return false;
    *ret_count = (uint32_t)number;
    return true;
}

bool words_fraction(const char *word, double *ret_number)
{
    size_t whole = strspn(word, "0123456789");
    size_t part = word[whole] == '.' ? strspn(word + whole + 1, "0123456789") : 0;
    double number = 0, unit = 1;

    if (!whole || whole > FRACTION_DIGITS || part > FRACTION_DIGITS || (word[whole] == '.' && !part) ||
        word[whole + (part ? part + 1 : 0)])
        return false;
    for (size_t i = 0; i < whole; i++)
        number = number * 10 + (word[i] - '0');
    for (size_t i = 0; i < part; i++) {
        number = number * 10 + (word[whole + 1 + i] - '0');
        unit *= 10;
    }
    *ret_number = number / unit;
    return true;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

unsigned words_distance(const char *one, const char *other)
{
    unsigned row[DISTANCE_MAX + 1];
    size_t width = strlen(other);

    if (strlen(one) > DISTANCE_MAX || width > DISTANCE_MAX)
        return DISTANCE_FAR;
    for (size_t i = 0; i <= width; i++)
        row[i] = (unsigned)i;
    for (size_t i = 0; one[i]; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i + 1;
        for (size_t k = 0; k < width; k++) {
            unsigned replaced = diagonal + (one[i] != other[k]);

            diagonal = row[k + 1];
            row[k + 1] = least(replaced, row[k] + 1, diagonal + 1);
        }
    }
    return row[width];
}
