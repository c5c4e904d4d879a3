using System.Diagnostics;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// Reads beside the one that writes, on connections of their own and on the thread pool: most take microseconds from the page cache, but
/// one that needs the disk must not hold up a thread that serves other connections. Thread-safe.
/// </summary>
internal sealed class SqliteReaders(SqliteDatabase database, TimeSpan timeout) : IStoreReaders, IDisposable
{
    /// <summary>
    /// Reads at one time: more wait here for their turn, and not in the thread pool, where all that the server does would wait behind them.
    /// </summary>
    private static readonly int Most = 2 * Environment.ProcessorCount;

    private readonly SemaphoreSlim _places = new(Most);

    public async Task<T> ReadAsync<T>(Func<SqlReads, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        // In the real time, like the writer's limit. A read that hangs keeps its place and its thread; its caller is not kept.
        if (!await _places.WaitAsync(timeout, cancellationToken))
            throw new ChatException(ChatError.Unavailable);
        try
        {
            return await Task.Run(() => RunAsync(read), CancellationToken.None).WaitAsync(timeout, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new ChatException(ChatError.Unavailable, exception);
        }
    }

    /// <summary>Closes all connections that read, and lets nobody open one until the result is disposed; false when one is in use for too long.</summary>
    public bool TryHold(out IDisposable hold)
    {
        var held = new Held(_places);
        hold = held;
        var began = Stopwatch.GetTimestamp();
        for (; held.Places < Most; held.Places++)
        {
            var left = timeout - Stopwatch.GetElapsedTime(began);
            if (_places.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero))
                continue;

            held.Dispose();
            return false;
        }

        database.CloseReaders();
        return true;
    }

    public void Dispose() => database.CloseReaders();

    private async Task<T> RunAsync<T>(Func<SqlReads, ValueTask<T>> read)
    {
        try
        {
            await using var connection = database.OpenReader();
            return await read(new SqlReads(connection, SqliteDialect.Instance));
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Translate(exception);
        }
        finally
        {
            _places.Release();
        }
    }

    private sealed class Held(SemaphoreSlim places) : IDisposable
    {
        public int Places { get; set; }

        public void Dispose()
        {
            if (Places > 0)
                places.Release(Places);
            Places = 0;
        }
    }
}
