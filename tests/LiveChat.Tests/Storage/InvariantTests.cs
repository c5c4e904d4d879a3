using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Postgres;
using LiveChat.Server.Storage.Sqlite;
using LiveChat.Tests.Conformance;
using LiveChat.Tests.Engines;
using LiveChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Tests.Storage;

public sealed class SqliteInvariantTests : InvariantConformance, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livechat-invariants-").FullName;
    private ChatStore? _store;

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private protected override Task<IReadOnlyList<ChatStore>> OpenAsync(RecordingBus bus)
    {
        _store = SqliteStore.Open(
            SqliteDatabase.Open($"Data Source={Path.Combine(_folder, "livechat.db")}"),
            bus,
            new StorageOptions(),
            TimeSpan.FromSeconds(5),
            NullLogger.Instance,
            new PendingLimits(Few: 1, Most: 8, Longest: TimeSpan.FromDays(1)));
        return Task.FromResult<IReadOnlyList<ChatStore>>([_store]);
    }
}

/// <summary>Three servers on one database that hear nothing of each other: what each remembers is mostly out of date.</summary>
public class PostgresInvariantTests : InvariantConformance, IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened))
            await opened.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected virtual bool AreTold => false;

    private protected override async Task<IReadOnlyList<ChatStore>> OpenAsync(RecordingBus bus)
    {
        var connectionString = await (await PostgresServer.Shared).CreateDatabaseAsync();
        var stores = new List<ChatStore>();
        for (var i = 0; i < 3; i++)
        {
            var database = PostgresDatabase.Open(connectionString, $"test-{i}", TimeSpan.FromSeconds(5), NullLogger.Instance);
            stores.Add(PostgresStore.Open(database, bus, new StorageOptions(), TimeSpan.FromSeconds(5), NullLogger.Instance));
            _opened.AddRange([database, stores[^1]]);
            if (AreTold)
                bus.Subscribe(stores[^1]);
        }

        return stores;
    }
}

/// <summary>Servers that are told of each other's commits, so that what they remember is mostly right.</summary>
public sealed class PostgresToldInvariantTests : PostgresInvariantTests
{
    private protected override bool AreTold => true;
}
