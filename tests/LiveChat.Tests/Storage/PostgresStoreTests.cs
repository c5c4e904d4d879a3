using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Postgres;
using LiveChat.Tests.Conformance;
using LiveChat.Tests.Engines;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Tests.Storage;

public class PostgresStoreTests : ChatStoreConformance, IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];
    private string? _connectionString;

    private protected override async Task<ChatStore> OpenAsync(IEventBus bus)
    {
        _connectionString ??= await (await PostgresServer.Shared).CreateDatabaseAsync();
        var database = PostgresDatabase.Open(_connectionString, "test", TimeSpan.FromSeconds(5), NullLogger.Instance);
        var store = PostgresStore.Open(database, bus, new StorageOptions(), TimeSpan.FromSeconds(5), NullLogger.Instance);
        _opened.Add(database);
        _opened.Add(store);
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in Enumerable.Reverse(_opened))
            await opened.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
