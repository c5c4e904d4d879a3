using System.Diagnostics;
using System.Globalization;
using LiveChat.Server.Storage.Move;
using LiveChat.Server.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Server.Operations;

/// <summary><c>LiveChat.Server move</c>: copies the file that the configuration names into the PostgreSQL that it names too.</summary>
internal static class MoveCommand
{
    public static ProgramCommand Command { get; } = new(
        "move",
        "--ConnectionStrings:Postgres=…",
        "Copies everything from the file into an empty database of PostgreSQL, and compares; the file stays as it is.",
        RunAsync);

    private static async Task<int> RunAsync(string[] settings)
    {
        try
        {
            if (settings.Any(setting => !ProgramCommand.IsSetting(setting)))
                throw new StartException($"usage: {Command.Usage}");

            var configuration = WebApplication.CreateBuilder(settings).Configuration;
            if (configuration.GetConnectionString("Postgres") is not { Length: > 0 } target)
                throw new StartException("ConnectionStrings:Postgres is not set: it says where to.");

            var began = Stopwatch.GetTimestamp();
            var rows = await StoreMove.RunAsync(
                configuration.GetConnectionString("Sqlite") is { Length: > 0 } source ? source : SqliteDatabase.DefaultConnectionString, target, NullLogger.Instance);
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"Moved {rows["conversation"]} conversations with {rows["conversation_event"]} entries in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s, compared."));
            return 0;
        }
        catch (StartException exception)
        {
            await Console.Error.WriteLineAsync($"Cannot move: {exception.Message}");
            return 1;
        }
    }
}
