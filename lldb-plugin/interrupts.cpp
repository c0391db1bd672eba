// See interrupts.h.
#include "interrupts.h"
#include "packets.h"

#include <csignal>
#include <cstdlib>

namespace hognose
{

namespace
{

// A number that stands between `before` and `after` from `start` on; 0 none.
int64_t number_between(const std::string &text, size_t start, const std::string &before,
                       const std::string &after)
{
    size_t at = text.find(before, start);
    char *end;
    long long number;

    if (at == std::string::npos)
        return 0;
    number = strtoll(text.c_str() + at + before.size(), &end, 10);
    return text.compare(static_cast<size_t>(end - text.c_str()), after.size(), after) == 0 ? number : 0;
}

// The group of /proc/PID/stat, "PID (name) state parent group ...".
int64_t group_of(const std::string &stat)
{
    size_t at = stat.rfind(')');

    for (int blanks = 0; at != std::string::npos && blanks < 3; blanks++)
        at = stat.find(' ', at + 1);
    return at == std::string::npos ? 0 : atoll(stat.c_str() + at + 1);
}

// Another process in the group that `pid` leads, of those in gdbserver's table; 0 none.
int64_t other_in_group(const std::string &table, int64_t pid)
{
    for (size_t item = 0; (item = table.find("<item>", item)) != std::string::npos; item++) {
        int64_t member = number_between(table, item, "<column name=\"pid\">", "<");

        if (number_between(table, item, "<column name=\"pgid\">", "<") == pid && member != pid)
            return member;
    }
    return 0;
}

bool blocks_interrupt(const std::string &status)
{
    size_t at = status.find("SigBlk:");

    return at != std::string::npos && strtoull(status.c_str() + at + 7, nullptr, 16) >> (SIGINT - 1) & 1;
}

} // namespace

std::string interrupt_obstacle(lldb::SBDebugger &debugger, int64_t pid)
{
    std::string groups = remote_table(debugger, "procgroups"); // of gdbserver alone
    std::string folder = "/proc/" + std::to_string(pid), name = "process " + std::to_string(pid);
    int64_t group, other;

    if (groups.empty())
        return {};
    group = group_of(remote_file(debugger, folder + "/stat"));
    if (group && group != pid)
        return name + " does not lead its process group, and its server interrupts whole groups only";
    other = other_in_group(groups, pid);
    if (other)
        return "its server would send SIGINT to process " + std::to_string(other) +
               " too, which is in its process group";
    if (blocks_interrupt(remote_file(debugger, folder + "/status")))
        return "the main thread of " + name + " blocks SIGINT, by which its server would stop it";
    return {};
}

} // namespace hognose
