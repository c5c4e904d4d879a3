using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Postgres;
using LiveChat.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LiveChat.Tests.Storage;

public class PostgresStoreTests : ChatStoreConformance, IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];
    private string? _connectionString;

    private protected override async Task<ChatStore> OpenAsync(IEventBus bus)
    {
        if (_connectionString is null)
        {
            var name = "t" + Guid.NewGuid().ToString("N");
            await using var connection = new NpgsqlConnection("Host=127.0.0.1;Port=15432;Username=postgres;Database=postgres");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
            await command.ExecuteNonQueryAsync();
            _connectionString = $"Host=127.0.0.1;Port=15432;Username=postgres;Database={name}";
        }

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
