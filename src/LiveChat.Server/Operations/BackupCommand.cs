using LiveChat.Server.Storage.Sqlite;

namespace LiveChat.Server.Operations;

/// <summary><c>LiveChat.Server backup PATH</c>: copies the database that the configuration names, and needs no server to stop.</summary>
internal static class BackupCommand
{
    public const string Usage = "LiveChat.Server backup PATH [--ConnectionStrings:Sqlite=…]";

    private const string Name = "backup";

    public static bool IsMeant(string[] args) => args is [Name, ..];

    /// <summary>Whether it is <c>--Key=value</c> or another form of it.</summary>
    public static bool IsSetting(string argument) => argument.StartsWith('-') || argument.StartsWith('/') || argument.Contains('=', StringComparison.Ordinal);

    /// <summary>The process's exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (args is not [_, var path, .. var settings] || path.StartsWith('-') || (settings is [var first, ..] && !IsSetting(first)))
                throw new StartException($"usage: {Usage}");

            var configuration = WebApplication.CreateBuilder(settings).Configuration;
            SqliteBackup.Run(configuration.GetConnectionString("Sqlite") ?? SqliteDatabase.DefaultConnectionString, path);
            await Console.Out.WriteLineAsync($"Backed up to {Path.GetFullPath(path)}, {new FileInfo(path).Length} bytes, checked.");
            return 0;
        }
        catch (StartException exception)
        {
            await Console.Error.WriteLineAsync($"Cannot back up: {exception.Message}");
            return 1;
        }
    }
}
