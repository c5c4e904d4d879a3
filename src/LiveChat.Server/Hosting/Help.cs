using System.Reflection;
using LiveChat.Server.Operations;

namespace LiveChat.Server.Hosting;

/// <summary>What the program says of itself on the command line.</summary>
internal static class Help
{
    public static string Version =>
        $"LiveChat.Server {typeof(Help).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}";

    public static string Text => $"""
        {Version}: a live-chat backend, REST on port 8383 and Socket.IO on port 9094.

        LiveChat.Server [--Chat:Rest:Port=8383 …]
            Starts the server.
        {string.Join("\n", ProgramCommand.All.Select(command => $"{command.Usage}\n    {command.Purpose}"))}
        LiveChat.Server --help
        LiveChat.Server --version

        Settings are arguments (--Chat:Queue:EntryTtl=00:30:00), environment variables (CHAT__QUEUE__ENTRYTTL=00:30:00) or lines of
        appsettings.json. docs/operations.md describes each of them:
            ConnectionStrings:Sqlite (Data Source=data/livechat.db)
        {string.Join("\n", Settings.Names.Order(StringComparer.Ordinal).Select(name => "    " + name))}
        """;

    public static bool IsAskedFor(string[] args) => args.Any(argument => argument is "--help" or "-h" or "-?" or "/?") || args is ["help"];

    public static bool IsVersionAskedFor(string[] args) => args is ["--version"];
}
