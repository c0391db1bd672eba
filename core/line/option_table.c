/* options.def, made into rows. */
#include "line/options_values.h"

#include <stddef.h>

const struct option_info *option_table(void)
{
    static const struct option_info table[OPTION_COUNT] = {
#define FLAG(id, name, letter, help)                                                                         \
    [OPTION_##id] = {name, letter, NULL, help, NULL, 0, NULL, COMPLETE_NOTHING},
#define VALUE(id, name, letter, value, take, field, wanted, completes, help)                                 \
    [OPTION_##id] = {name,                                                                                   \
                     letter,                                                                                 \
                     value,                                                                                  \
                     help,                                                                                   \
                     option_take_##take,                                                                     \
                     offsetof(struct options, field),                                                        \
                     wanted,                                                                                 \
                     COMPLETE_##completes},
#include "line/options.def"
#undef FLAG
#undef VALUE
    };

    return table;
}
