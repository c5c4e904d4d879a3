using System.Collections.Concurrent;
using System.Diagnostics;
using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Postgres;
using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static LiveChat.Tests.Support.Sample;

namespace LiveChat.Tests.Storage;

/// <summary>A PostgreSQL that is stopped, killed and stalled under a server, and one that cannot be used.</summary>
public sealed class PostgresFaultTests : IAsyncDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly List<IAsyncDisposable> _opened = [];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_sent_while_it_is_restarted_is_there_once(bool isFast)
    {
        var server = await PostgresServer.StartAsync();
        _opened.Add(server);
        var store = Open(await server.CreateDatabaseAsync(), TimeSpan.FromSeconds(20));
        await SendThroughAsync(store, async () =>
        {
            await (isFast ? server.StopFastAsync() : server.StopImmediatelyAsync());
            await server.StartAgainAsync();
        });
    }

    [Fact]
    public async Task Connections_that_are_cut_one_by_one_lose_nothing_and_repeat_nothing()
    {
        var server = await PostgresServer.Shared;
        var store = Open(await server.CreateDatabaseAsync(), TimeSpan.FromSeconds(20), "cut");
        await SendThroughAsync(store, async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'livechat cut' ORDER BY random() LIMIT 1");
                await Task.Yield();
            }
        });
    }

    [Fact]
    public async Task What_goes_on_in_the_database_after_its_connection_was_cut_is_not_written_again()
    {
        var server = await PostgresServer.Shared;
        var connectionString = await server.CreateDatabaseAsync();
        await using var proxy = new TcpProxy(server.Port);
        var store = Open(connectionString.Replace($"Port={server.Port}", $"Port={proxy.Port}", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await using var other = new NpgsqlConnection(connectionString);
        await other.OpenAsync(None);
        await using var holding = await other.BeginTransactionAsync(None);
        await using var hold = new NpgsqlCommand("SELECT 1 FROM conversation FOR UPDATE", other, holding);
        await hold.ExecuteNonQueryAsync(None);

        // Without an id of its own it could not be found again by that.
        var sending = store.ApplyAsync(Send(id, "once"), None);
        await UntilWaitingAsync(1);
        proxy.CutAll();
        await UntilWaitingAsync(2);
        await holding.CommitAsync(None);

        var sent = await sending.Soon();
        Assert.Equal((2, false), (sent.Message!.Sequence, sent.Repeated));
        Assert.Equal(sent.Message, Assert.Single((await store.ReadMessagesAsync(id, new LogRange(0, null, 10), None))!.Items));

        async Task UntilWaitingAsync(int backends)
        {
            await using var looking = new NpgsqlConnection(connectionString);
            await looking.OpenAsync(None);
            await Waiting.Until(async () =>
            {
                await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", looking);
                return (long)(await command.ExecuteScalarAsync(None))! >= backends;
            });
        }
    }

    [Fact]
    public async Task While_it_is_away_calls_are_refused_in_time_and_afterwards_they_are_not()
    {
        var limit = TimeSpan.FromSeconds(1);
        var server = await PostgresServer.StartAsync(fsync: false);
        _opened.Add(server);
        var store = Open(await server.CreateDatabaseAsync(), limit);
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await server.StopFastAsync();

        var began = Stopwatch.GetTimestamp();
        var write = await Assert.ThrowsAsync<ChatException>(() => store.ApplyAsync(Send(id, "x"), None).Soon());
        var read = await Assert.ThrowsAsync<ChatException>(() => store.FindWithPositionAsync(id, None).Soon());
        var health = await Assert.ThrowsAsync<ChatException>(() => store.CheckAsync(None).Soon());

        Assert.All([write, read, health], refused => Assert.Equal(ErrorCodes.Unavailable, refused.Error.Code));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        await server.StartAgainAsync();
        await Waiting.Until(async () =>
        {
            try
            {
                await store.CheckAsync(None);
                return true;
            }
            catch (ChatException)
            {
                return false;
            }
        });
        Assert.Equal(2, (await store.ApplyAsync(Send(id, "x"), None).Soon()).Message!.Sequence);
    }

    [Fact]
    public async Task While_it_hangs_callers_are_told_and_afterwards_what_was_begun_is_there_once()
    {
        var server = await PostgresServer.StartAsync(fsync: false);
        _opened.Add(server);
        var store = Open(await server.CreateDatabaseAsync(), TimeSpan.FromSeconds(1));
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        server.Freeze();
        var sent = Send(id, "x") with { ClientMessageId = "k" };

        var told = await Assert.ThrowsAsync<ChatException>(() => store.ApplyAsync(sent, None).Soon());
        server.Thaw();

        Assert.Contains(told.Error.Code, new[] { ErrorCodes.Internal, ErrorCodes.Unavailable });
        Decision? again = null;
        await Waiting.Until(async () =>
        {
            try
            {
                again = await store.ApplyAsync(sent, None);
                return true;
            }
            catch (ChatException)
            {
                return false;
            }
        });
        Assert.Equal(2, again!.Message!.Sequence);
        Assert.Equal(2, (await store.FindAsync(id, None))!.LastSequence);
    }

    [Fact]
    public async Task When_it_hung_while_nobody_wrote_and_goes_on_writes_go_on_too()
    {
        var server = await PostgresServer.StartAsync(fsync: false);
        _opened.Add(server);

        // The driver looks at its silent connections by itself, and finds them dead.
        var store = Open(await server.CreateDatabaseAsync() + ";Keepalive=1;Command Timeout=1", TimeSpan.FromSeconds(10));
        var ids = (await Task.WhenAll(Enumerable.Range(0, 8).Select(i => store.StartAsync(Start($"f{i}"), None))).Soon()).Select(start => start.Conversation.Id).ToList();
        server.Freeze();
        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        server.Thaw();

        var sent = await Task.WhenAll(ids.Select(id => store.ApplyAsync(Send(id, "x"), None))).Soon();

        Assert.All(sent, decision => Assert.Equal(2, decision.Message!.Sequence));
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port={0};Database=postgres;Username=postgres;Multiplexing=true", "Multiplexing")]
    [InlineData("Host=127.0.0.1;Port={0};Database=postgres;Username=postgres;Maximum Pool Size=2", "Maximum Pool Size")]
    [InlineData("Host=127.0.0.1;Port={0};Database=postgres;Username=postgres;Command Timeout=0", "Command Timeout")]
    [InlineData("Host=127.0.0.1;Port=1;Database=x;Username=x", "cannot be used")]
    [InlineData("Host=127.0.0.1;Port={0};Database=none;Username=postgres", "does not exist")]
    [InlineData("Host=127.0.0.1;Port={0};Database=postgres;Username=nobody", "does not exist")]
    [InlineData("Host=;Database=x", "must name a host and a database")]
    [InlineData("Nonsense=1", "in Npgsql's form")]
    public async Task One_that_cannot_be_used_stops_the_start_with_a_line(string connectionString, string expected)
    {
        var server = await PostgresServer.Shared;

        var refused = Assert.Throws<StartException>(() => PostgresDatabase.Open(
            connectionString.Replace("{0}", $"{server.Port}", StringComparison.Ordinal), "test", TimeSpan.FromSeconds(1), NullLogger.Instance));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task One_that_a_newer_version_wrote_stops_the_start_with_a_line()
    {
        var server = await PostgresServer.Shared;
        var connectionString = await server.CreateDatabaseAsync();
        await PostgresDatabase.Open(connectionString, "test", TimeSpan.FromSeconds(5), NullLogger.Instance).DisposeAsync();
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync(None);
            await using var command = new NpgsqlCommand(
                "INSERT INTO schemaversions (scriptname, applied) VALUES ('LiveChat.Server.Storage.Postgres.Migrations.9999-later.sql', now())", connection);
            await command.ExecuteNonQueryAsync(None);
        }


        var refused = Assert.Throws<StartException>(() => PostgresDatabase.Open(connectionString, "test", TimeSpan.FromSeconds(5), NullLogger.Instance));

        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_that_start_at_once_on_an_empty_database_all_find_its_tables()
    {
        var connectionString = await (await PostgresServer.Shared).CreateDatabaseAsync();

        var databases = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Task.Run(() =>
            PostgresDatabase.Open(connectionString, $"test-{i}", TimeSpan.FromSeconds(10), NullLogger.Instance)))).Soon();

        Assert.Single(databases.Select(database => Convert.ToHexString(database.ReadSecret("a"))).Distinct());
        foreach (var database in databases)
            await database.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened))
            await opened.DisposeAsync();
    }

    /// <summary>Many send, each its messages in turn, while <paramref name="disturb"/> goes on; then all of it is there, once and in order.</summary>
    private static async Task SendThroughAsync(ChatStore store, Func<Task> disturb)
    {
        const int Senders = 20;
        var starts = await Task.WhenAll(Enumerable.Range(0, Senders).Select(i => store.StartAsync(Start($"f{i}"), None))).Soon();
        var acknowledged = new ConcurrentDictionary<Guid, List<string>>();
        using var over = new CancellationTokenSource();
        var sending = starts.Select((start, sender) => Task.Run(async () =>
        {
            var sent = acknowledged[start.Conversation.Id] = [];
            for (var i = 0; !over.IsCancellationRequested || i < 5; i++)
            {
                // Half of them have no id of their own to be found again by.
                var message = Send(start.Conversation.Id, $"m{i}") with { ClientMessageId = sender % 2 == 0 ? $"k{i}" : null };
                Assert.Null((await store.ApplyAsync(message, None)).Error);
                sent.Add(message.Content);
            }
        })).ToList();
        await disturb();
        await over.CancelAsync();
        await Task.WhenAll(sending).Soon();

        foreach (var (id, sent) in acknowledged)
        {
            Assert.True(sent.Count >= 5);
            var log = new List<Message>();
            while ((await store.ReadMessagesAsync(id, new LogRange(log.Count == 0 ? 0 : log[^1].Sequence, null, 500), None))!.Items is { Count: > 0 } page)
                log.AddRange(page);
            Assert.Equal(sent, log.Select(message => message.Content));
        }
    }

    private ChatStore Open(string connectionString, TimeSpan limit, string node = "test")
    {
        var database = PostgresDatabase.Open(connectionString, node, limit, NullLogger.Instance);
        var store = PostgresStore.Open(database, new RecordingBus(), new StorageOptions { WriteTimeout = limit }, TimeSpan.FromSeconds(1), NullLogger.Instance);
        _opened.AddRange([database, store]);
        return store;
    }
}
