using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Postgres;
using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveChat.Tests.Support.Sample;

namespace LiveChat.Tests.Storage;

/// <summary>Several servers on one database: what one remembers may be out of date, and nobody is to see that.</summary>
public sealed class PostgresSharedTests : IAsyncDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly List<IAsyncDisposable> _opened = [];
    private readonly RecordingBus _bus = new();

    [Fact]
    public async Task A_server_that_remembers_the_queue_lets_the_agent_write_who_accepted_elsewhere()
    {
        var (one, other) = await OpenTwoAsync();
        var id = await RememberAsync(one);
        await other.ApplyAsync(Accept(id, "a"), None);

        var sent = await one.ApplyAsync(Send(id, "hello") with { Caller = Backends.Agent("a") }, None);

        Assert.Null(sent.Error);
        Assert.Equal(ConversationStatus.Connected, (await other.FindAsync(id, None))!.Status);
    }

    [Fact]
    public async Task A_server_that_remembers_an_open_conversation_refuses_what_is_closed()
    {
        var (one, other) = await OpenTwoAsync();
        var id = await RememberAsync(one);
        await other.ApplyAsync(Close(id), None);

        Assert.Equal(ErrorCodes.Gone, (await one.ApplyAsync(Send(id, "late"), None)).Error!.Code);
        Assert.Empty((await one.ApplyAsync(Close(id), None)).Entries);
    }

    [Fact]
    public async Task A_message_that_was_sent_by_another_server_is_found_again()
    {
        var (one, other) = await OpenTwoAsync();
        var id = await RememberAsync(one);
        var first = await other.ApplyAsync(Send(id, "x") with { ClientMessageId = "k" }, None);

        var again = await one.ApplyAsync(Send(id, "x") with { ClientMessageId = "k" }, None);

        Assert.True(again.Repeated);
        Assert.Equal(first.Message, again.Message);
        Assert.Equal(ErrorCodes.IdempotencyMismatch, (await one.ApplyAsync(Send(id, "y") with { ClientMessageId = "k" }, None)).Error!.Code);
        Assert.Equal(3, (await one.FindAsync(id, None))!.LastSequence);
    }

    [Fact]
    public async Task Servers_that_send_at_once_leave_no_gap_and_no_repeat()
    {
        var (one, other) = await OpenTwoAsync();
        var id = await RememberAsync(one);

        var decisions = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(() =>
            (i % 2 == 0 ? one : other).ApplyAsync(Send(id, $"m{i / 4}") with { ClientMessageId = $"k{i / 4}" }, None)))).Soon();

        Assert.Equal(100, decisions.Count(decision => !decision.Repeated));
        var log = (await one.ReadEventsAsync(id, new LogRange(0, null, 1000), None))!.Items;
        Assert.Equal(Enumerable.Range(1, 102).Select(i => (long)i), log.Select(entry => entry.Sequence));
        Assert.Equal(100, log.OfType<Message>().Where(message => message.ClientMessageId is not null).Select(message => message.ClientMessageId).Distinct().Count());
        Assert.Equal(log, _bus.Entries.OrderBy(entry => entry.Sequence));
    }

    [Fact]
    public async Task One_conversation_begins_and_one_agent_wins_whatever_server_is_asked()
    {
        var (one, other) = await OpenTwoAsync();

        var started = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => (i % 2 == 0 ? one : other).StartAsync(Start("f"), None)))).Soon();
        var id = Assert.Single(started.Select(decision => decision.Conversation.Id).Distinct());
        var accepted = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => (i % 2 == 0 ? one : other).ApplyAsync(Accept(id, $"a{i}"), None)))).Soon();

        Assert.Single(accepted, decision => decision.Error is null);
        Assert.Equal(2, (await one.FindAsync(id, None))!.LastSequence);
    }

    [Fact]
    public async Task Capacity_holds_for_agents_who_accept_on_several_servers_at_once()
    {
        const int Agents = 20, Each = 8;
        var (one, other) = await OpenTwoAsync();
        var starts = await Task.WhenAll(Enumerable.Range(0, Agents * Each).Select(i => one.StartAsync(Start($"f{i}"), None))).Soon();

        var accepts = await Task.WhenAll(starts.Select((start, i) => Task.Run(() =>
            (i / Agents % 2 == 0 ? one : other).ApplyAsync(Accept(start.Conversation.Id, $"a{i % Agents}"), None)))).Soon();

        Assert.Equal(3 * Agents, accepts.Count(decision => decision.Error is null));
        Assert.All((await one.ReadHeldAsync(None)).GroupBy(held => held.AgentId), held => Assert.Equal(3, held.Count()));
    }

    [Fact]
    public async Task What_was_erased_is_not_remembered()
    {
        var (one, other) = await OpenTwoAsync();
        var id = (await one.StartAsync(Start("f", "Jane", "0123"), None)).Conversation.Id;
        await one.ApplyAsync(Close(id), None);
        await other.EraseAsync(id, "f", None);

        var closed = await one.ApplyAsync(Close(id), None);

        Assert.Null(closed.Conversation.Customer.DisplayName);
        Assert.Equal(Erasure.PseudonymOf(id), closed.Conversation.Customer.Id);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened))
            await opened.DisposeAsync();
    }

    /// <summary>A conversation that waits, which the store has written to, so that it need not read it again.</summary>
    private static async Task<Guid> RememberAsync(ChatStore store)
    {
        var id = (await store.StartAsync(Start("f"), None)).Conversation.Id;
        await store.ApplyAsync(Send(id, "hello"), None);
        return id;
    }

    private async Task<(ChatStore One, ChatStore Other)> OpenTwoAsync()
    {
        var connectionString = await (await PostgresServer.Shared).CreateDatabaseAsync();
        return (Open(connectionString), Open(connectionString));
    }

    private ChatStore Open(string connectionString)
    {
        var database = PostgresDatabase.Open(connectionString, "test", TimeSpan.FromSeconds(5), NullLogger.Instance);
        var store = PostgresStore.Open(database, _bus, new StorageOptions(), TimeSpan.FromSeconds(5), NullLogger.Instance);
        _opened.AddRange([database, store]);
        return store;
    }
}
