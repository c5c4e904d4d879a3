using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>Token buckets that all servers share, in Redis: each is taken from and filled by one script there, by Redis' clock. Thread-safe.</summary>
internal sealed class RedisBudgets(RedisConnection connection, RedisOptions options)
{
    /// <summary>Longer than this nobody waits: who asks goes by its own budget then.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    /// <summary>Gives as many tokens as there are, of those wanted; where there is none, the milliseconds until there is one, as a negative number.</summary>
    private const string Script = """
        local limit, rate, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
        local tokens = math.min(limit, (tonumber(held[1]) or limit) + (now - (tonumber(held[2]) or now)) * rate / 1000)
        local given = math.min(want, math.floor(tokens))
        redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - given), 'at', now)
        redis.call('PEXPIRE', KEYS[1], math.ceil(limit * 1000 / rate) + 1000)
        if given > 0 then return given end
        return -math.max(1, math.ceil((1 - tokens) * 1000 / rate))
        """;

    /// <summary>Tokens, or the wait until there is one; null where Redis does not say in time.</summary>
    /// <param name="caller">Whose bucket. Redis sees no more than a hash of it.</param>
    /// <param name="permitLimit">How many it holds.</param>
    /// <param name="tokensPerSecond">How many come to it.</param>
    /// <param name="want">How many at most.</param>
    public async ValueTask<BudgetAnswer?> TakeAsync(string caller, int permitLimit, int tokensPerSecond, int want)
    {
        if (connection.Multiplexer is not { } redis)
            return null;

        try
        {
            RedisKey key = $"{options.Prefix}:rate:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller)).AsSpan(0, 16))}";
            var given = (long)await redis.GetDatabase()
                .ScriptEvaluateAsync(Script, [key], [permitLimit, tokensPerSecond, want])
                .WaitAsync(Limit, TimeProvider.System);
            return given > 0 ? new BudgetAnswer((int)given, TimeSpan.Zero) : new BudgetAnswer(0, TimeSpan.FromMilliseconds(-given));
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // The bus says that Redis is away.
            return null;
        }
    }
}

/// <param name="Given">Tokens that are the asker's now.</param>
/// <param name="Wait">Until there is one, where none was given.</param>
internal readonly record struct BudgetAnswer(int Given, TimeSpan Wait);
