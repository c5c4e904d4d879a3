using LiveChat.Server.Realtime;
using LiveChat.Server.Realtime.Bus;
using LiveChat.Server.Security;
using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Postgres;

namespace LiveChat.Server.Hosting;

/// <summary>
/// What carries between servers: nothing but the process where the store is a file, which is one server's; else Redis where it is configured,
/// with PostgreSQL in its place while it is away, or PostgreSQL alone.
/// </summary>
internal static class BusServices
{
    public static void AddBus(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<BusMetrics>();
        services.AddSingleton<IEventBus>(provider => provider.GetRequiredService<StorageOptions>().Provider is StorageProvider.Postgres
            ? Between(provider, configuration)
            : new InProcessBus(provider.GetRequiredService<ILogger<InProcessBus>>()));
        services.AddSingleton<ILogTail>(provider => new PostgresTails((PostgresDatabase)provider.GetRequiredService<IStoreDatabase>()));
        services.AddSingleton(provider => provider.GetRequiredService<ServerOptions>().Cluster);
        services.AddSingleton<CatchUp>();
        services.AddSingleton(provider => new RedisConnections(configuration.GetConnectionString("Redis") is { Length: > 0 } connectionString
            ? new RedisConnection(
                connectionString,
                provider.GetRequiredService<ServerOptions>().Cluster.Node,
                provider.GetRequiredService<ServerOptions>().Redis,
                TimeProvider.System)
            : null));
    }

    /// <summary>Over all servers where Redis carries between them; null elsewhere.</summary>
    public static SharedBudget? SharedBudgetOf(IServiceProvider provider)
    {
        if (provider.GetRequiredService<RedisConnections>().Connection is not { } redis)
            return null;

        var (options, limit) = (provider.GetRequiredService<ServerOptions>(), provider.GetRequiredService<SecurityOptions>().RateLimit);
        var budgets = new RedisBudgets(redis, options.Redis);
        return new SharedBudget(
            async (caller, want) => await budgets.TakeAsync(caller, limit.PermitLimit, limit.TokensPerSecond, want) is var (given, wait) ? (given, wait) : null,
            limit.PermitLimit);
    }

    private static ClusterBus Between(IServiceProvider provider, IConfiguration configuration)
    {
        // In the real time, like the engines, whatever clock the product is given.
        var (options, metrics, clock) = (provider.GetRequiredService<ServerOptions>(), provider.GetRequiredService<BusMetrics>(), TimeProvider.System);
        IBusTransport postgres = new PostgresTransport(
            configuration.GetConnectionString("Postgres")!, options.Redis, metrics, provider.GetRequiredService<ILogger<PostgresTransport>>(), clock);
        IBusTransport? redis = provider.GetRequiredService<RedisConnections>().Connection is { } connection
            ? new RedisTransport(connection, options.Redis, metrics, provider.GetRequiredService<ILogger<RedisTransport>>(), clock)
            : null;
        return new ClusterBus(redis ?? postgres, redis is null ? null : postgres, metrics, provider.GetRequiredService<ILogger<ClusterBus>>(), clock);
    }
}
