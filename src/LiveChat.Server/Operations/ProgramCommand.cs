namespace LiveChat.Server.Operations;

/// <summary>What the program does instead of being a server, when its first argument is the command's name.</summary>
/// <param name="Name">The first argument.</param>
/// <param name="Arguments">What follows it, as <c>--help</c> shows it.</param>
/// <param name="Purpose">In a sentence.</param>
/// <param name="RunAsync">Runs it with what follows the name, and gives the process's exit code.</param>
internal sealed record ProgramCommand(string Name, string Arguments, string Purpose, Func<string[], Task<int>> RunAsync)
{
    public static IReadOnlyList<ProgramCommand> All { get; } = [BackupCommand.Command, CompactCommand.Command, MoveCommand.Command, ApiKeyCommand.Command, HealthCommand.Command];

    /// <summary>Whether it takes the setting that says where the database is.</summary>
    public bool UsesDatabase { get; init; } = true;

    public string Usage => $"LiveChat.Server {Name} {Arguments}".TrimEnd() + (UsesDatabase ? " [--ConnectionStrings:Sqlite=…]" : "");

    /// <summary>For a command that is of SQLite's file.</summary>
    /// <exception cref="StartException">The settings name another store.</exception>
    public static void RefusePostgres(IConfiguration configuration)
    {
        if (!string.IsNullOrEmpty(configuration.GetConnectionString("Postgres")))
            throw new StartException("the store is PostgreSQL, which has tools of its own for this (docs/operations.md, Many servers).");
    }

    /// <summary>The first argument that is neither a setting nor a setting's value; null where there is none.</summary>
    public static string? WordOf(ReadOnlySpan<string> arguments)
    {
        var isValue = false;
        foreach (var argument in arguments)
        {
            if (!isValue && !IsSetting(argument))
                return argument;
            isValue = argument.StartsWith("--", StringComparison.Ordinal) && !argument.Contains('=', StringComparison.Ordinal);
        }

        return null;
    }

    /// <summary>Whether it is <c>--Key=value</c> or another form of it.</summary>
    public static bool IsSetting(string argument) => argument.StartsWith('-') || argument.Contains('=', StringComparison.Ordinal);
}
