using LiveChat.Server.Security;

namespace LiveChat.Server.Operations;

/// <summary><c>LiveChat.Server apikey NAME ROLE…</c>: makes a key for a backend, shows it once, and the lines that let it in.</summary>
internal static class ApiKeyCommand
{
    public static ProgramCommand Command { get; } = new(
        "apikey",
        "NAME ROLE…",
        "Makes a key for a backend that acts for others, and shows it once, with the lines to configure.",
        RunAsync)
    { UsesDatabase = false };

    private static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [var name, .. { Length: > 0 } roles] || arguments.Any(string.IsNullOrWhiteSpace) || arguments.Any(ProgramCommand.IsSetting))
            return await FailAsync($"usage: {Command.Usage}");
        if (roles.FirstOrDefault(role => RoleNames.Find(role) is Roles.None) is { } unknown)
            return await FailAsync($"there is no role {unknown}, only customer, agent, supervisor and admin");

        var (key, hash) = ApiKeys.Make();
        await Console.Out.WriteLineAsync($"""
            {key}

            This is shown once, and kept nowhere. Configure, with 0 or the next number that is free:
              Chat:Security:ApiKeys:0:Name={name}
              Chat:Security:ApiKeys:0:Hash={hash}
            {string.Join('\n', roles.Select((role, i) => $"  Chat:Security:ApiKeys:0:Roles:{i}={role.ToLowerInvariant()}"))}
            """);
        return 0;
    }

    private static async Task<int> FailAsync(string fault)
    {
        await Console.Error.WriteLineAsync($"Cannot make a key: {fault}");
        return 1;
    }
}
