/* Which characters repr() shows as they are. */
#ifndef HOG_VALUE_PRINTABLE_H
#define HOG_VALUE_PRINTABLE_H

#include <stdbool.h>
#include <stdint.h>

bool printable(uint32_t point);

#endif
