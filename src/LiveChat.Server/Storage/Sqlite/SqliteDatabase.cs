using System.Globalization;
using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using LiveChat.Server.Storage.Sql;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>The file: made when it is missing, migrated, and held by one server at a time.</summary>
internal sealed class SqliteDatabase : IStoreDatabase, IDisposable
{
    public const string DefaultConnectionString = "Data Source=data/livechat.db";

    /// <summary>For what is written beside the conversations.</summary>
    private static readonly TimeSpan WriteWait = TimeSpan.FromSeconds(5);

    private readonly string _connectionString;
    private readonly FileStream _lock;

    private SqliteDatabase(string path, string connectionString, FileStream fileLock) =>
        (Path, _connectionString, _lock) = (path, connectionString, fileLock);

    public string Path { get; }

    public string Name => Path;

    public IXmlRepository ProtectionKeys => new SqlProtectionKeys(OpenReader, () => OpenWriter(WriteWait));

    /// <summary>The write-ahead log.</summary>
    public string LogPath => Path + "-wal";

    /// <summary>Opens the file that <paramref name="connectionString"/> names, making it and its folder when they are missing.</summary>
    /// <exception cref="StartException">It cannot be opened, another server holds it, or a newer version wrote it.</exception>
    public static SqliteDatabase Open(string connectionString)
    {
        var settings = Parse(connectionString);
        var path = settings.DataSource;
        FileStream? fileLock = null;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);

            // Two servers on one file would each tell only their own sockets. The operating system lets go when a process dies.
            fileLock = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            CreateForOwnerAlone(path);
            var database = new SqliteDatabase(path, settings.ToString(), fileLock);
            database.UseWriteAheadLog();
            database.Migrate();
            return database;
        }
        catch (Exception exception)
        {
            fileLock?.Dispose();
            if (exception is not (IOException or UnauthorizedAccessException or SqliteException))
                throw;

            throw new StartException(
                fileLock is null && System.IO.File.Exists(path + ".lock")
                    ? $"The database {path} is in use by another server, or its folder is not writable: {exception.Message}"
                    : $"The database {path} cannot be opened: {exception.Message}",
                exception);
        }
    }

    /// <summary>The file that <paramref name="connectionString"/> names.</summary>
    public static string PathOf(string connectionString) => Parse(connectionString).DataSource;

    private static SqliteConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            var settings = new SqliteConnectionStringBuilder(connectionString);
            if (settings.DataSource.Length > 0 && settings.DataSource != ":memory:" && settings.Mode != SqliteOpenMode.Memory)
            {
                settings.DataSource = System.IO.Path.GetFullPath(settings.DataSource);
                return settings;
            }
        }
        catch (ArgumentException)
        {
            // Said below, without the driver's words for it.
        }

        throw new StartException("ConnectionStrings:Sqlite must name a file, as 'Data Source=data/livechat.db'.");
    }

    public SqliteConnection OpenReader() => Open(
        Path,
        SqliteOpenMode.ReadWrite,
        pooling: true,
        "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000;");

    /// <summary>A connection whose deletions overwrite what they delete.</summary>
    /// <param name="wait">
    /// How long a transaction may wait for another process that writes. The driver's own retrying comes on top of it, in whole
    /// seconds and 30 of them unless it is told otherwise.
    /// </param>
    public SqliteConnection OpenWriter(TimeSpan wait)
    {
        var connection = Open(
            Path,
            SqliteOpenMode.ReadWrite,
            pooling: false,
            string.Create(
                CultureInfo.InvariantCulture,
                $"PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA busy_timeout = {(long)wait.TotalMilliseconds}; "
                + $"PRAGMA cache_size = -16384;"));
        connection.DefaultTimeout = 1;
        return connection;
    }

    /// <summary>It holds what people wrote and the keys of tokens. SQLite gives its other files the mode of this one.</summary>
    private static void CreateForOwnerAlone(string path)
    {
        if (OperatingSystem.IsWindows() || File.Exists(path))
            return;
        using var created = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    public byte[] ReadEpoch() => ReadSecret(StoreSecrets.Epoch);

    public byte[] ReadSecret(string name)
    {
        using var connection = OpenWriter(WriteWait);
        return connection.ReadSecret(name);
    }

    /// <summary>Closes the connections that <see cref="OpenReader"/> has opened and that are not in use.</summary>
    public void CloseReaders()
    {
        using var reader = new SqliteConnection(ConnectionString(Path, SqliteOpenMode.ReadWrite, pooling: true));
        SqliteConnection.ClearPool(reader);
    }

    /// <summary>Has SQLite leave the write-ahead log as it is when this connection is the last one that is closed.</summary>
    public static void KeepLogOnClose(SqliteConnection connection) =>
        raw.sqlite3_db_config(connection.Handle!, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);

    /// <summary>
    /// Whether another process has the file open; expects that this one has not. It shows by the lock that SQLite keeps on one byte of the
    /// log's index for as long as a process has that open (unixShm in https://sqlite.org/src/file/src/os_unix.c).
    /// </summary>
    public bool IsOpenElsewhere()
    {
        const int OpenByte = 128;

        // It knows no locks on a part of a file from here: a restart then does what opening the file anew would.
        if (OperatingSystem.IsMacOS())
            return true;

        try
        {
            using var index = new FileStream(Path + "-shm", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            index.Lock(OpenByte, 1);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose()
    {
        CloseReaders();
        _lock.Dispose();
    }

    private string ConnectionString(string file, SqliteOpenMode mode, bool pooling) => new SqliteConnectionStringBuilder(_connectionString)
    {
        DataSource = file,
        Mode = mode,
        Pooling = pooling,
    }.ToString();

    private SqliteConnection Open(string file, SqliteOpenMode mode, bool pooling, string pragmas)
    {
        var connection = new SqliteConnection(ConnectionString(file, mode, pooling));
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = pragmas;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The mode is kept in the file. Readers then never wait for the writer, and a commit is an append and a sync.</summary>
    private void UseWriteAheadLog()
    {
        using var connection = Open(Path, SqliteOpenMode.ReadWriteCreate, pooling: false, "PRAGMA busy_timeout = 5000;");
        if (connection.Ask("PRAGMA journal_mode = WAL") is not "wal")
            throw new StartException($"The database {Path} is on a file system that cannot keep a write-ahead log.");

        // SQLite opens for reading what it may not write, without a word. The first send is too late to find out.
        if (raw.sqlite3_db_readonly(connection.Handle!, "main") == 1)
            throw new StartException($"The database {Path} cannot be written.");
    }

    private void Migrate()
    {
        var connectionString = new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ToString();
        var upgrade = DeployChanges.To
            .SqliteDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(
                Assembly.GetExecutingAssembly(),
                name => name.Contains(".Sqlite.Migrations.", StringComparison.Ordinal))
            .WithTransactionPerScript()
            .LogTo(new NoOpUpgradeLog())
            .Build();
        if (upgrade.GetExecutedScripts().Except(upgrade.GetDiscoveredScripts().Select(script => script.Name)).FirstOrDefault() is { } unknown)
            throw new StartException($"The database {Path} was written by a newer version, which this one cannot read: {unknown} is not known here.");

        var result = upgrade.PerformUpgrade();
        if (!result.Successful)
            throw new StartException($"The database {Path} cannot be migrated: {result.Error.Message}", result.Error);

        try
        {
            using var connection = OpenWriter(WriteWait);
            OldJournal.MakePending(connection);
        }
        catch (InvalidDataException exception)
        {
            throw new StartException($"The database {Path} cannot be recovered: {exception.Message}", exception);
        }
    }
}
