/* See map_line.h. Read by hand, as a process may have tens of thousands of mappings. */
#include "memory/map_line.h"
#include "base/number.h"

#include <string.h>
#include <sys/sysmacros.h>

/* `behind`: the character that must follow the digits. */
static bool take_number(const char **at, unsigned base, char behind, uint64_t *ret_number)
{
    const char *start = *at;

    *ret_number = hog_number_take(at, base);
    return *at != start && *(*at)++ == behind;
}

bool hog_map_line_read(const char *line, struct hog_map_line *ret_map)
{
    enum { PERMISSIONS = 5 }; /* "r-xp " */
    struct hog_map_line map = {.path = line};
    uint64_t major_number, minor_number;
    const char *permissions;

    if (!take_number(&map.path, 16, '-', &map.start) || !take_number(&map.path, 16, ' ', &map.end) ||
        strnlen(map.path, PERMISSIONS) < PERMISSIONS)
        return false;
    permissions = map.path;
    map.path += PERMISSIONS;
    if (!take_number(&map.path, 16, ' ', &map.offset) || !take_number(&map.path, 16, ':', &major_number) ||
        !take_number(&map.path, 16, ' ', &minor_number))
        return false;
    /* Without a path it may end the line. */
    map.inode = hog_number_take(&map.path, 10);
    map.path += strspn(map.path, " ");
    map.readable = permissions[0] == 'r';
    map.writable = permissions[1] == 'w';
    map.executable = permissions[2] == 'x';
    map.shared = permissions[3] == 's';
    map.device = makedev((unsigned)major_number, (unsigned)minor_number);
    *ret_map = map;
    return true;
}
