using LiveChat.Server.Storage.Core;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// How many messages there are. The log is counted once, a part in each read so that none of them takes long, and from then on only what was
/// appended since. Thread-safe.
/// </summary>
internal sealed class SqliteMessageCount(IStoreReaders readers) : IMessageCount, IDisposable
{
    private const long Part = 200_000;

    private readonly SemaphoreSlim _turn = new(1, 1);

    // Guarded by the turn.
    private long _counted;
    private long _position;

    private volatile bool _isStale;

    /// <summary>Entries were removed: what was counted does not hold any more.</summary>
    public void Forget() => _isStale = true;

    public async Task<long> ReadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_isStale)
                (_isStale, _counted, _position) = (false, 0, 0);

            // Messages that wait for their places in the log are few.
            while (true)
            {
                var from = _position;
                var part = await readers.ReadAsync(reads => reads.CountMessagesAsync(from, from + Part), cancellationToken);
                if (part.Last <= from + Part)
                {
                    (_counted, _position) = (_counted + part.Messages, Math.Max(from, part.Last));
                    return _counted + part.Pending;
                }

                (_counted, _position) = (_counted + part.Messages, from + Part);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
