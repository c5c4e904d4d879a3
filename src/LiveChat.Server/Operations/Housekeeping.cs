namespace LiveChat.Server.Operations;

/// <summary>
/// Looks now and then for what has run out of time: queue entries, silent and old conversations, those whose agent is gone,
/// and closed ones that have been kept for long enough.
/// Any number of servers may do it at once; the rule decides again on what a conversation is by then.
/// </summary>
internal sealed class Housekeeping(
    IChatStore store,
    ChatService chat,
    IPresence presence,
    ChatOptions options,
    TimeProvider clock,
    ILogger<Housekeeping> log) : BackgroundService
{
    /// <summary>How many are closed before the store is asked for more.</summary>
    private const int Batch = 100;

    private const int RemovedPerRound = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = options.Housekeeping.Interval;
        using var timer = new PeriodicTimer(interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                OperationsLog.HousekeepingFailed(log, interval, exception);
            }
        }
    }

    /// <summary>One round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await ExpireAsync(cancellationToken);
        await RequeueAsync(cancellationToken);
        await RemoveAsync(cancellationToken);
        presence.Prune();
    }

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            var candidates = await store.FindExpiredAsync(
                new ExpiryTimes(
                    now - options.Queue.EntryTtl,
                    now - options.Conversation.InactivityTimeout,
                    now - options.Conversation.MaxDuration),
                Batch,
                cancellationToken);
            foreach (var id in candidates)
                await chat.ExpireAsync(id, cancellationToken);
            if (candidates.Count < Batch)
                return;
        }
    }

    private async Task RequeueAsync(CancellationToken cancellationToken)
    {
        if (options.Agent.RequeueAfter == TimeSpan.Zero)
            return;

        var since = clock.GetUtcNow() - options.Agent.RequeueAfter;
        foreach (var held in await store.ReadHeldAsync(cancellationToken))
        {
            if (await presence.IsGoneAsync(held.AgentId, since, cancellationToken))
                await chat.RequeueAsync(held.ConversationId, held.AgentId, cancellationToken);
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
