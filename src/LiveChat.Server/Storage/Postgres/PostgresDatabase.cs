using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using DbUp;
using DbUp.Engine.Output;
using LiveChat.Server.Storage.Sql;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>A database of PostgreSQL: migrated at start, by one of several servers that start at once, and connected to by pools.</summary>
internal sealed class PostgresDatabase : IStoreDatabase, IAsyncDisposable
{
    private const int OldestVersion = 150000;

    /// <summary>What a server needs: those that write, one that reads, presence, and one for what comes now and then.</summary>
    private const int LeastPool = 6;

    private const int MostPool = 1000;

    /// <summary>A name that no other program's lock should have, for the time of a migration.</summary>
    private const long MigrationLock = 0x6c697665_63686174;

    private static readonly TimeSpan MigrationLimit = TimeSpan.FromMinutes(5);

    private readonly NpgsqlDataSource _source;

    private PostgresDatabase(NpgsqlDataSource source, NpgsqlConnectionStringBuilder settings, TimeSpan limit)
    {
        (_source, ConnectionString, Limit) = (source, settings.ConnectionString, limit);
        Name = $"{settings.Database} at {settings.Host}:{settings.Port.ToString(CultureInfo.InvariantCulture)}";
        PoolSize = settings.MaxPoolSize;
    }

    public string Name { get; }

    public IXmlRepository ProtectionKeys => new SqlProtectionKeys(Open, Open);

    /// <summary>With the defaults filled in.</summary>
    public string ConnectionString { get; }

    /// <summary>How long a statement may take.</summary>
    public TimeSpan Limit { get; }

    /// <summary>How many connections there may be at once.</summary>
    public int PoolSize { get; }

    /// <summary>Opens the database, and makes its tables or brings them up to this version.</summary>
    /// <param name="connectionString">In Npgsql's form.</param>
    /// <param name="node">What the server is called, as its connections show it.</param>
    /// <param name="limit">How long a statement may take.</param>
    /// <param name="log">Where the operator is told.</param>
    /// <exception cref="StartException">It cannot be reached or used, or a newer version wrote it.</exception>
    public static PostgresDatabase Open(string connectionString, string node, TimeSpan limit, ILogger log)
    {
        var settings = Parse(connectionString, node, limit);
        NpgsqlDataSource? source = null;
        try
        {
            // The driver asks PostgreSQL to give up what has taken too long by a connection that it waits for on a thread of the pool: for a database that
            // hangs as many threads as there are connections, behind which all else would wait.
            ThreadPool.GetMinThreads(out var threads, out var ports);
            ThreadPool.SetMinThreads(Math.Max(threads, settings.MaxPoolSize + (2 * Environment.ProcessorCount)), ports);
            source = Connect(settings, limit);
            var database = new PostgresDatabase(source, settings, limit);
            database.Check(log);
            database.Migrate();
            return database;
        }
        catch (Exception exception)
        {
            source?.Dispose();
            if (!PostgresErrors.IsOfDatabase(exception))
                throw;
            throw new StartException($"The database {settings.Database} at {settings.Host}:{settings.Port} cannot be used: {(exception.InnerException ?? exception).Message}", exception);
        }
    }

    /// <summary>A connection of the pool.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _source.OpenConnectionAsync(cancellationToken);

    /// <inheritdoc cref="OpenAsync"/>
    public NpgsqlConnection Open() => _source.OpenConnection();

    public byte[] ReadSecret(string name)
    {
        using var connection = Open();
        return connection.ReadSecret(name);
    }

    /// <summary>
    /// The backups are PostgreSQL's own, and hold all that is in the database: what a restored one differs in is where it is (another cluster or another
    /// database), or its timeline, which each recovery and each failover begins anew.
    /// </summary>
    public byte[] ReadEpoch()
    {
        using var connection = Open();
        using var command = connection.Command("""
            SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
                || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
            """);
        return HMACSHA256.HashData(ReadSecret(StoreSecrets.Epoch), Encoding.UTF8.GetBytes((string)command.ExecuteScalar()!));
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static NpgsqlConnectionStringBuilder Parse(string connectionString, string node, TimeSpan limit)
    {
        NpgsqlConnectionStringBuilder given, settings;
        try
        {
            given = new NpgsqlConnectionStringBuilder(connectionString);
            settings = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException)
        {
            throw new StartException("ConnectionStrings:Postgres must be as 'Host=…;Database=…;Username=…;Password=…', in Npgsql's form.");
        }

        if (string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database))
            throw new StartException("ConnectionStrings:Postgres must name a host and a database, as 'Host=…;Database=…;Username=…;Password=…'.");
        if (settings.Multiplexing || !settings.Pooling)
            throw new StartException("ConnectionStrings:Postgres must not turn on Multiplexing or turn off Pooling: a server holds some connections and shares the others.");
        if (given.Keys.Contains("Command Timeout", StringComparer.OrdinalIgnoreCase) && given.CommandTimeout == 0)
            throw new StartException("ConnectionStrings:Postgres must not set Command Timeout to 0, which is without end.");

        // What the operator says stands. The driver's own defaults are for a program that has the database to itself.
        var seconds = Math.Max(1, (int)Math.Ceiling(limit.TotalSeconds));
        Default("Application Name", $"livechat {node}");
        Default("Maximum Pool Size", 16);
        Default("Timeout", seconds);
        Default("Command Timeout", seconds);
        Default("Cancellation Timeout", -1);
        Default("Max Auto Prepare", 64);
        Default("Auto Prepare Min Usages", 2);
        Default("Keepalive", 10);
        if (settings.MaxPoolSize is < LeastPool or > MostPool)
            throw new StartException($"ConnectionStrings:Postgres: Maximum Pool Size must be between {LeastPool} and {MostPool}, not {settings.MaxPoolSize}.");
        return settings;

        void Default(string key, object value)
        {
            if (!given.ContainsKey(key) || !given.Keys.Contains(key, StringComparer.OrdinalIgnoreCase))
                settings[key] = value;
        }
    }

    private static NpgsqlDataSource Connect(NpgsqlConnectionStringBuilder settings, TimeSpan limit)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);

        // A statement that waits is given up by the database too, and a server that hangs in a transaction does not keep its rows. An operator
        // who has turned off waiting for the disk would lose what was acknowledged.
        var sql = string.Create(CultureInfo.InvariantCulture, $"""
            SELECT set_config('lock_timeout', '{(long)limit.TotalMilliseconds}', false),
                   set_config('idle_in_transaction_session_timeout', '{(long)(2 * limit).TotalMilliseconds}', false),
                   set_config('client_connection_check_interval', '1s', false),
                   CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END
            """);
        builder.UsePhysicalConnectionInitializer(
            connection => connection.Execute(sql),
            async connection =>
            {
                await using var command = connection.Command(sql);
                await command.ExecuteNonQueryAsync();
            });

        // Of several hosts the one that can be written to.
        return settings.Host!.Contains(',', StringComparison.Ordinal)
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : builder.Build();
    }

    private void Check(ILogger log)
    {
        using var connection = Open();
        if (int.Parse((string)connection.Ask("SHOW server_version_num")!, CultureInfo.InvariantCulture) < OldestVersion)
            throw new StartException($"The database {Name} is of PostgreSQL {connection.PostgreSqlVersion}; 15 or later is needed.");
        if (connection.Ask("SHOW server_encoding") is var encoding and not "UTF8")
            throw new StartException($"The database {Name} keeps text as {encoding}; UTF8 is needed.");
        if (connection.Ask("SHOW fsync") is not "on")
            StoreLog.NotDurable(log, Name);
    }

    /// <summary>One server at a time; whoever waited finds nothing left to do.</summary>
    private void Migrate()
    {
        using var locked = Open();
        using (var command = locked.Command("SELECT set_config('lock_timeout', '0', false), pg_advisory_lock(@lock)", ("@lock", MigrationLock)))
        {
            command.CommandTimeout = (int)MigrationLimit.TotalSeconds;
            command.ExecuteNonQuery();
        }

        try
        {
            var upgrade = DeployChanges.To
                .PostgresqlDatabase(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, CommandTimeout = (int)MigrationLimit.TotalSeconds }.ConnectionString)
                .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains(".Postgres.Migrations.", StringComparison.Ordinal))
                .WithTransactionPerScript()
                .WithExecutionTimeout(MigrationLimit)
                .LogTo(new NoOpUpgradeLog())
                .Build();
            if (upgrade.GetExecutedScripts().Except(upgrade.GetDiscoveredScripts().Select(script => script.Name)).FirstOrDefault() is { } unknown)
                throw new StartException($"The database {Name} was written by a newer version, which this one cannot read: {unknown} is not known here.");

            var result = upgrade.PerformUpgrade();
            if (!result.Successful)
                throw new StartException($"The database {Name} cannot be migrated: {result.Error.Message}", result.Error);
        }
        finally
        {
            // The lock is the connection's, which goes back to the pool.
            locked.Execute("SELECT pg_advisory_unlock(@lock)", ("@lock", MigrationLock));
        }
    }
}
