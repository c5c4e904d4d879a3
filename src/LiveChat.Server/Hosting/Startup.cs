using LiveChat.Server.Realtime;
using LiveChat.Server.Realtime.Bus;
using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;

namespace LiveChat.Server.Hosting;

/// <summary>Opens the store, connects the bus to who listens to it, learns what the queue's waits were, and says where things are.</summary>
internal sealed class Startup(
    IStoreDatabase database,
    IQueueReads accepted,
    IPresenceStore sockets,
    IEventBus bus,
    WaitEstimator waits,
    ISocketPresence presence,
    ChatStore store,
    EventRelay relay,
    AgentDesks desks,
    TypingSockets typing,
    QueueBroadcaster queue,
    Listeners listeners,
    IServiceProvider services,
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
        bus.Subscribe(store);
        bus.Subscribe(typing);
        bus.Subscribe(waits);

        var accepts = await accepted.ReadRecentAcceptsAsync(WaitEstimator.Window, cancellationToken);
        waits.Learn(accepts.Reverse());
        switch (presence)
        {
            case ParticipantPresence alone:
                bus.Subscribe(alone);
                alone.Expect(await sockets.ReadWithSocketsAsync(cancellationToken));
                break;
            case ClusterPresence cluster:
                cluster.Told += relay.OnTold;
                await cluster.BeginAsync(cancellationToken);
                await cluster.StartAsync(cancellationToken);
                break;
        }

        if (bus is ClusterBus between)
        {
            var catchUp = services.GetRequiredService<CatchUp>();
            bus.Subscribe(catchUp);
            await between.StartAsync(cancellationToken);
            await catchUp.StartAsync(cancellationToken);
        }

        lifetime.ApplicationStarted.Register(() => StartLog.Started(
            log,
            listeners.RestAddress,
            listeners.GatewayAddress,
            presence is ClusterPresence ? $"{database.Name}, as server {options.Cluster.Node}" : database.Name,
            SecuritySummary.Of(options.Security, options.Admin)));
    }

    /// <summary>The last one to stop: all sockets are closed.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (bus is ClusterBus)
            await services.GetRequiredService<CatchUp>().StopAsync(cancellationToken);
        if (presence is ClusterPresence cluster)
            await cluster.StopAsync(cancellationToken);
    }
}
