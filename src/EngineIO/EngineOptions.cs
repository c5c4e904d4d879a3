using Microsoft.AspNetCore.Http;

namespace EngineIO;

/// <summary>Settings of an <see cref="EngineServer"/>. They are read at construction; later changes have no effect.</summary>
public sealed class EngineOptions
{
    /// <summary>Time between two heartbeats. Default 25 s. Announced to clients.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long the other side may take to answer a heartbeat. Default 20 s. Announced to clients.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a client may take from opening a WebSocket to completing the upgrade. Default 10 s. Only that WebSocket is closed.</summary>
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one write may wait for the client to read. Default 30 s; checked at heartbeat pace. Then <see cref="CloseReason.WriteTimeout"/>.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a session that the server closes may take to hand over what is queued, and a polling client to fetch the close. Default 30 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a closed WebSocket waits for the client's close frame before the connection is cut; and after a write has failed, how long
    /// what the client sent before may take to be read. Default 5 s.
    /// </summary>
    public TimeSpan CloseHandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>When the application stops, sessions are ended in random order over this time, so that the clients do not reconnect all at once. Default zero.</summary>
    public TimeSpan ShutdownSpread { get; set; } = TimeSpan.Zero;

    /// <summary>Bytes of one request body and of one WebSocket message over all its fragments. Default 100,000. Over it: status 413 or close code 1009, and <see cref="CloseReason.PayloadTooLarge"/>.</summary>
    public int MaxPayload { get; set; } = 100_000;

    /// <summary>The transports that clients may use. Default both.</summary>
    public EngineTransports Transports { get; set; } = EngineTransports.All;

    /// <summary>Whether a polling session may move to WebSocket. Default true.</summary>
    public bool AllowUpgrades { get; set; } = true;

    /// <summary>Whether clients of revision 3 (socket.io 2.x) are served. Default true. Otherwise they get code 5.</summary>
    public bool AllowEIO3 { get; set; } = true;

    /// <summary>Whether polling by script tags (<c>j</c> in the query), for browsers without cross-origin requests, is served. Default false: it opens the answers to any page.</summary>
    public bool AllowJsonp { get; set; }

    /// <summary>
    /// From how many bytes on the answer to a poll is compressed with gzip, where the client takes that; null for never, which is the
    /// default. Compression costs CPU, and lets who sees its size guess what is in it when secrets and a stranger's text meet in one answer.
    /// </summary>
    public int? PollingCompressionThreshold { get; set; }

    /// <summary>
    /// From how many bytes on a WebSocket message is sent compressed (<c>permessage-deflate</c>, RFC 7692), where the client offers that;
    /// null for never, which is the default. Then clients may send compressed messages too; <see cref="MaxPayload"/> is over what they
    /// become. No message refers to the one before, so a broadcast is compressed once and connections need no more memory. In
    /// revision 3 binary messages stay as they are.
    /// </summary>
    public int? WebSocketCompressionThreshold { get; set; }

    /// <summary>Sessions at one time. Default 100,000. Over it, handshakes are answered 503.</summary>
    public int MaxSessions { get; set; } = 100_000;

    /// <summary>Sessions of one client at one time (<see cref="ClientAddress.Group"/>: an IPv4 address, or an IPv6 network of 64 bits); 0 for no limit, which is the default, because behind a proxy all clients may share one. Over it, handshakes are answered 503.</summary>
    public int MaxSessionsPerAddress { get; set; }

    /// <summary>Sessions at one time that the layer above has not accepted yet (<see cref="Session.Accept"/>), so that who only opens them does not take the place of others; 0 for no limit, which is the default. Over it, handshakes are answered 503.</summary>
    public int MaxPendingSessions { get; set; }

    /// <summary>Such sessions of one client; 0 for no limit, which is the default, because behind a proxy all clients may share one. Over it, handshakes are answered 503.</summary>
    public int MaxPendingSessionsPerAddress { get; set; }

    /// <summary>Bytes waiting for one client. Default 1 MiB. Over it: <see cref="CloseReason.SendBufferFull"/>.</summary>
    public int MaxSendBufferBytes { get; set; } = 1024 * 1024;

    /// <summary>Packets waiting for one client. Default 4096. Over it: <see cref="CloseReason.SendBufferFull"/>.</summary>
    public int MaxSendBufferPackets { get; set; } = 4096;

    /// <summary>Asked before a session is made, and again on each upgrade; false is answered with code 4. An exception is answered the same way and logged. Default null: everyone is welcome. The place for a check of <c>Origin</c>, which CORS does not apply to WebSockets.</summary>
    public Func<HttpContext, ValueTask<bool>>? AllowRequest { get; set; }

    /// <summary>Called once per session with the handshake's response before it starts, to add headers. Default null.</summary>
    public Action<HttpContext>? OnInitialHeaders { get; set; }

    /// <summary>Called with each response before it starts, to add headers. Default null.</summary>
    public Action<HttpContext>? OnHeaders { get; set; }

    /// <summary>Name of a cookie that carries the session id, for load balancers. Default null: none. It is set on the handshake only, with <see cref="CookieOptions"/>.</summary>
    public string? CookieName { get; set; }

    /// <summary>Attributes of that cookie. Default <c>Path=/; HttpOnly; SameSite=Lax</c>.</summary>
    public CookieOptions CookieOptions { get; } = new() { Path = "/", HttpOnly = true, SameSite = SameSiteMode.Lax };

    /// <summary>Finds all faults of these settings, one line each, naming the option.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var (name, value) in new[]
        {
            (nameof(PingInterval), PingInterval), (nameof(PingTimeout), PingTimeout), (nameof(UpgradeTimeout), UpgradeTimeout),
            (nameof(WriteTimeout), WriteTimeout), (nameof(CloseTimeout), CloseTimeout), (nameof(CloseHandshakeTimeout), CloseHandshakeTimeout),
        })
        {
            if (value < TimeSpan.FromMilliseconds(10) || value > TimeSpan.FromDays(1))
                yield return $"{name} must be between 10 ms and 1 day, but is {value}.";
        }

        if (ShutdownSpread < TimeSpan.Zero || ShutdownSpread > TimeSpan.FromHours(1))
            yield return $"{nameof(ShutdownSpread)} must be between 0 and 1 hour, but is {ShutdownSpread}.";
        if (MaxPayload is < 1 or > 256 * 1024 * 1024)
            yield return $"{nameof(MaxPayload)} must be between 1 byte and 256 MiB, but is {MaxPayload}.";
        if (Transports is EngineTransports.None || (Transports & ~EngineTransports.All) != 0)
            yield return $"{nameof(Transports)} must name at least one known transport, but is {Transports}.";
        if (MaxSessions < 1)
            yield return $"{nameof(MaxSessions)} must be at least 1, but is {MaxSessions}.";
        foreach (var (name, value) in new[]
        {
            (nameof(MaxSessionsPerAddress), MaxSessionsPerAddress), (nameof(MaxPendingSessions), MaxPendingSessions),
            (nameof(MaxPendingSessionsPerAddress), MaxPendingSessionsPerAddress),
        })
        {
            if (value < 0)
                yield return $"{name} must not be negative, but is {value}.";
        }

        foreach (var (name, value) in new[]
        {
            (nameof(PollingCompressionThreshold), PollingCompressionThreshold), (nameof(WebSocketCompressionThreshold), WebSocketCompressionThreshold),
        })
        {
            if (value < 0)
                yield return $"{name} must not be negative, but is {value}.";
        }

        if (MaxSendBufferBytes < 1024)
            yield return $"{nameof(MaxSendBufferBytes)} must be at least 1024, but is {MaxSendBufferBytes}.";
        if (MaxSendBufferPackets < 16)
            yield return $"{nameof(MaxSendBufferPackets)} must be at least 16, but is {MaxSendBufferPackets}.";
    }
}
