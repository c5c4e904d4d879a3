namespace LiveChat.Server.Operations;

/// <summary>
/// Looks now and then for what has run out of time: queue entries, silent and old conversations, those whose agent is gone,
/// and closed ones that have been kept for long enough.
/// Any number of servers may do it at once; the rule decides again on what a conversation is by then.
/// </summary>
internal sealed class Housekeeping(
    IHousekeepingStore store,
    ChatService chat,
    IPresence presence,
    LifetimeClock lifetimeClock,
    ChatOptions options,
    TimeProvider clock,
    ILogger<Housekeeping> log) : BackgroundService
{
    /// <summary>How many are closed before the store is asked for more.</summary>
    private const int Batch = 100;

    private const int RemovedPerRound = 500;

    private int _failures;
    private Exception? _failure;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Housekeeping.Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await RunAsync(stoppingToken);
    }

    /// <summary>
    /// One round. What fails is tried again in the next one, and holds up nothing behind it; a store that fails may fail all of it, so the
    /// log has one line for the round.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        (_failures, _failure) = (0, null);
        await TryAsync(ExpireAsync, cancellationToken);
        await TryAsync(RequeueAsync, cancellationToken);
        await TryAsync(RemoveAsync, cancellationToken);
        await TryAsync(token => presence.PruneAsync(token).AsTask(), cancellationToken);
        if (_failure is not null)
            OperationsLog.HousekeepingFailed(log, _failures, options.Housekeeping.Interval, _failure);
    }

    private async Task TryAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        try
        {
            await step(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            (_failures, _failure) = (_failures + 1, exception);
        }
    }

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        long? after = null;
        while (true)
        {
            var (now, lifetimes) = lifetimeClock.Read();
            var candidates = await store.FindExpiredAsync(
                new ExpiryTimes(now - lifetimes.QueueEntry, now - lifetimes.Inactivity, now - lifetimes.Duration),
                after,
                Batch,
                cancellationToken);
            foreach (var candidate in candidates)
                await TryAsync(token => chat.ExpireAsync(ServerCaller.Instance, candidate.ConversationId, token), cancellationToken);
            if (candidates.Count < Batch)
                return;
            after = candidates[^1].Key;
        }
    }

    private async Task RequeueAsync(CancellationToken cancellationToken)
    {
        if (options.Agent.RequeueAfter == TimeSpan.Zero)
            return;

        var all = await store.ReadHeldAsync(cancellationToken);
        var gone = await presence.FindGoneAsync([.. all.Select(held => held.AgentId).Distinct()], options.Agent.RequeueAfter, cancellationToken);
        foreach (var held in all)
        {
            if (gone.Contains(held.AgentId))
                await TryAsync(token => chat.RequeueAsync(ServerCaller.Instance, held.ConversationId, held.AgentId, token), cancellationToken);
        }
    }

    /// <summary>A bounded number in each round: a first one after years of keeping must not put off what people wait for.</summary>
    private async Task RemoveAsync(CancellationToken cancellationToken)
    {
        if (options.Retention.ClosedConversations == TimeSpan.Zero)
            return;

        var closedBefore = clock.GetUtcNow() - options.Retention.ClosedConversations;
        var removed = await store.RemoveClosedAsync(closedBefore, RemovedPerRound, cancellationToken);
        if (removed > 0)
            OperationsLog.Removed(log, removed);
    }
}
