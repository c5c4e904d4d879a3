namespace LiveChat.Server.Realtime.Bus;

/// <param name="Connection">The one connection to Redis, of the bus and of the budgets; null where there is no Redis. The bus disposes of it.</param>
internal sealed record RedisConnections(RedisConnection? Connection);
