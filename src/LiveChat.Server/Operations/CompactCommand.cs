using LiveChat.Server.Storage.Sqlite;

namespace LiveChat.Server.Operations;

/// <summary><c>LiveChat.Server compact</c>: writes the database that the configuration names anew, and needs no server to stop.</summary>
internal static class CompactCommand
{
    public const string Usage = "LiveChat.Server compact [--ConnectionStrings:Sqlite=…]";

    private const string Name = "compact";

    public static bool IsMeant(string[] args) => args is [Name, ..];

    /// <summary>The process's exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (args is not [_, .. var settings] || (settings is [var first, ..] && !BackupCommand.IsSetting(first)))
                throw new StartException($"usage: {Usage}");

            var configuration = WebApplication.CreateBuilder(settings).Configuration;
            var connectionString = configuration.GetConnectionString("Sqlite") ?? SqliteDatabase.DefaultConnectionString;
            var before = new FileInfo(SqliteDatabase.PathOf(connectionString)) is { Exists: true } file ? file.Length : 0;
            await SqliteCompaction.RunAsync(connectionString);
            var after = new FileInfo(SqliteDatabase.PathOf(connectionString)).Length;
            await Console.Out.WriteLineAsync($"Compacted from {before} to {after} bytes.");
            return 0;
        }
        catch (StartException exception)
        {
            await Console.Error.WriteLineAsync($"Cannot compact: {exception.Message}");
            return 1;
        }
    }
}
