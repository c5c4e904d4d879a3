using CsCheck;
using LiveChat.Server.Storage.Core;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LiveChat.Tests.Conformance;

/// <summary>
/// Random interleavings of what customers, agents, the server and the clock do, many at once on the real store, never break what the
/// product promises, whatever server of several they are done on. A failing run prints its seed.
/// </summary>
public abstract class InvariantConformance
{
    private const int Customers = 5, Agents = 2, Capacity = 1;

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Enum<Deed>(),
        Gen.Int[0, Customers - 1],
        Gen.Int[0, Agents - 1],
        Gen.Int[0, 40],
        (deed, customer, agent, number) => new Step(deed, customer, agent, number));

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2031, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly RecordingBus _bus = new();
    private int _runs;

    /// <summary>The stores of several servers on the same data, or of one.</summary>
    private protected abstract Task<IReadOnlyList<ChatStore>> OpenAsync(RecordingBus bus);

    [Fact]
    public async Task No_interleaving_breaks_the_promises()
    {
        var stores = await OpenAsync(_bus);
        await Steps.Array[5, 60].Array[1, 6].SampleAsync(
            actors => RunAsync(stores, actors),
            iter: 1000,
            time: 4,
            threads: 1,
            writeLine: TestContext.Current.TestOutputHelper is { } output ? output.WriteLine : null);
    }

    private async Task RunAsync(IReadOnlyList<ChatStore> stores, Step[][] actors)
    {
        // The same store for all runs, and new people in each.
        var (run, before) = (_runs++, _bus.Entries.Count);
        var options = new ChatOptions { Queue = { MaxConcurrentByAgent = Capacity } };
        var world = new World($"{run}", _clock);
        var services = stores.Select(store => new ChatService(
            store, store, store, new Nobody(), _bus, new Unlogged(), new WaitEstimator(options), new LifetimeClock(options, _clock), options)).ToList();

        // Each actor does its steps in turn, and all actors at once, each on one server after the other.
        using var over = new CancellationTokenSource();
        var watching = stores.Count > 1 ? Task.Run(() => WatchCapacityAsync(stores[0], over.Token)) : Task.CompletedTask;
        await Task.WhenAll(actors.Select((steps, first) => Task.Run(
            () => world.PlayAsync(steps, step => (services[(first + step) % stores.Count], stores[(first + step) % stores.Count]))))).Soon();
        await over.CancelAsync();
        await watching.Soon();

        var entries = _bus.Entries.Skip(before).ToList();
        for (var customer = 0; customer < Customers; customer++)
            await CheckAsync(stores, await stores[0].ReadCustomerAsync(world.Customer(customer), 0, 10_000, CancellationToken.None), entries);
        if (stores.Count == 1)
            CheckCapacity(entries);
    }

    /// <summary>Where the order of commits over all servers is nobody's to see, the store is looked at all the time.</summary>
    private static async Task WatchCapacityAsync(ChatStore store, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
            Assert.All((await store.ReadHeldAsync(CancellationToken.None)).GroupBy(held => held.AgentId), held => Assert.InRange(held.Count(), 1, Capacity));
    }

    private static async Task CheckAsync(IReadOnlyList<ChatStore> stores, IReadOnlyList<FoundConversation> conversations, List<ConversationEvent> entries)
    {
        Assert.InRange(conversations.Count(c => !c.Conversation.IsClosed), 0, 1);
        foreach (var (conversation, _, _) in conversations)
        {
            var log = (await stores[^1].ReadEventsAsync(conversation.Id, new LogRange(0, null, 100_000), CancellationToken.None))!.Items;
            Assert.Equal(Enumerable.Range(1, log.Count).Select(i => (long)i), log.Select(e => e.Sequence));
            var published = entries.Where(e => e.ConversationId == conversation.Id);
            Assert.Equal(log, stores.Count == 1 ? published : published.OrderBy(e => e.Sequence));
            Assert.Equal(conversation, Replay(log) with { Queue = null });
        }
    }

    /// <summary>Held at any moment, in the order in which the store committed: never more than the capacity.</summary>
    private static void CheckCapacity(List<ConversationEvent> entries)
    {
        var held = new Dictionary<Guid, string>();
        foreach (var transition in entries.OfType<Transition>())
        {
            held.Remove(transition.ConversationId);
            if (transition.Conversation is { IsHeld: true, Agent: { } agent })
                held.Add(transition.ConversationId, agent.Id);
            Assert.All(held.Values.GroupBy(a => a), holding => Assert.InRange(holding.Count(), 1, Capacity));
        }
    }

    /// <summary>What the conversation stands at by its log alone; an entry that may not follow the one before it fails.</summary>
    private static Conversation Replay(IReadOnlyList<ConversationEvent> log)
    {
        Conversation? now = null;
        foreach (var entry in log)
        {
            Assert.True(now is null || entry.Timestamp >= now.UpdatedAt, "The log went back in time.");
            if (entry is Message message)
            {
                Assert.NotNull(now);
                Assert.False(now.IsClosed, "A message after the end.");
                Assert.True(message.Sender.Type is ParticipantType.Customer || message.Sender.Id == now.Agent?.Id, "An agent that does not hold it spoke.");
                now = now with { LastSequence = entry.Sequence, UpdatedAt = entry.Timestamp };
                continue;
            }

            var transition = (Transition)entry;
            Assert.True(IsLegal(now?.Status, transition.Kind), $"{transition.Kind} after {now?.Status}.");
            now = transition.Conversation;
        }

        return now!;
    }

    private static bool IsLegal(ConversationStatus? from, TransitionKind kind) => kind switch
    {
        TransitionKind.Queued => from is null,
        TransitionKind.Assigned => from is ConversationStatus.Queued,
        TransitionKind.Connected => from is ConversationStatus.Assigned,
        TransitionKind.Requeued => from is ConversationStatus.Assigned or ConversationStatus.Connected,
        TransitionKind.CustomerUpdated or TransitionKind.Closed => from is not (null or ConversationStatus.Closed),
    };

    private enum Deed
    {
        Start,
        CustomerSends,
        AgentSends,
        Accept,
        Connect,
        Close,
        Requeue,
        Expire,
        TimePasses,
    }

    private sealed record Step(Deed Deed, int Customer, int Agent, int Number);

    /// <summary>What the actors know together: the conversation that each customer had last.</summary>
    private sealed class World(string run, FakeTimeProvider clock)
    {
        private readonly Guid[] _conversations = new Guid[Customers];

        public string Customer(int number) => $"customer-{run}-{number}";

        public async Task PlayAsync(Step[] steps, Func<int, (ChatService Chat, ChatStore Store)> serverOf)
        {
            for (var i = 0; i < steps.Length; i++)
            {
                try
                {
                    var (chat, store) = serverOf(i);
                    await DoAsync(steps[i], chat, store);
                }
                catch (ChatException refused)
                {
                    // A refusal is an answer; a fault is not.
                    Assert.NotEqual(ErrorCodes.Internal, refused.Error.Code);
                    Assert.NotEqual(ErrorCodes.Unavailable, refused.Error.Code);
                }
            }
        }

        private async Task DoAsync(Step step, ChatService chat, ChatStore store)
        {
            var (id, agent, none) = (_conversations[step.Customer], $"agent-{run}-{step.Agent}", CancellationToken.None);
            switch (step.Deed)
            {
                case Deed.Start:
                    var started = await chat.StartAsync(Backends.AnyCustomer, new Customer(Customer(step.Customer), null, null), null, null, null, none);
                    _conversations[step.Customer] = started.Conversation.Id;
                    break;
                case Deed.CustomerSends:
                    var draft = new MessageDraft($"{step.Number}", null, step.Number % 2 == 0 ? $"k{step.Number}" : null);
                    var sent = await chat.SendAsync(Backends.AnyCustomer, id, draft, none);
                    Assert.Equal(draft.Content, sent.Message.Content);
                    break;
                case Deed.AgentSends:
                    await chat.SendAsync(Backends.Agent(agent), id, new MessageDraft("answer"), none);
                    break;
                case Deed.Accept:
                    var accepted = await chat.AcceptAsync(Backends.Agent(agent), id, new Agent(agent, null), none);
                    Assert.Equal(agent, accepted.Agent?.Id);
                    break;
                case Deed.Connect:
                    await chat.ConnectAsync(Backends.Agent(agent), id, none);
                    break;
                case Deed.Close:
                    Assert.True((await chat.CloseAsync(step.Number % 2 == 0 ? Backends.AnyCustomer : Backends.Agent(agent), id, "done", none)).IsClosed);
                    break;
                case Deed.Requeue:
                    foreach (var held in await store.ReadHeldAsync(none))
                    {
                        if (held.AgentId == agent)
                            await chat.RequeueAsync(ServerCaller.Instance, held.ConversationId, agent, none);
                    }

                    break;
                case Deed.Expire:
                    await chat.ExpireAsync(ServerCaller.Instance, id, none);
                    break;
                case Deed.TimePasses:
                    clock.Advance(TimeSpan.FromMinutes(step.Number) / 4);
                    break;
            }
        }
    }

    private sealed class Nobody : IPresence
    {
        public void Seen(string agentId)
        {
        }

        public bool IsAnyAgentThere => false;

        public ValueTask<IReadOnlySet<string>> FindGoneAsync(IReadOnlyCollection<string> agentIds, TimeSpan forAtLeast, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlySet<string>>(agentIds.ToHashSet());

        public ValueTask PruneAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    private sealed class Unlogged : ILifecycleLog
    {
        public void Added(ConversationEvent entry)
        {
        }
    }
}
