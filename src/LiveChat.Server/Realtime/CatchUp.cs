using LiveChat.Server.Realtime.Bus;

namespace LiveChat.Server.Realtime;

/// <summary>
/// Reads on in the store where the bus does not bring what others commit: again and again while it is down, and once when it may have lost
/// something. One read for all conversations that sockets are in here, and no more than one in each <see cref="ClusterOptions.PollInterval"/>.
/// </summary>
internal sealed class CatchUp(
    IEventBus bus,
    ILogTail log,
    EventRelay relay,
    AgentDesks desks,
    QueueBroadcaster queue,
    ClusterOptions options,
    TimeProvider clock,
    ReadFaults faults) : BackgroundService, IBusSubscriber
{
    // What is missed while it reads is in the next read.
    private readonly WakeUp _missed = new();

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
    }

    public void OnMissed() => _missed.Set();

    public override void Dispose()
    {
        base.Dispose();
        _missed.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            // While it is up it says when there is something to look for; it may go down without a word of what it lost.
            while (bus.IsUp && !await _missed.WaitAsync(options.PollInterval, stoppingToken))
            {
            }

            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                faults.Add(exception);
                _missed.Set();
            }

            await Task.Delay(options.PollInterval, clock, stoppingToken);
        }
    }

    /// <summary>Reads on once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        queue.LookAgain();
        var (positions, visitors, agents) = (relay.Positions, relay.Followed, desks.Agents);
        if (positions.Count + visitors.Count + agents.Count == 0)
            return;

        var report = await log.ReadTailsAsync(positions, visitors, agents, ConversationFeed.PageSize, cancellationToken);
        relay.TakeIn(report);
        desks.TakeIn(report);
    }
}
