using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Conformance;
using LiveChat.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveChat.Tests.Support.Sample;

namespace LiveChat.Tests.Storage;

public class SqliteStoreTests : ChatStoreConformance, IAsyncDisposable
{
    private protected virtual PendingLimits? Pending => null;

    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-store-").FullName;
    private readonly List<IAsyncDisposable> _opened = [];

    private protected string Database => Path.Combine(_folder, "deeper", "livechat.db");

    private string ConnectionString => $"Data Source={Database}";

    private protected override Task<ChatStore> OpenAsync(IEventBus bus) => Task.FromResult(Open(bus));

    [Fact]
    public void A_second_server_on_the_same_file_is_refused()
    {
        Open(new RecordingBus());

        var refused = Assert.Throws<StartException>(() => SqliteDatabase.Open(ConnectionString));
        Assert.Contains("another server", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_a_database_stops_the_start_with_a_line()
    {
        var path = Path.Combine(_folder, "not.db");
        File.WriteAllText(path, new string('x', 8192));

        var refused = Assert.Throws<StartException>(() => SqliteDatabase.Open($"Data Source={path}"));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_a_newer_version_wrote_stops_the_start_with_a_line()
    {
        using (SqliteDatabase.Open(ConnectionString))
        {
            await using var connection = new SqliteConnection(ConnectionString + ";Pooling=False");
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await ExecuteAsync(connection, "INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('LiveChat.Server.Storage.Sqlite.Migrations.9999-later.sql', '2030-01-01')");
        }

        var refused = Assert.Throws<StartException>(() => SqliteDatabase.Open(ConnectionString));
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a#b?c=d&e")]
    [InlineData("100%25 %zz")]
    [InlineData("grüße 漢字")]
    public async Task The_file_is_where_its_name_says_whatever_the_name(string folder)
    {
        var path = Path.Combine(_folder, folder, "live chat.db");
        var store = Open(new RecordingBus(), database: path);

        await store.StartAsync(Start("f"), TestContext.Current.CancellationToken);

        Assert.Equal(["live chat.db", "live chat.db-shm", "live chat.db-wal", "live chat.db.lock"], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([folder], Directory.GetDirectories(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_file_may_be_reached_by_a_link()
    {
        var real = Directory.CreateDirectory(Path.Combine(_folder, "real")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), real);

        var store = Open(new RecordingBus(), database: Path.Combine(_folder, "link", "livechat.db"));

        Assert.Equal(1, (await store.StartAsync(Start("f"), TestContext.Current.CancellationToken)).Conversation.LastSequence);
        Assert.True(File.Exists(Path.Combine(real, "livechat.db")));
    }

    [Fact]
    public void The_file_keeps_a_write_ahead_log()
    {
        Open(new RecordingBus());
        using var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode";
        Assert.Equal("wal", command.ExecuteScalar());
    }

    [Fact]
    public async Task A_writer_that_another_process_locks_out_is_answered_503_in_bounded_time_and_goes_on_after()
    {
        var store = Open(new RecordingBus(), new StorageOptions { WriteTimeout = TimeSpan.FromMilliseconds(200) });
        await using var other = new SqliteConnection(ConnectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(other, "BEGIN IMMEDIATE");

        var refused = await Assert.ThrowsAsync<ChatException>(() => StartAsync("during").Soon());
        Assert.Equal(ErrorCodes.Unavailable, refused.Error.Code);

        await ExecuteAsync(other, "ROLLBACK");
        await Waiting.Until(async () =>
        {
            try
            {
                await StartAsync("after");
                return true;
            }
            catch (ChatException)
            {
                return false;
            }
        });

        Task<Decision> StartAsync(string fingerprint) => store.StartAsync(
            new StartConversation
            {
                Id = Guid.NewGuid(),
                Caller = Backends.AnyCustomer,
                Customer = new Customer(fingerprint, null, null),
                Channel = "web",
                Now = DateTimeOffset.UnixEpoch,
                Wait = default,
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task The_files_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Modes of files are Unix's.");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("livechat-test-").FullName;
        await using (var server = await RunningServer.StartInAsync(folder, null))
        {
            await server.Rest.StartAsync("f");
            foreach (var file in Directory.GetFiles(folder, "livechat.db*").Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Directory.Delete(folder, recursive: true);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var store in _opened)
            await store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private protected ChatStore Open(
        IEventBus bus,
        StorageOptions? options = null,
        string? database = null,
        PendingLimits? pending = null,
        FaultyDisk? disk = null)
    {
        var store = Create(SqliteDatabase.Open(disk?.ConnectionString ?? $"Data Source={database ?? Database}"), bus, options, pending ?? Pending);
        _opened.Add(store);
        return store;
    }

    private protected static ChatStore Create(
        SqliteDatabase database,
        IEventBus? bus = null,
        StorageOptions? options = null,
        PendingLimits? pending = null,
        ILogger? log = null) => SqliteStore.Open(
            database,
            bus ?? new RecordingBus(),
            options ?? new StorageOptions(),
            TimeSpan.FromSeconds(5),
            log ?? NullLogger.Instance,
            pending);

    private protected static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
