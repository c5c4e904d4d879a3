using System.Collections.Concurrent;
using LiveChat.Server.Realtime;
using LiveChat.Server.Storage.Postgres;
using LiveChat.Tests.Conformance;
using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Tests.Operations;

/// <summary>Presence in the one process there is.</summary>
public sealed class InProcessPresenceTests : PresenceConformance
{
    private readonly RecordingBus _bus = new();

    public InProcessPresenceTests()
    {
        var faults = new ReadFaults(NullLogger<ReadFaults>.Instance, TimeProvider.System);
        Presence = new ParticipantPresence(
            _bus, (_, _) => Task.FromResult<IReadOnlyList<Guid>>([Conversation]), new SocketNotes(new NoNotes(), faults), Options, TimeProvider.System, faults);
    }

    private protected override ISocketPresence Presence { get; }

    protected override IReadOnlyList<(string Id, bool IsPresent)> Told => [.. _bus.Changes.Select(change => (change.Participant.Id, change.IsPresent))];
}

/// <summary>Presence that servers share in PostgreSQL.</summary>
public sealed class PostgresPresenceTests : PresenceConformance, IAsyncLifetime
{
    private readonly ConcurrentQueue<(string Id, bool IsPresent)> _told = [];
    private PostgresDatabase _database = null!;
    private ClusterPresence _presence = null!;

    private protected override ISocketPresence Presence => _presence;

    protected override IReadOnlyList<(string Id, bool IsPresent)> Told => [.. _told];

    public async ValueTask InitializeAsync()
    {
        _database = PostgresDatabase.Open(
            await (await PostgresServer.Shared).CreateDatabaseAsync(), "one", TimeSpan.FromSeconds(5), NullLogger.Instance);
        _presence = new ClusterPresence(
            new PostgresPresence(_database),
            "one",
            TimeSpan.FromSeconds(10),
            Options,
            TimeProvider.System,
            new ReadFaults(NullLogger<ReadFaults>.Instance, TimeProvider.System));
        _presence.Told += told => _told.Enqueue((told.Participant.Id, told.IsPresent));
        await _presence.BeginAsync(CancellationToken.None);
        await _presence.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _presence.StopAsync(CancellationToken.None);
        _presence.Dispose();
        await _database.DisposeAsync();
    }
}
