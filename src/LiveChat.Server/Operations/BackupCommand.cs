using LiveChat.Server.Storage.Sqlite;

namespace LiveChat.Server.Operations;

/// <summary><c>LiveChat.Server backup PATH</c>: copies the database that the configuration names, and needs no server to stop.</summary>
internal static class BackupCommand
{
    public static ProgramCommand Command { get; } =
        new("backup", "PATH", "Copies the database to PATH, also while a server runs on it.", RunAsync);

    private static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (args is not [var path, .. var settings] || path.StartsWith('-') || (settings is [var first, ..] && !ProgramCommand.IsSetting(first)))
                throw new StartException($"usage: {Command.Usage}");

            var configuration = WebApplication.CreateBuilder(settings).Configuration;
            ProgramCommand.RefusePostgres(configuration);
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
