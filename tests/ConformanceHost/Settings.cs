using System.Globalization;
using EngineIO;
using SocketIO;
using SocketIO.Recovery;

namespace ConformanceHost;

/// <summary>What the environment says; see the names below. Durations are in milliseconds.</summary>
internal sealed record Settings(
    int Port, int PingInterval, int PingTimeout, int MaxPayload, int ConnectTimeout, bool AllowEIO3, bool AllowJsonp, bool Recovery, bool MessagePack,
    bool Tuned, LogLevel LogLevel)
{
    public static Settings FromEnvironment() => new(
        Port: Number("PORT", 3000),
        PingInterval: Number("PING_INTERVAL", 300),
        PingTimeout: Number("PING_TIMEOUT", 200),
        MaxPayload: Number("MAX_PAYLOAD", 1_000_000),
        ConnectTimeout: Number("CONNECT_TIMEOUT", 1000),
        AllowEIO3: Flag("ALLOW_EIO3", true),
        AllowJsonp: Flag("ALLOW_JSONP", false),
        Recovery: Flag("RECOVERY", false),
        MessagePack: Environment.GetEnvironmentVariable("CODEC") == "msgpack",
        Tuned: Flag("TUNED", true),
        LogLevel: Enum.Parse<LogLevel>(Environment.GetEnvironmentVariable("LOG_LEVEL") ?? "Warning"));

    public void Apply(EngineOptions options)
    {
        options.PingInterval = TimeSpan.FromMilliseconds(PingInterval);
        options.PingTimeout = TimeSpan.FromMilliseconds(PingTimeout);
        options.MaxPayload = MaxPayload;
        options.AllowEIO3 = AllowEIO3;
        options.AllowJsonp = AllowJsonp;
    }

    public void Apply(SocketIOOptions options)
    {
        Apply(options.Engine);
        options.ConnectTimeout = TimeSpan.FromMilliseconds(ConnectTimeout);
        options.Recovery = Recovery ? new MemoryRecoveryStore(TimeProvider.System) : null;
    }

    private static int Number(string name, int fallback) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : fallback;

    private static bool Flag(string name, bool fallback) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value is "1" or "true" : fallback;
}
