using LiveChat.Server.Realtime;
using LiveChat.Server.Storage.Sqlite;

namespace LiveChat.Server.Hosting;

/// <summary>Opens the store, connects the bus to who listens to it, learns what the queue's waits were, and says where things are.</summary>
internal sealed class Startup(
    SqliteDatabase database,
    IQueueReads accepted,
    IPresenceStore sockets,
    IEventBus bus,
    WaitEstimator waits,
    ParticipantPresence presence,
    SocketNotes notes,
    EventRelay relay,
    AgentDesks desks,
    TypingSockets typing,
    QueueBroadcaster queue,
    Listeners listeners,
    ServerOptions options,
    IHostApplicationLifetime lifetime,
    ILogger<Startup> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Sockets first: what they receive should not wait for what only counts.
        bus.Subscribe(relay);
        bus.Subscribe(desks);
        bus.Subscribe(queue);
        bus.Subscribe(typing);
        bus.Subscribe(presence);
        bus.Subscribe(notes);
        bus.Subscribe(waits);

        var accepts = await accepted.ReadRecentAcceptsAsync(WaitEstimator.Window, cancellationToken);
        waits.Learn(accepts.Reverse());
        presence.Expect(await sockets.ReadWithSocketsAsync(cancellationToken));
        lifetime.ApplicationStarted.Register(() => StartLog.Started(
            log,
            listeners.RestAddress,
            listeners.GatewayAddress,
            database.Path,
            SecuritySummary.Of(options.Security, options.Admin)));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
