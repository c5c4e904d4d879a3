using System.Net;
using Microsoft.Extensions.Options;

namespace LiveChat.Server;

/// <summary>What an operator may set of the program itself, section <c>Chat</c> of the configuration beside <see cref="ChatOptions"/>.</summary>
public sealed class ServerOptions
{
    /// <summary>The address both listeners bind. Default <c>0.0.0.0</c>, in Development <c>127.0.0.1</c>.</summary>
    public string Host { get; set; } = "0.0.0.0";

    public ListenerOptions Rest { get; } = new() { Port = 8383 };

    public GatewayOptions Gateway { get; } = new() { Port = 9094 };

    public StorageOptions Storage { get; } = new();

    public SecurityOptions Security { get; } = new();

    public AdminOptions Admin { get; } = new();

    public ShutdownOptions Shutdown { get; } = new();
}

public class ListenerOptions
{
    /// <summary>0 takes a free port; the one in use is logged at start.</summary>
    public int Port { get; set; }
}

public sealed class GatewayOptions : ListenerOptions
{
    /// <summary>How long after its first connect a client may come back by Socket.IO's connection state recovery. Default 24 h.</summary>
    public TimeSpan RecoveryLifetime { get; set; } = TimeSpan.FromHours(24);
}

public sealed class StorageOptions
{
    /// <summary>Default <c>Sqlite</c>, the embedded store.</summary>
    public StorageProvider Provider { get; set; } = StorageProvider.Sqlite;

    /// <summary>How long a write, or a read, may take before its caller is told that the store is not available. Default 5 s.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The largest SQLite database, in bytes, that is rewritten after an erasure; writes wait for it, about a second for every
    /// 64 MiB. A larger one is overwritten in place where it is unused. Default 64 MiB.
    /// </summary>
    public long CompactLimit { get; set; } = 64 * 1024 * 1024;
}

public enum StorageProvider
{
    Sqlite,
    Postgres,
}

public sealed class SecurityOptions
{
    /// <summary>How callers prove who they are. Must be chosen in the Production environment; elsewhere the default is <c>None</c>.</summary>
    public AuthenticationMode? Authentication { get; set; }

    /// <summary>The web origins that browsers may call from. Default none; in Development any localhost.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    public RateLimitOptions RateLimit { get; } = new();
}

public enum AuthenticationMode
{
    None,
    ApiKey,
    Jwt,
    Proxy,
}

/// <summary>A token bucket per caller. Either value 0 turns the limit off.</summary>
public sealed class RateLimitOptions
{
    /// <summary>How many calls may come at once. Default 200.</summary>
    public int PermitLimit { get; set; } = 200;

    /// <summary>How many calls a second may follow. Default 20.</summary>
    public int TokensPerSecond { get; set; } = 20;
}

public sealed class AdminOptions
{
    /// <summary>Whether <c>POST /api/admin/seed</c> works. Default false, in Development true.</summary>
    public bool SeedEnabled { get; set; }

    /// <summary>
    /// Whether a person's conversations can be exported and erased under <c>/api/admin/customers</c>. Default true. Until callers are
    /// authenticated, whoever reaches the port may do so, as all else.
    /// </summary>
    public bool Enabled { get; set; } = true;
}

public sealed class ShutdownOptions
{
    /// <summary>How long stopping may take, from the signal to the end of the process. Default 20 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Over how long sockets are closed, so that their clients do not all reconnect at once. Default 3 s.</summary>
    public TimeSpan Spread { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>What of the timeout is left to the store, to finish the commit that is under way.</summary>
    public TimeSpan ForStore => Timeout / 4 < LongestForStore ? Timeout / 4 : LongestForStore;

    /// <summary>What of the timeout calls in flight and sockets have.</summary>
    public TimeSpan ForCalls => Timeout - ForStore;

    private static readonly TimeSpan LongestForStore = TimeSpan.FromSeconds(5);
}

/// <summary>Collects every fault of the configuration, so that one failed start shows them all.</summary>
internal sealed class ServerOptionsValidator(IHostEnvironment environment, IConfiguration configuration) : IValidateOptions<ServerOptions>
{
    public ValidateOptionsResult Validate(string? name, ServerOptions options)
    {
        var faults = new List<string>();
        if (!IPAddress.TryParse(options.Host, out _))
            faults.Add($"Chat:Host must be an IP address, not '{options.Host}'.");
        foreach (var (key, port) in new[] { ("Rest", options.Rest.Port), ("Gateway", options.Gateway.Port) })
        {
            if (port is < 0 or > 65535)
                faults.Add($"Chat:{key}:Port must be 0 to 65535, not {port}.");
        }

        if (options.Storage.WriteTimeout < TimeSpan.FromMilliseconds(100) || options.Storage.WriteTimeout > TimeSpan.FromHours(1))
            faults.Add($"Chat:Storage:WriteTimeout must be between 100 ms and an hour, not {options.Storage.WriteTimeout}.");
        if (options.Gateway.RecoveryLifetime < TimeSpan.FromSeconds(1) || options.Gateway.RecoveryLifetime > TimeSpan.FromDays(365))
            faults.Add($"Chat:Gateway:RecoveryLifetime must be between a second and a year, not {options.Gateway.RecoveryLifetime}.");
        if (options.Storage.CompactLimit < 0)
            faults.Add($"Chat:Storage:CompactLimit must not be negative, but is {options.Storage.CompactLimit}.");
        if (options.Shutdown.Timeout < TimeSpan.FromSeconds(1) || options.Shutdown.Timeout > TimeSpan.FromHours(1))
            faults.Add($"Chat:Shutdown:Timeout must be between a second and an hour, not {options.Shutdown.Timeout}.");
        if (options.Shutdown.Spread < TimeSpan.Zero || options.Shutdown.Spread > options.Shutdown.Timeout / 2)
            faults.Add($"Chat:Shutdown:Spread must be between zero and half of Chat:Shutdown:Timeout, not {options.Shutdown.Spread}.");
        if (options.Security.RateLimit is { PermitLimit: < 0 } or { TokensPerSecond: < 0 })
            faults.Add("Chat:Security:RateLimit:PermitLimit and TokensPerSecond must not be negative.");
        foreach (var origin in options.Security.AllowedOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin)
                faults.Add($"Chat:Security:AllowedOrigins must hold origins like 'https://shop.example', not '{origin}'.");
        }

        // What this version cannot do is refused rather than passed over.
        if (options.Storage.Provider is not StorageProvider.Sqlite)
            faults.Add($"Chat:Storage:Provider {options.Storage.Provider} is not available in this version; use Sqlite.");
        if (!string.IsNullOrEmpty(configuration.GetConnectionString("Redis")))
            faults.Add("ConnectionStrings:Redis is set, but this version runs as one server and does not use Redis.");
        if (options.Security.Authentication is null && environment.IsProduction())
            faults.Add("Chat:Security:Authentication must be chosen in the Production environment: None lets anybody in.");
        if (options.Security.Authentication is not (null or AuthenticationMode.None))
            faults.Add($"Chat:Security:Authentication {options.Security.Authentication} is not available in this version; use None behind a proxy that authenticates.");

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

internal sealed class ChatOptionsValidator : IValidateOptions<ChatOptions>
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    public ValidateOptionsResult Validate(string? name, ChatOptions options)
    {
        var faults = new List<string>();
        AtLeast("Queue:MaxConcurrentByAgent", options.Queue.MaxConcurrentByAgent, 1);
        AtLeast("Queue:BroadcastLimit", options.Queue.BroadcastLimit, 1);
        AtLeast("Message:MaxLength", options.Message.MaxLength, 1);
        AtLeast("Message:MaxMetadataBytes", options.Message.MaxMetadataBytes, 2);
        Between("Queue:EntryTtl", options.Queue.EntryTtl, Least, Year);
        Between("Conversation:InactivityTimeout", options.Conversation.InactivityTimeout, Least, Year);
        Between("Conversation:MaxDuration", options.Conversation.MaxDuration, Least, Year);
        Between("Retention:ClosedConversations", options.Retention.ClosedConversations, TimeSpan.Zero, 100 * Year);
        Between("Agent:RequeueAfter", options.Agent.RequeueAfter, TimeSpan.Zero, Year);

        // These are timers' periods, which the runtime bounds.
        Between("Housekeeping:Interval", options.Housekeeping.Interval, Least, Day);
        Between("Queue:BroadcastInterval", options.Queue.BroadcastInterval, TimeSpan.Zero, Day);
        Between("Presence:DisconnectGrace", options.Presence.DisconnectGrace, TimeSpan.Zero, Day);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void AtLeast(string key, int value, int least)
        {
            if (value < least)
                faults.Add($"Chat:{key} must be at least {least}, not {value}.");
        }

        void Between(string key, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
                faults.Add($"Chat:{key} must be between {least} and {most}, not {value}.");
        }
    }
}
