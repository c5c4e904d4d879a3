using LiveChat.Server.Storage.Sqlite;

namespace LiveChat.Server.Operations;

/// <summary><c>LiveChat.Server compact</c>: writes the database that the configuration names anew, and needs no server to stop.</summary>
internal static class CompactCommand
{
    public static ProgramCommand Command { get; } =
        new("compact", "", "Writes the database anew, so that nothing of what was erased is left in it.", RunAsync);

    private static async Task<int> RunAsync(string[] settings)
    {
        try
        {
            if (settings.Any(setting => !ProgramCommand.IsSetting(setting)))
                throw new StartException($"usage: {Command.Usage}");

            var configuration = WebApplication.CreateBuilder(settings).Configuration;
            ProgramCommand.RefusePostgres(configuration);
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
