using LiveChat.Server.Storage.Core;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Storage;

/// <summary>What the commands of one batch know of each other, on an engine that only keeps what it is given.</summary>
public sealed class DraftTests : IDisposable
{
    private readonly MemoryEngine _engine = new();
    private readonly BatchRunner _runner;

    public DraftTests() => _runner = new BatchRunner(_engine, TimeProvider.System);

    [Fact]
    public async Task Customers_who_start_together_have_their_places_in_turn()
    {
        await RunAsync(Sample.Start("before"));

        var decisions = await RunAsync(Sample.Start("f1"), Sample.Start("f2"), Sample.Start("f1"), Sample.Start("f3"));

        Assert.Equal([2, 3, 2, 4], decisions.Select(d => d.Conversation.Queue!.Position));
        Assert.Equal([1, 1, 0, 1], decisions.Select(d => d.Entries.Count));
    }

    [Fact]
    public async Task Who_leaves_the_queue_makes_place_for_who_is_behind_in_the_same_batch()
    {
        var ids = (await RunAsync(Sample.Start("f1"), Sample.Start("f2"), Sample.Start("f3"))).Select(d => d.Conversation.Id).ToList();

        var decisions = await RunAsync(Sample.Accept(ids[0], "a"), Sample.Start("f3"), Sample.Start("f4"), Sample.Start("f2"));

        Assert.Equal([2, 3, 1], decisions.Skip(1).Select(d => d.Conversation.Queue!.Position));
    }

    [Fact]
    public async Task A_requeued_customer_stands_before_those_who_came_later_in_the_same_batch()
    {
        var id = (await RunAsync(Sample.Start("f1")))[0].Conversation.Id;
        await RunAsync(Sample.Accept(id, "a"));

        var decisions = await RunAsync(
            Sample.Start("f2"),
            new RequeueConversation { ConversationId = id, Now = Sample.Noon, AgentId = "a", Wait = default },
            Sample.Start("f3"));

        Assert.Equal([1, 1, 3], decisions.Select(d => d.Conversation.Queue!.Position));
    }

    [Fact]
    public async Task Capacity_counts_what_was_accepted_and_closed_before_in_the_batch()
    {
        var ids = (await RunAsync([.. Enumerable.Range(0, 6).Select(i => Sample.Start($"f{i}"))])).Select(d => d.Conversation.Id).ToList();
        await RunAsync(Sample.Accept(ids[0], "a"));

        var decisions = await RunAsync(
            Sample.Accept(ids[1], "a"), Sample.Accept(ids[2], "a"), Sample.Accept(ids[3], "a"), Sample.Close(ids[0]), Sample.Accept(ids[4], "a"), Sample.Accept(ids[5], "a"));

        Assert.Equal(
            [null, null, ErrorCodes.AgentAtCapacity, null, null, ErrorCodes.AgentAtCapacity],
            decisions.Select(d => d.Error?.Code));
    }

    [Fact]
    public async Task A_client_message_id_is_one_message_within_a_batch_too()
    {
        var id = (await RunAsync(Sample.Start("f")))[0].Conversation.Id;
        var send = Sample.Send(id, "x") with { ClientMessageId = "k" };

        var decisions = await RunAsync(send, send with { MessageId = Guid.NewGuid() }, send with { Content = "y" });

        Assert.False(decisions[0].Repeated);
        Assert.Equal((true, decisions[0].Message), (decisions[1].Repeated, decisions[1].Message));
        Assert.Equal(ErrorCodes.IdempotencyMismatch, decisions[2].Error?.Code);
    }

    [Fact]
    public async Task What_an_earlier_command_made_needed_is_read()
    {
        var id = (await RunAsync(Sample.Start("f")))[0].Conversation.Id;
        await RunAsync(Sample.Accept(id, "a"));
        var said = Sample.Send(id, "x") with { Caller = Backends.Agent("a"), ClientMessageId = "k" };
        var first = (await RunAsync(said))[0].Message;
        await RunAsync(new RequeueConversation { ConversationId = id, Now = Sample.Noon, AgentId = "a", Wait = default });

        // Nobody is spoken for before the acceptance, and "a" after it.
        var decisions = await RunAsync(Sample.Accept(id, "a"), said with { Caller = Backends.AnyAgent, MessageId = Guid.NewGuid() });

        Assert.Equal((true, first), (decisions[1].Repeated, decisions[1].Message));
    }

    [Fact]
    public async Task A_customer_who_closes_and_starts_again_in_one_batch_has_a_new_conversation()
    {
        var id = (await RunAsync(Sample.Start("f")))[0].Conversation.Id;

        var decisions = await RunAsync(Sample.Close(id), Sample.Start("f"), Sample.Start("f"));

        Assert.NotEqual(id, decisions[1].Conversation.Id);
        Assert.Equal((decisions[1].Conversation.Id, 0), (decisions[2].Conversation.Id, decisions[2].Entries.Count));
    }

    [Fact]
    public async Task Nothing_is_remembered_of_what_could_not_be_written()
    {
        var id = (await RunAsync(Sample.Start("f")))[0].Conversation.Id;
        _engine.Fails = true;
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => RunAsync(Sample.Send(id, "lost")));
        _engine.Fails = false;

        Assert.Equal(2, (await RunAsync(Sample.Send(id, "kept")))[0].Message!.Sequence);
    }

    public void Dispose() => _engine.Dispose();

    private async Task<List<Decision>> RunAsync(params Command[] commands)
    {
        var calls = commands.Select(command => new CommandCall(command, since: 0)).ToList();
        Assert.Empty((await _runner.RunAsync(calls)).Again);
        Assert.All(calls, call => Assert.Null(call.Fault));
        return [.. calls.Select(call => call.Decision!)];
    }

    /// <summary>An engine that keeps in memory what it is given, and answers each question by looking through all of it.</summary>
    private sealed class MemoryEngine : IStoreEngine
    {
        private readonly List<(long Key, Conversation Conversation)> _conversations = [];
        private readonly List<Message> _messages = [];

        public bool Fails { get; set; }

        public TimeSpan? MaintenanceDue => null;

        public string? Fault => null;

        public ValueTask<IReadOnlyList<Known>> LoadAsync(IReadOnlyCollection<Guid> ids, IReadOnlyCollection<string> activeOf) =>
            ValueTask.FromResult<IReadOnlyList<Known>>([.. _conversations
                .Where(c => ids.Contains(c.Conversation.Id) || (!c.Conversation.IsClosed && activeOf.Contains(c.Conversation.Customer.Id)))
                .Select(c => new Known(c.Conversation) { Key = c.Key })]);

        public ValueTask<IReadOnlyList<Facts>> ReadFactsAsync(IReadOnlyList<FactQuestion> questions) =>
            ValueTask.FromResult<IReadOnlyList<Facts>>([.. questions.Select(question => new Facts(
                _messages.Find(m => m.ConversationId == question.ConversationId && question.Needed.Sent == new SentMessage(m.Sender.Type, m.Sender.Id, m.ClientMessageId ?? "")),
                _conversations.Count(c => c.Conversation.IsHeld && c.Conversation.Agent?.Id == question.Needed.HeldBy),
                1 + _conversations.Count(c => c.Conversation.Status is ConversationStatus.Queued && c.Key < (question.Key ?? long.MaxValue))))]);

        public bool IsShared => false;

        public ValueTask<bool> IsWrittenAsync(ConversationEvent entry) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<Lost>?> WriteAsync(IReadOnlyList<Change> changes, Func<bool> begin)
        {
            if (Fails)
                throw new InvalidTimeZoneException();

            Assert.True(begin());
            foreach (var change in changes)
            {
                change.Known.Key ??= _conversations.Count + 1;
                Assert.Equal(change.Before, _conversations.Find(c => c.Key == change.Known.Key).Conversation);
                _conversations.RemoveAll(c => c.Key == change.Known.Key);
                _conversations.Add((change.Known.Key.Value, change.After));
                _messages.AddRange(change.Entries.OfType<Message>());
            }

            return ValueTask.FromResult<IReadOnlyList<Lost>?>([]);
        }

        public T RunAlone<T>(Func<System.Data.Common.DbConnection, T> work) => throw new NotSupportedException();

        public bool TryEmptyLog() => true;

        public void Maintain()
        {
        }

        public void Dispose()
        {
        }
    }
}
