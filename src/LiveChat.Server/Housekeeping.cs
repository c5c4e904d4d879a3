namespace LiveChat.Server;

/// <summary>
/// Looks now and then for what has run out of time: queue entries, silent and old conversations, and those whose agent is gone.
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
                Log.HousekeepingFailed(log, interval, exception);
            }
        }
    }

    /// <summary>One round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await ExpireAsync(cancellationToken);
        await RequeueAsync(cancellationToken);
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
}
