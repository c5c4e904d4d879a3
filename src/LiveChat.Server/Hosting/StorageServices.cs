using EngineIO.Epoll;
using LiveChat.Server.Operations;
using LiveChat.Server.Realtime;
using LiveChat.Server.Storage;
using LiveChat.Server.Storage.Core;
using LiveChat.Server.Storage.Postgres;
using LiveChat.Server.Storage.Sqlite;

namespace LiveChat.Server.Hosting;

/// <summary>The store that is configured, the bus that goes with it, and who is there: one process with a file, or one server of many.</summary>
internal static class StorageServices
{
    public static void AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider => Open(provider, configuration));
        services.AddSingleton(provider => provider.GetRequiredService<IStoreDatabase>() switch
        {
            PostgresDatabase postgres => PostgresStore.Open(
                postgres,
                provider.GetRequiredService<IEventBus>(),
                provider.GetRequiredService<StorageOptions>(),
                provider.GetRequiredService<ShutdownOptions>().ForStore,
                provider.GetRequiredService<ILogger<ChatStore>>(),
                Post(provider),
                provider.GetRequiredService<StoreMetrics>()),
            var database => SqliteStore.Open(
                (SqliteDatabase)database,
                provider.GetRequiredService<IEventBus>(),
                provider.GetRequiredService<StorageOptions>(),
                provider.GetRequiredService<ShutdownOptions>().ForStore,
                provider.GetRequiredService<ILogger<ChatStore>>(),
                post: Post(provider),
                metrics: provider.GetRequiredService<StoreMetrics>()),
        });
        services.AddSingleton<StoreMetrics>();
        services.AddSingleton<IStoreTotals>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IConversationStore>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IConversationLog>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IQueueReads>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IHousekeepingStore>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IPeopleStore>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IPresenceStore>(provider => provider.GetRequiredService<ChatStore>());
        services.AddSingleton<IStoreHealth>(provider => provider.GetRequiredService<ChatStore>());
    }

    public static void AddPresence(this IServiceCollection services)
    {
        services.AddSingleton<SocketNotes>();
        services.AddSingleton<ISocketPresence>(provider => provider.GetRequiredService<IStoreDatabase>() switch
        {
            PostgresDatabase postgres => new ClusterPresence(
                new PostgresPresence(postgres),
                provider.GetRequiredService<ServerOptions>().Cluster.Node,
                provider.GetRequiredService<ServerOptions>().Cluster.Lease,
                provider.GetRequiredService<ChatOptions>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ReadFaults>()),
            _ => new ParticipantPresence(
                provider.GetRequiredService<IEventBus>(),
                provider.GetRequiredService<IPresenceStore>().FindOpenAsync,
                provider.GetRequiredService<SocketNotes>(),
                provider.GetRequiredService<ChatOptions>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ReadFaults>()),
        });
        services.AddSingleton<IPresence>(provider => provider.GetRequiredService<ISocketPresence>());
    }

    private static IStoreDatabase Open(IServiceProvider provider, IConfiguration configuration)
    {
        var options = provider.GetRequiredService<ServerOptions>();
        return options.Storage.Provider is StorageProvider.Postgres
            ? PostgresDatabase.Open(
                configuration.GetConnectionString("Postgres")!,
                options.Cluster.Node,
                options.Storage.WriteTimeout,
                provider.GetRequiredService<ILogger<ChatStore>>())
            : SqliteDatabase.Open(configuration.GetConnectionString("Sqlite") ?? SqliteDatabase.DefaultConnectionString);
    }

    private static Action<IThreadPoolWorkItem>? Post(IServiceProvider provider) => provider.GetService<IEventLoops>() is { } loops ? loops.Post : null;
}
