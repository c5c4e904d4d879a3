using System.Diagnostics.Metrics;
using LiveChat.Server.Realtime;
using LiveChat.Server.Realtime.Bus;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Tests.Bus;

/// <summary>The bus of one server, with a subscriber that keeps what it is told.</summary>
internal sealed class BusNode : IBusSubscriber, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ConversationEvent> _entries = [];
    private readonly List<Signal> _signals = [];
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private int _missed;

    private BusNode() => Metrics = new BusMetrics(_services.GetRequiredService<IMeterFactory>());

    public IEventBus Bus { get; private set; } = null!;

    public BusMetrics Metrics { get; }

    /// <summary>How often it was told that it may have missed something.</summary>
    public int Missed => Volatile.Read(ref _missed);

    public IReadOnlyList<ConversationEvent> Entries
    {
        get
        {
            lock (_gate)
                return [.. _entries];
        }
    }

    public int EntryCount
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    public IReadOnlyList<Signal> Signals
    {
        get
        {
            lock (_gate)
                return [.. _signals];
        }
    }

    public static BusNode InProcess()
    {
        var node = new BusNode { Bus = new InProcessBus(NullLogger<InProcessBus>.Instance) };
        node.Bus.Subscribe(node);
        return node;
    }

    /// <param name="connect">Gives the ways it takes.</param>
    public static async Task<BusNode> StartAsync(Func<BusMetrics, (IBusTransport Primary, IBusTransport? Secondary)> connect)
    {
        var node = new BusNode();
        var (primary, secondary) = connect(node.Metrics);
        var bus = new ClusterBus(primary, secondary, node.Metrics, NullLogger<ClusterBus>.Instance, TimeProvider.System);
        node.Bus = bus;
        bus.Subscribe(node);
        try
        {
            await bus.StartAsync(TestContext.Current.CancellationToken).Soon();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until its bus is up, and until it was told that it may have missed what was before.</summary>
    public Task IsReadyAsync() => Waiting.Until(() => Bus.IsUp && Missed > 0);

    public Task FollowAsync(Guid conversationId) => Bus.FollowAsync(conversationId, TestContext.Current.CancellationToken).AsTask().Soon();

    public Task HearsAsync(ConversationEvent entry) => Waiting.Until(() => Has(entry));

    public bool Has(ConversationEvent entry)
    {
        lock (_gate)
            return _entries.Contains(entry);
    }

    /// <summary>What came of one conversation, in the order in which it came.</summary>
    public IReadOnlyList<ConversationEvent> Of(Guid conversationId) => [.. Entries.Where(entry => entry.ConversationId == conversationId)];

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
        lock (_gate)
            _entries.AddRange(entries);
    }

    public void OnSignal(Signal signal)
    {
        lock (_gate)
            _signals.Add(signal);
    }

    public void OnMissed() => Interlocked.Increment(ref _missed);

    public async ValueTask DisposeAsync()
    {
        if (Bus is IAsyncDisposable bus)
            await bus.DisposeAsync();
        await _services.DisposeAsync();
    }
}
