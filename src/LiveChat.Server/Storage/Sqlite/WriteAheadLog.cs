using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// The file that a commit is written to, and what makes it durable there. Left to SQLite (<c>synchronous = FULL</c>), each commit would
/// also write the file's time of change; and a commit that need not be durable could not be told from one that must.
/// </summary>
/// <remarks>
/// After a sync that failed the system takes what it could not write for written, and the next sync may succeed. So then all is copied
/// to the database itself and the log begun anew, before anything else is called durable (https://www.sqlite.org/wal.html#the_wal_file).
/// </remarks>
internal sealed class WriteAheadLog : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SafeFileHandle _file;
    private readonly Action<SafeFileHandle> _sync;
    private bool _doubtful;

    /// <param name="connection">That keeps the file there: it must have written, and must be closed after this.</param>
    /// <param name="sync">Waits for the disk, or throws an <see cref="IOException"/>.</param>
    public WriteAheadLog(SqliteConnection connection, Action<SafeFileHandle> sync)
    {
        (_connection, _sync) = (connection, sync);
        _file = File.OpenHandle(connection.DataSource + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Makes durable what was committed.</summary>
    /// <exception cref="NotDurableException">It is committed, and may be lost if the power is cut.</exception>
    public void Flush()
    {
        try
        {
            if (!_doubtful)
            {
                _sync(_file);
                return;
            }
        }
        catch (IOException)
        {
            _doubtful = true;
        }

        try
        {
            Renew();
        }
        catch (Exception exception) when (exception is IOException or SqliteException or ChatException)
        {
            throw new NotDurableException(exception);
        }
    }

    /// <summary>To be called before anything is committed.</summary>
    /// <exception cref="Exception">Of the disk or of SQLite: nothing can be made durable now.</exception>
    public void EnsureUsable()
    {
        if (_doubtful)
            Renew();
    }

    public void Dispose() => _file.Dispose();

    private void Renew()
    {
        if (_connection.Ask("PRAGMA wal_checkpoint(TRUNCATE)") is not 0L)
            throw new ChatException(ChatError.Unavailable);

        // That the file is empty must not be lost either: what it held has gaps.
        _sync(_file);
        _doubtful = false;
    }
}
