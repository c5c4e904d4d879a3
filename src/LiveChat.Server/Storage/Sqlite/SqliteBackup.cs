using System.Runtime.InteropServices;
using LiveChat.Server.Storage.Sql;
using Microsoft.Data.Sqlite;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>
/// Copies the database as it stood at one moment, but for its epoch, while a server goes on writing to it: SQLite's online backup within one
/// read transaction, which writers of a write-ahead log do not wait for.
/// </summary>
internal static class SqliteBackup
{
    /// <summary>Copies, checks the copy, and only then gives it its name.</summary>
    /// <exception cref="StartException">It could not be done; nothing is left at <paramref name="path"/>.</exception>
    public static void Run(string connectionString, string path)
    {
        var target = Path.GetFullPath(path);
        var source = SqliteDatabase.PathOf(connectionString);
        if (!File.Exists(source))
            throw new StartException($"there is no database at {source}.");
        if (Path.Exists(target))
            throw new StartException($"{target} exists already and is not overwritten.");

        // In the same folder, so that the renaming stays within one file system.
        var partial = $"{target}.{Guid.NewGuid():N}.partial";
        using var stopped = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => CleanUp());
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => CleanUp());
        try
        {
            // Made before SQLite opens it: it holds what people wrote, and is its owner's alone.
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            File.Open(partial, create).Dispose();
            Copy(source, partial);
            using (var file = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite))
                file.Flush(flushToDisk: true);
            File.Move(partial, target, overwrite: false);
            SyncName(target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new StartException(exception.Message, exception);
        }
        finally
        {
            CleanUp();
        }

        void CleanUp()
        {
            foreach (var leftover in new[] { partial, partial + "-journal", partial + "-wal", partial + "-shm" }.Where(File.Exists))
                File.Delete(leftover);
        }
    }

    private static void Copy(string source, string target)
    {
        using var from = Open(source, SqliteOpenMode.ReadOnly);
        using var to = Open(target, SqliteOpenMode.ReadWrite);
        from.BackupDatabase(to);

        // One file and nothing beside it. A server that opens it makes it a write-ahead log's again.
        to.Ask("PRAGMA journal_mode = DELETE");

        // A database of the first version has no secrets.
        if (to.Ask("SELECT 1 FROM sqlite_master WHERE name = 'secret'") is not null)
            to.Execute("DELETE FROM secret WHERE name = @name", ("@name", StoreSecrets.Epoch));
        if (to.Ask("PRAGMA integrity_check(1)") is var answer and not "ok")
            throw new StartException($"the copy is damaged, and so may be the database: {answer}");
    }

    private static void SyncName(string target)
    {
        try
        {
            DiskSync.FlushFolder(Path.GetDirectoryName(target)!);
        }
        catch (IOException)
        {
            // What may be gone after a power cut is not to be taken for a backup.
            File.Delete(target);
            throw;
        }
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();

        // A server that is just starting or emptying its write-ahead log has the file to itself for a moment.
        connection.Ask("PRAGMA busy_timeout = 10000");
        return connection;
    }
}
