using System.Threading.Channels;
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
    // One slot: what is missed while it reads is in the next read.
    private readonly Channel<bool> _missed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void OnCommitted(IReadOnlyList<ConversationEvent> entries)
    {
    }

    public void OnMissed() => _missed.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            // While it is up it says when there is something to look for.
            await WaitAsync(stoppingToken);
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                faults.Add(exception);
                _missed.Writer.TryWrite(true);
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

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (!bus.IsUp)
        {
            _missed.Reader.TryRead(out _);
            return;
        }

        // It may go down without a word of what it lost: looked at as often as it would be read on then.
        using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wait = _missed.Reader.ReadAsync(look.Token).AsTask();
        while (!wait.IsCompleted && bus.IsUp)
            await Task.WhenAny(wait, Task.Delay(options.PollInterval, clock, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        await look.CancelAsync();
        await wait.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
