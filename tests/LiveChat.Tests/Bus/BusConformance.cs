using LiveChat.Tests.Support;

using static LiveChat.Tests.Bus.BusSample;

namespace LiveChat.Tests.Bus;

/// <summary>What every bus does, within one process and between servers. A subclass says what two servers are.</summary>
public abstract class BusConformance : IAsyncDisposable
{
    private readonly List<BusNode> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Distinct())
            await node.DisposeAsync();
        await EndAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Entries_and_signals_of_a_conversation_come_to_who_follows_it_in_their_order()
    {
        var (one, two) = await TwoAsync();
        var id = Guid.NewGuid();
        await two.FollowAsync(id);
        Message[] messages = [.. Enumerable.Range(1, 300).Select(i => Message(id, i))];
        Signal[] signals = [.. Enumerable.Range(1, 300).Select(i => Read(id, i))];

        for (var i = 0; i < messages.Length; i += 3)
        {
            one.Bus.Publish(messages[i..(i + 3)]);
            foreach (var signal in signals[i..(i + 3)])
                one.Bus.Publish(signal);
        }

        await Waiting.Until(() => two.Entries.Count == messages.Length && two.Signals.Count == signals.Length);
        Assert.Equal(messages, two.Entries);
        Assert.Equal(signals, two.Signals);
    }

    [Fact]
    public async Task Transitions_come_to_every_server_in_their_order()
    {
        var (one, two) = await TwoAsync();
        Transition[] transitions = [.. Enumerable.Range(1, 100).Select(i => Transition(Guid.NewGuid(), i))];

        one.Bus.Publish(transitions[..50]);
        foreach (var transition in transitions[50..])
            one.Bus.Publish([transition]);

        await Waiting.Until(() => two.Entries.Count == transitions.Length);
        Assert.Equal(transitions, two.Entries);
    }

    [Fact]
    public async Task Whoever_publishes_is_told_at_once_and_once()
    {
        var (one, two) = await TwoAsync();
        var id = Guid.NewGuid();
        await one.FollowAsync(id);
        await two.FollowAsync(id);
        var (message, transition, last) = (Message(id, 1), Transition(id, 2), Message(id, 3));

        one.Bus.Publish([message, transition]);
        one.Bus.Publish(Read(id, 2));
        Assert.Equal([message, transition], one.Entries);
        Assert.Equal([Read(id, 2)], one.Signals);

        // What comes back from the engine has come before this does.
        await two.HearsAsync(message);
        two.Bus.Publish([last]);
        await one.HearsAsync(last);
        Assert.Equal([message, transition, last], one.Entries.Take(3));
        Assert.Equal(3, one.Entries.Count);
        Assert.Single(one.Signals);
    }

    [Fact]
    public async Task The_largest_entries_come()
    {
        var (one, two) = await TwoAsync();
        var id = Guid.NewGuid();
        await two.FollowAsync(id);
        var large = Message(id, 1, new string('€', 4000), $$"""{"a":"{{new string('x', 4000)}}"}""");
        var other = Message(id, 2, new string('中', 4000));
        var transition = Transition(id, 3, $$"""{"a":"{{new string('x', 4080)}}"}""");
        Message[] more = [.. Enumerable.Range(4, 50).Select(i => Message(id, i, new string('€', 3000)))];

        one.Bus.Publish([large, other, transition]);
        one.Bus.Publish(more);

        await Waiting.Until(() => two.Entries.Count == 3 + more.Length);
        Assert.Equal([large, other, transition, .. more], two.Entries.OrderBy(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_thousand_conversations_are_followed_at_once()
    {
        var (one, two) = await TwoAsync();
        Guid[] ids = [.. Enumerable.Range(0, 1000).Select(_ => Guid.NewGuid())];
        await Task.WhenAll(ids.Select(two.FollowAsync)).Soon();
        Message[] messages = [.. ids.Select(id => Message(id, 1))];

        foreach (var message in messages)
            one.Bus.Publish([message]);

        await Waiting.Until(() => two.EntryCount == messages.Length);
        Assert.Equal(messages.OrderBy(message => message.ConversationId), two.Entries.OrderBy(entry => entry.ConversationId));
    }

    [Fact]
    public async Task Of_a_burst_all_comes_or_it_is_said_that_something_was_missed()
    {
        var (one, two) = await TwoAsync();
        Guid[] ids = [.. Enumerable.Range(0, 20).Select(_ => Guid.NewGuid())];
        await Task.WhenAll(ids.Select(two.FollowAsync)).Soon();
        var before = two.Missed;

        for (var i = 1; i <= 1000; i++)
        {
            foreach (var id in ids)
                one.Bus.Publish([Message(id, i, "a message of an ordinary length, of which there are very many")]);
        }

        await Waiting.Until(() => two.EntryCount == 20_000 || two.Missed > before);
        foreach (var id in ids)
            Assert.True(IsRising(two.Of(id)));
    }

    [Fact]
    public async Task A_subscriber_that_fails_keeps_nothing_from_the_others()
    {
        var (one, two) = await TwoAsync();
        two.Bus.Subscribe(new Failing());
        var late = new List<ConversationEvent>();
        using var subscription = two.Bus.Subscribe(new Listed(late));
        var (first, second) = (Transition(Guid.NewGuid()), Transition(Guid.NewGuid()));

        one.Bus.Publish([first]);
        one.Bus.Publish([second]);

        await two.HearsAsync(second);
        await Waiting.Until(() =>
        {
            lock (late)
                return late.Count == 2;
        });
    }

    /// <summary>Two servers that hear each other; the same one twice where there is but one.</summary>
    private protected abstract Task<(BusNode One, BusNode Two)> ConnectAsync();

    /// <summary>Ends what was started for this test alone.</summary>
    private protected virtual Task EndAsync() => Task.CompletedTask;

    private protected async Task<(BusNode One, BusNode Two)> TwoAsync()
    {
        var nodes = await ConnectAsync();
        Keep(nodes.One, nodes.Two);
        return nodes;
    }

    /// <summary>They end with the test.</summary>
    private protected void Keep(params ReadOnlySpan<BusNode> nodes) => _nodes.AddRange(nodes);

    private protected static bool IsRising(IReadOnlyList<ConversationEvent> entries) =>
        entries.Zip(entries.Skip(1)).All(pair => pair.First.Sequence < pair.Second.Sequence);

    private sealed class Failing : IBusSubscriber
    {
        public void OnCommitted(IReadOnlyList<ConversationEvent> entries) => throw new InvalidOperationException("On purpose.");
    }

    private sealed class Listed(List<ConversationEvent> heard) : IBusSubscriber
    {
        public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
        {
            lock (heard)
                heard.AddRange(entries);
        }
    }
}
