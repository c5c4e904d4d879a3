using System.Collections.Concurrent;
using LiveChat.Tests.Engines;

namespace LiveChat.Tests.Support;

/// <summary>
/// The store that servers under test run on: a file, or with <c>TEST_STORE=Postgres</c> in the environment a database of PostgreSQL, for all tests that
/// do not say which they need.
/// </summary>
internal static class Store
{
    private static readonly ConcurrentDictionary<string, Task<string>> Databases = [];

    public static bool IsPostgres { get; } = Environment.GetEnvironmentVariable("TEST_STORE") == "Postgres";

    /// <summary>The setting of a server whose data is in this folder, the same for the same folder.</summary>
    public static async Task<string> SettingAsync(string folder) => IsPostgres
        ? $"ConnectionStrings:Postgres={await Databases.GetOrAdd(folder, async _ => await (await PostgresServer.Shared).CreateDatabaseAsync())}"
        : $"ConnectionStrings:Sqlite=Data Source={Path.Combine(folder, "livechat.db")}";
}
