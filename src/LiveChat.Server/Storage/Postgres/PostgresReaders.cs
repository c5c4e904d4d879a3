using System.Diagnostics;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>Reads, on connections of the pool. What is interrupted is tried again within the limit. Thread-safe.</summary>
internal sealed class PostgresReaders(PostgresDatabase database, int most) : IStoreReaders, IDisposable
{
    // More wait here for their turn, and leave connections to those who write.
    private readonly SemaphoreSlim _places = new(most);

    public async Task<T> ReadAsync<T>(Func<SqlReads, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        if (!await _places.WaitAsync(database.Limit, cancellationToken))
            throw new ChatException(ChatError.Unavailable);

        // A read that hangs keeps its place until the driver gives it up; its caller is not kept.
        var left = database.Limit - Stopwatch.GetElapsedTime(began);
        try
        {
            return await RunAsync(read, began, cancellationToken)
                .WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new ChatException(ChatError.Unavailable, exception);
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<T> RunAsync<T>(Func<SqlReads, ValueTask<T>> read, long began, CancellationToken cancellationToken)
    {
        try
        {
            for (var pauses = new RetryPauses(); ;)
            {
                var pause = pauses.Next();
                try
                {
                    await using var connection = await database.OpenAsync(cancellationToken);
                    return await read(new SqlReads(connection, PostgresDialect.Instance));
                }
                catch (Exception exception) when (PostgresErrors.Translate(exception, writing: false) is var fault && !ReferenceEquals(fault, exception))
                {
                    if (fault is ChatException || Stopwatch.GetElapsedTime(began) + pause > database.Limit || cancellationToken.IsCancellationRequested)
                        throw fault as ChatException ?? new ChatException(ChatError.Unavailable, exception);
                }

                await Task.Delay(pause, TimeProvider.System, cancellationToken);
            }
        }
        finally
        {
            _places.Release();
        }
    }
}
