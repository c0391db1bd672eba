// See command.h.
#include "command.h"
#include "host.h"

#include <cstring>
#include <memory>
#include <new>

namespace hognose
{

namespace
{

// One debugger's session. The commands own it together: it goes when lldb
// lets go of the last of them.
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
            return fail(result, "hognose is at work on another command");
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

// As `name`, and below `py` without the "py-". lldb owns the command objects from here on.
bool add(lldb::SBCommandInterpreter &interpreter, lldb::SBCommand &group, const char *name,
         const char *summary, const char *help, Command *top, Command *below)
{
    std::string syntax = syntax_of(help, name);
    lldb::SBCommand command;
    bool good = top && below;

    if (good) {
        command = interpreter.AddCommand(name, top, summary, syntax.c_str(), "");
        good = command.IsValid();
        command.SetHelpLong(help);
    }
    if (good && group.IsValid()) {
        command = group.AddCommand(name + strlen("py-"), below, summary, syntax.c_str(), "");
        command.SetHelpLong(help);
    }
    return good;
}

} // namespace

bool add_commands(lldb::SBDebugger &debugger)
{
    SharedSession session(new (std::nothrow) Session);
    lldb::SBCommandInterpreter interpreter = debugger.GetCommandInterpreter();
    lldb::SBCommand group =
        interpreter.AddMultiwordCommand("py", "Python stacks, threads and profiles (hognose)");
    hog_command_info info;
    bool good = session != nullptr;

    for (size_t i = 0; good && hog_command(i, &info); i++) {
        char *help = hog_command_help(info.name);

        good = help && add(interpreter, group, info.name, info.summary, help,
                           new (std::nothrow) CoreCommand(session, info.name),
                           new (std::nothrow) CoreCommand(session, info.name));
        free(help);
    }
    return good &&
           add(interpreter, group, "py-set", "Show or change how py- commands print", help_of_set().c_str(),
               new (std::nothrow) SetCommand(session), new (std::nothrow) SetCommand(session));
}

} // namespace hognose
