using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// Copies the write-ahead log to the database file, between the writes of the connection that writes. SQLite would do so by itself at the
/// end of a commit, and say nothing when it fails. Used by one thread, but for <see cref="Fault"/>.
/// </summary>
/// <param name="logPath">The write-ahead log.</param>
/// <param name="limit">The largest write-ahead log, in bytes: at that writes are refused until it has been copied.</param>
/// <param name="log">Where the operator is told.</param>
internal sealed class SqliteCheckpoints(string logPath, long limit, ILogger log)
{
    /// <summary>A checkpoint follows so many pages that were written.</summary>
    private const int Pages = 4000;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ForReaders = TimeSpan.FromMilliseconds(50);

    private sqlite3? _database;
    private TimeSpan _wait;
    private TimeSpan? _retry;
    private long _triedAt;

    // Set by a failure: the pages that SQLite counts as copied may be lost.
    private bool _mustCopyAll;

    // Set by an erasure: what was erased is in the log until that has been emptied.
    private bool _mustEmpty;
    private volatile string? _fault;

    /// <summary>Why the log cannot be copied; null when it can. Read by any thread.</summary>
    public string? Fault => _fault;

    /// <summary>Whether the log has reached its limit.</summary>
    public bool IsLogFull { get; private set; }

    /// <summary>How long a checkpoint may wait; null when there is nothing to copy.</summary>
    public TimeSpan? Due => _retry is { } retry ? retry - Stopwatch.GetElapsedTime(_triedAt)
        : _database is not null && WrittenPages(reset: false) >= Pages ? TimeSpan.Zero
        : null;

    /// <summary>This connection writes from now on, and leaves the log to this.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="wait">How long its writes may wait for another process that writes.</param>
    public void Watch(SqliteConnection connection, TimeSpan wait)
    {
        (_database, _wait) = (connection.Handle!, wait);
        sqlite3_wal_autocheckpoint(_database, 0);
    }

    /// <summary>Copies what readers let it copy; false when that failed and the file must be opened anew.</summary>
    public bool TryRun() => !_mustCopyAll && Run() is not null;

    /// <summary>Copies all and empties the log; false when readers, or a failure, do not let it, and the next one does it then.</summary>
    public bool TryEmpty()
    {
        _mustEmpty = true;
        return !_mustCopyAll && Run() is true;
    }

    /// <summary>The file was opened anew by nobody else: what is copied from now on is all of the log.</summary>
    public void StartOver() => _mustCopyAll = false;

    /// <summary>It failed, here or where the file was to be opened anew.</summary>
    public void Failed(string reason)
    {
        _mustCopyAll = true;
        if (_fault is null)
            StoreLog.CheckpointFailed(log, reason);
        _fault = reason;
        RetryLater();
    }

    /// <summary>True when all is copied, false when readers hold some of it up, null when it failed.</summary>
    private bool? Run()
    {
        // To empty the log is to wait for readers, and writes wait meanwhile.
        sqlite3_busy_timeout(_database, (int)ForReaders.TotalMilliseconds);
        var mode = _mustEmpty ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
        var result = sqlite3_wal_checkpoint_v2(_database, "main", mode, out var logged, out var copied);
        sqlite3_busy_timeout(_database, (int)_wait.TotalMilliseconds);
        if (result is not (SQLITE_OK or SQLITE_BUSY))
        {
            Failed(sqlite3_errmsg(_database).utf8_to_string());
            return null;
        }

        if (result == SQLITE_BUSY || copied < logged)
        {
            RetryLater();
            return false;
        }

        WrittenPages(reset: true);
        (_retry, IsLogFull, _mustEmpty) = (null, false, false);
        if (_fault is not null)
            StoreLog.CheckpointsAgain(log);
        _fault = null;
        return true;
    }

    private void RetryLater()
    {
        _retry = _retry is { } before ? before + before > LastRetry ? LastRetry : before + before : FirstRetry;
        _triedAt = Stopwatch.GetTimestamp();
        var isFull = new FileInfo(logPath) is { Exists: true } file && file.Length >= limit;
        if (isFull && !IsLogFull)
            StoreLog.LogFull(log, limit);
        IsLogFull = isFull;
    }

    /// <summary>How many pages this connection has written to the log since the last reset.</summary>
    private int WrittenPages(bool reset)
    {
        sqlite3_db_status(_database, SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, reset ? 1 : 0);
        return pages;
    }
}
