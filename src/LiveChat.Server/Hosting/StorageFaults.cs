using LiveChat.Server.Storage;

namespace LiveChat.Server.Hosting;

/// <summary>What is wrong with the settings of the store and of what is between servers. A setting of an engine that is not in use is named, never passed over.</summary>
internal static class StorageFaults
{
    private static readonly TimeSpan LongestLease = TimeSpan.FromHours(1);

    public static void Add(List<string> faults, ServerOptions options, IConfiguration configuration)
    {
        var isPostgres = options.Storage.Provider is StorageProvider.Postgres;
        if (isPostgres && !IsSet("ConnectionStrings:Postgres"))
            faults.Add("Chat:Storage:Provider is Postgres, and ConnectionStrings:Postgres is not set.");
        if (isPostgres)
            NotInUse("Postgres", "ConnectionStrings:Sqlite", "Chat:Storage:LogLimit");
        else
            NotInUse("Sqlite", "ConnectionStrings:Postgres", "Chat:Cluster:Lease", "Chat:Cluster:PollInterval");
        if (!isPostgres && IsSet("ConnectionStrings:Redis"))
            faults.Add("ConnectionStrings:Redis is set, and the store is Sqlite, which is one server's: several servers need ConnectionStrings:Postgres.");
        if (IsSet("Chat:Redis:Prefix") && !IsSet("ConnectionStrings:Redis"))
            faults.Add("Chat:Redis:Prefix is set, and ConnectionStrings:Redis is not.");

        if (options.Cluster.Node is not { Length: > 0 and <= 100 } node || node.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            faults.Add("Chat:Cluster:Node must be 1 to 100 characters with no space.");
        if (options.Cluster.Lease < TimeSpan.FromSeconds(2) || options.Cluster.Lease > LongestLease)
            faults.Add($"Chat:Cluster:Lease must be between 2 seconds and an hour, not {options.Cluster.Lease}.");
        if (options.Cluster.PollInterval < TimeSpan.FromMilliseconds(50) || options.Cluster.PollInterval > TimeSpan.FromMinutes(1))
            faults.Add($"Chat:Cluster:PollInterval must be between 50 ms and a minute, not {options.Cluster.PollInterval}.");
        if (options.Redis.Prefix is not { Length: > 0 and <= 50 } prefix || !prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            faults.Add("Chat:Redis:Prefix must be 1 to 50 letters, digits, '-', '_' or '.'.");

        bool IsSet(string key) => !string.IsNullOrEmpty(configuration[key]);

        void NotInUse(string provider, params ReadOnlySpan<string> keys)
        {
            foreach (var key in keys)
            {
                if (IsSet(key))
                    faults.Add($"{key} is set, and the store is {provider}: remove it, or set Chat:Storage:Provider.");
            }
        }
    }
}
