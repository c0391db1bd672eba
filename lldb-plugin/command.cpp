// See command.h.
#include "command.h"
#include "host.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace hognose
{

namespace
{

// One debugger's session. The commands own it together, and they stay (see
// `kept`), so it does.
struct Session {
    Host host;
    hog_session *core = nullptr;
    bool busy = false;

    Session() = default;
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    ~Session()
    {
        if (core)
            hog_session_destroy(core);
    }
};

using SharedSession = std::shared_ptr<Session>;

std::string quoted(const std::string &word)
{
    std::string out = "'";

    if (!word.empty() && word.find_first_of(" \t\n'\"\\") == std::string::npos)
        return word;
    for (char byte : word)
        out += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
    return out + "'";
}

// lldb has split the line into words and taken the quotes off; the core reads lines.
std::string line_of(char **words)
{
    std::string line;

    for (; words && *words; words++)
        line += (line.empty() ? "" : " ") + quoted(*words);
    return line;
}

bool fail(lldb::SBCommandReturnObject &result, const char *words)
{
    result.SetError(words ? words : "failed, and no reason was given");
    result.SetStatus(lldb::eReturnStatusFailed);
    return false;
}

class Command : public lldb::SBCommandPluginInterface
{
  public:
    explicit Command(const SharedSession &session) : session_(session)
    {
    }

    bool DoExecute(lldb::SBDebugger debugger, char **words, lldb::SBCommandReturnObject &result) override
    {
        bool good;

        if (session_->busy)
            return fail(result, "hognose is busy with another command");
        if (!session_->core) {
            hog_host host = session_->host.callbacks();

            session_->core = hog_session_create(&host);
        }
        if (!session_->core)
            return fail(result, "hognose: out of memory");
        session_->busy = true;
        session_->host.begin(debugger, result);
        result.SetStatus(lldb::eReturnStatusSuccessFinishResult);
        good = run(session_->core, words, result);
        session_->host.reset_terminal();
        session_->host.end();
        session_->busy = false;
        return good;
    }

  protected:
    virtual bool run(hog_session *core, char **words, lldb::SBCommandReturnObject &result) = 0;

  private:
    SharedSession session_;
};

class CoreCommand : public Command
{
  public:
    CoreCommand(const SharedSession &session, const char *name) : Command(session), name_(name)
    {
    }

  protected:
    bool run(hog_session *core, char **words, lldb::SBCommandReturnObject &result) override
    {
        const char *error = nullptr;

        return hog_session_run(core, name_, line_of(words).c_str(), &error) == 0 || fail(result, error);
    }

  private:
    const char *name_;
};

class SetCommand : public Command
{
  public:
    using Command::Command;

  protected:
    bool run(hog_session *core, char **words, lldb::SBCommandReturnObject &result) override
    {
        size_t count = 0;
        const char *error = nullptr, *value;

        while (words && words[count])
            count++;
        if (count == 0)
            return list(core, result);
        if (count > 2)
            return fail(result, "py-set: takes a name and a value; try \"help py-set\"");
        if (count == 2 && !strcmp(words[0], "backtrace") && !strcmp(words[1], "on"))
            return fail(result, "py-set: backtrace is for gdb: here py-dump --native shows the same");
        if (count == 2)
            return hog_session_set(core, words[0], words[1], &error) == 0 || fail(result, error);
        value = hog_session_get(core, words[0]);
        if (!value)
            return fail(result, (std::string("py-set: no setting is called \"") + words[0] +
                                 "\"; py-set alone lists them")
                                    .c_str());
        result.Printf("%s: %s\n", words[0], value);
        return true;
    }

  private:
    static bool list(hog_session *core, lldb::SBCommandReturnObject &result)
    {
        size_t count;
        const hog_setting_info *settings = hog_settings(&count);

        for (size_t i = 0; i < count; i++)
            result.Printf("%-14s %-12s %s\n", settings[i].name, hog_session_get(core, settings[i].name),
                          settings[i].summary);
        return true;
    }
};

std::string help_of_set()
{
    std::string help =
        "Usage: py-set [NAME [VALUE]]\n\nWithout a value shows the setting, without a name all of them.\n";
    size_t count;
    const hog_setting_info *settings = hog_settings(&count);

    for (size_t i = 0; i < count; i++) {
        help += std::string("\n") + settings[i].name + ": " + settings[i].summary + ".\n" + settings[i].help;
        if (help.back() != '\n')
            help += '\n';
    }
    return help;
}

// "Usage: py-dump [OPTION]...\n..." → "py-dump [OPTION]..."
std::string syntax_of(const char *help, const char *name)
{
    static const char usage[] = "Usage: ";
    size_t length = strlen(usage);

    return strncmp(help, usage, length) == 0 ? std::string(help + length, strcspn(help + length, "\n"))
                                             : name;
}

using OwnedCommand = std::unique_ptr<Command>;

// An SBCommand is the one SB object whose end is inline, a std::shared_ptr's of the headers that we were built with: in
// an lldb that was built with another standard library (libc++) it takes a command away that lldb still has. So it has
// no end here; lldb lets go of the command itself.
template <typename Make> lldb::SBCommand *kept(Make make)
{
    void *room = ::operator new(sizeof(lldb::SBCommand), std::nothrow);

    return room ? new (room) lldb::SBCommand(make()) : nullptr;
}

// As `name`, and below `py` without the "py-", if `below` is there. lldb owns the command objects from here on.
bool add(lldb::SBCommandInterpreter &interpreter, lldb::SBCommand &group, const char *name,
         const char *summary, const char *help, OwnedCommand top, OwnedCommand below)
{
    std::string syntax = syntax_of(help, name);
    std::string manual =
        std::string(help) + "\nOne of the commands of hognose: \"help hognose\" lists them.\n";

    if (!top)
        return false;
    lldb::SBCommand *command =
        kept([&] { return interpreter.AddCommand(name, top.release(), summary, syntax.c_str(), ""); });

    if (!command)
        return false;
    command->SetHelpLong(manual.c_str());
    if (command->IsValid() && below && group.IsValid()) {
        lldb::SBCommand *member = kept([&] {
            return group.AddCommand(name + strlen("py-"), below.release(), summary, syntax.c_str(), "");
        });

        if (member)
            member->SetHelpLong(manual.c_str());
    }
    return command->IsValid();
}

template <typename Kind, typename... Arguments> OwnedCommand make(Arguments... arguments)
{
    return OwnedCommand(new (std::nothrow) Kind(arguments...));
}

// `help hognose`, and what the command of that name prints.
std::string overview()
{
    std::string text =
        "Python stacks, threads, waits and profiles of the process or core: the commands of hognose.\n\n";
    hog_command_info info;
    size_t count;
    const hog_setting_info *settings = hog_settings(&count);
    auto row = [&text](const char *name, const char *summary) {
        std::string cell = name;

        cell.resize(std::max<size_t>(cell.size(), 12), ' ');
        text += cell + " " + summary + "\n";
    };

    for (size_t i = 0; hog_command(i, &info); i++)
        row(info.name, info.summary);
    text +=
        "\npy-dump --help has its options. Settings, as in py-set " + std::string(settings[0].name) + ":\n\n";
    for (size_t i = 0; i < count; i++)
        row(settings[i].name, settings[i].summary);
    return text;
}

class OverviewCommand : public Command
{
  public:
    using Command::Command;

  protected:
    bool run(hog_session *, char **, lldb::SBCommandReturnObject &result) override
    {
        result.Printf("%s", overview().c_str());
        return true;
    }
};

} // namespace

bool add_commands(lldb::SBDebugger &debugger)
{
    SharedSession session(new (std::nothrow) Session);
    lldb::SBCommandInterpreter interpreter = debugger.GetCommandInterpreter();
    lldb::SBCommand *group = kept([&] {
        return interpreter.AddMultiwordCommand("py", "Python stacks, threads and profiles (hognose)");
    });
    hog_command_info info;
    bool good = session && group;

    for (size_t i = 0; good && hog_command(i, &info); i++) {
        char *help = hog_command_help(info.name);

        good = help && add(interpreter, *group, info.name, info.summary, help,
                           make<CoreCommand>(session, info.name), make<CoreCommand>(session, info.name));
        free(help);
    }
    // `group` is kept: see kept()
    // NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks)
    return good &&
           add(interpreter, *group, "py-set", "Show or change how py- commands print", help_of_set().c_str(),
               make<SetCommand>(session), make<SetCommand>(session)) &&
           add(interpreter, *group, "hognose", "List the commands of hognose", overview().c_str(),
               make<OverviewCommand>(session), nullptr);
    // NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)
}

} // namespace hognose
