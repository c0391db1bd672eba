/* Fuzzes the three line tables: any bytes, any offset, no crash, no hang, no line below zero. */
#include "decode/line_table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int32_t first_line;
    uint16_t offset;

    if (size < 7)
        return 0;
    memcpy(&first_line, data + 1, sizeof first_line);
    memcpy(&offset, data + 5, sizeof offset);
    line_table_position((enum hog_trait_line_table)(data[0] % 4), data + 7, size - 7, first_line, offset);
    return 0;
}
