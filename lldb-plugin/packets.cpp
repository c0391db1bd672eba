// See packets.h. The answers: gdb's manual, "File-I/O Remote Protocol Extension", Host I/O Packets.
#include "packets.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace hognose
{

namespace
{

const size_t FILE_MAX = 16 << 20;

// The stub's answer, up to a NUL; "" when there was none.
std::string ask(lldb::SBDebugger &debugger, const std::string &packet)
{
    static const char marker[] = "response: ";
    lldb::SBCommandReturnObject result;
    const char *answer;

    debugger.GetCommandInterpreter().HandleCommand(("process plugin packet send " + packet).c_str(), result,
                                                   false);
    answer = result.Succeeded() && result.GetOutput() ? strstr(result.GetOutput(), marker) : nullptr;
    if (!answer)
        return {};
    std::string text = answer + strlen(marker);

    if (!text.empty() && text.back() == '\n')
        text.pop_back(); // the command's own
    return text;
}

// "F3" → 3; negative when it is an error, or no answer at all.
long result_of(const std::string &answer)
{
    return !answer.empty() && answer[0] == 'F' ? strtol(answer.c_str() + 1, nullptr, 16) : -1;
}

std::string hex(const std::string &text)
{
    std::string out;
    char digits[3];

    for (unsigned char byte : text) {
        snprintf(digits, sizeof digits, "%02x", byte);
        out += digits;
    }
    return out;
}

std::string hex(size_t number)
{
    char digits[2 * sizeof number + 1];

    snprintf(digits, sizeof digits, "%zx", number);
    return digits;
}

} // namespace

std::string remote_file(lldb::SBDebugger &debugger, const std::string &path)
{
    long file = result_of(ask(debugger, "vFile:open:" + hex(path) + ",0,0"));
    std::string content;

    while (file >= 0 && content.size() < FILE_MAX) {
        std::string answer =
            ask(debugger, "vFile:pread:" + hex(static_cast<size_t>(file)) + ",800," + hex(content.size()));
        size_t data = answer.find(';');

        if (result_of(answer) <= 0 || data == std::string::npos || data + 1 == answer.size())
            break;
        content.append(answer, data + 1, static_cast<size_t>(result_of(answer)));
    }
    if (file >= 0)
        ask(debugger, "vFile:close:" + hex(static_cast<size_t>(file)));
    return content;
}

std::string remote_link(lldb::SBDebugger &debugger, const std::string &path)
{
    std::string answer = ask(debugger, "vFile:readlink:" + hex(path));
    size_t data = answer.find(';');

    return result_of(answer) > 0 && data != std::string::npos ? answer.substr(data + 1) : std::string();
}

std::string remote_table(lldb::SBDebugger &debugger, const std::string &name)
{
    std::string content;

    while (content.size() < FILE_MAX) {
        std::string answer = ask(debugger, "qXfer:osdata:read:" + name + ":" + hex(content.size()) + ",800");

        if (answer.size() < 2 || (answer[0] != 'm' && answer[0] != 'l'))
            break;
        content.append(answer, 1, std::string::npos);
        if (answer[0] == 'l')
            break;
    }
    return content;
}

} // namespace hognose
