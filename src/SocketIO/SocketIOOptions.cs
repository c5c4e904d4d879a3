using System.Text.Json;
using EngineIO;
using SocketIO.Protocol;
using SocketIO.Recovery;

namespace SocketIO;

/// <summary>Settings of the Socket.IO server. Read when the server is made, later changes have no effect; all faults are reported at once, when the application starts.</summary>
public sealed class SocketIOOptions
{
    /// <summary>
    /// Settings of the Engine.IO sessions beneath: transports, heartbeats, sizes, send buffers, who is let in. A session is
    /// accepted when it joins its first namespace, and <see cref="EngineOptions.MaxPendingSessions"/> is 10,000 here.
    /// </summary>
    public EngineOptions Engine { get; } = new() { MaxPendingSessions = 10_000 };

    /// <summary>How long a client may take to join its first namespace, its middlewares included. Default 20 s (the reference: 45 s). Then <see cref="DisconnectReason.ForcedServerClose"/>.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the attachments of a packet may take after its header. Default 20 s. Then <see cref="DisconnectReason.AttachmentTimeout"/>.</summary>
    public TimeSpan AttachmentTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long <see cref="ISocket.EmitWithAckAsync(string, ReadOnlyMemory{byte}, TimeSpan?, CancellationToken)"/> waits unless told otherwise. Default 10 s.</summary>
    public TimeSpan AckTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after the end of a socket <see cref="INamespace.OnDisconnected"/> waits for the events that were received, and a server that stops for all handlers before their token is cancelled. Default 30 s.</summary>
    public TimeSpan HandlerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a connection that the server ends in good order is sent no more events before it is closed, in real time. Default
    /// 100 ms; zero closes at once. Clients keep an event that they read together with the close and handle it after they have
    /// come back, where a <see cref="Recovery"/> store replays it too.
    /// </summary>
    public TimeSpan CloseDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>CONNECT packets of one connection within <see cref="ConnectTimeout"/>, those that are refused and those to namespaces that it has left again included. Default 32. Over it: <see cref="DisconnectReason.TooManyConnects"/>.</summary>
    public int MaxConnects { get; set; } = 32;

    /// <summary>Namespaces that one connection may be in. Default 16. Over it: CONNECT_ERROR <c>Too many namespaces</c>.</summary>
    public int MaxNamespacesPerConnection { get; set; } = 16;

    /// <summary>Namespaces made by pattern that exist at one time. Default 10,000. Over it: CONNECT_ERROR <c>Invalid namespace</c>.</summary>
    public int MaxDynamicNamespaces { get; set; } = 10_000;

    /// <summary>Bytes of the name, as UTF-8 and without a query, of a namespace made by pattern. Default 512. Over it: CONNECT_ERROR <c>Invalid namespace</c>.</summary>
    public int MaxNamespaceLength { get; set; } = 512;

    /// <summary>Rooms that one socket may be in, its own not counted. Default 1000. Over it <see cref="ISocket.Join(string)"/> throws.</summary>
    public int MaxRoomsPerSocket { get; set; } = 1000;

    /// <summary>Attachments of one packet. Default 10. Over it: <see cref="DisconnectReason.ParseError"/>. Their bytes count, with the header, against <see cref="EngineOptions.MaxPayload"/>.</summary>
    public int MaxAttachments { get; set; } = 10;

    /// <summary>Acknowledgements that the server waits for from one socket. Default 1000. Over it emits that ask for one throw.</summary>
    public int MaxPendingAcks { get; set; } = 1000;

    /// <summary>Events of one socket that wait for its earlier ones to be handled. Default 4096. Over it: <see cref="DisconnectReason.EventQueueFull"/>.</summary>
    public int MaxPendingEvents { get; set; } = 4096;

    /// <summary>Bytes of those events, attachments included. Default 1 MiB. Over it: <see cref="DisconnectReason.EventQueueFull"/>.</summary>
    public int MaxPendingEventBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Bytes of the events that wait to be handled though their sockets have ended, of all those sockets together; each event counts
    /// for 256 more than it holds. Default 64 MiB. Over it the events that a socket leaves are dropped, all but the one in its handler.
    /// </summary>
    public long MaxLeftEventBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Nesting of the JSON that clients send, the array of the event included. Default 64. Over it an event reaches no handler (<see cref="InvalidEventReason.TooDeep"/>), CONNECT is refused, and who waits for the acknowledgement gets a <see cref="JsonException"/>.</summary>
    public int MaxDepth { get; set; } = 64;

    /// <summary>Where handlers and middlewares start. Default <see cref="HandlerScheduling.Inline"/>.</summary>
    public HandlerScheduling HandlerScheduling { get; set; } = HandlerScheduling.Inline;

    /// <summary>The encoding of packets. Default <see cref="PacketCodec.Json"/>.</summary>
    public PacketCodec Codec { get; set; } = PacketCodec.Json;

    /// <summary>Where the types of the typed handlers and emits are resolved; its resolver must be set, by a source-generated context, before one is used. Default: none.</summary>
    public JsonSerializerOptions? SerializerOptions { get; set; }

    /// <summary>Lets clients that lost their connection come back as the same socket and be given what they missed. Default null: off. Use a <see cref="MemoryRecoveryStore"/> within one process, or a store of your own.</summary>
    public IRecoveryStore? Recovery { get; set; }

    /// <summary>
    /// Gives the <c>data</c> of CONNECT_ERROR where the server refuses a client by itself, in the form that the application's own
    /// refusals have; null for none. It is called with the reason and the message of the refusal, on the thread that read the packet,
    /// and must not block. Clients of protocol 4 get the data in place of the message. Default null: an auth that is nested too deep is
    /// refused with <c>{"code":"bad_argument","message":…}</c>, all else without data.
    /// </summary>
    public Func<ConnectRefusal, string, JsonElement?>? RefusalData { get; set; }

    /// <summary>Finds all faults of these settings, one line each, naming the option.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var fault in Engine.Validate())
            yield return $"{nameof(Engine)}.{fault}";

        foreach (var (name, value) in new[]
        {
            (nameof(ConnectTimeout), ConnectTimeout), (nameof(AttachmentTimeout), AttachmentTimeout),
            (nameof(AckTimeout), AckTimeout), (nameof(HandlerTimeout), HandlerTimeout),
        })
        {
            if (value < TimeSpan.FromMilliseconds(10) || value > TimeSpan.FromDays(1))
                yield return $"{name} must be between 10 ms and 1 day, but is {value}.";
        }

        foreach (var (name, value) in new[]
        {
            (nameof(MaxConnects), MaxConnects), (nameof(MaxNamespacesPerConnection), MaxNamespacesPerConnection), (nameof(MaxDynamicNamespaces), MaxDynamicNamespaces),
            (nameof(MaxNamespaceLength), MaxNamespaceLength), (nameof(MaxRoomsPerSocket), MaxRoomsPerSocket), (nameof(MaxPendingAcks), MaxPendingAcks),
            (nameof(MaxPendingEvents), MaxPendingEvents), (nameof(MaxPendingEventBytes), MaxPendingEventBytes), (nameof(MaxDepth), MaxDepth),
        })
        {
            if (value < 1)
                yield return $"{name} must be at least 1, but is {value}.";
        }

        if (MaxLeftEventBytes < 0)
            yield return $"{nameof(MaxLeftEventBytes)} must not be negative, but is {MaxLeftEventBytes}.";
        if (MaxAttachments < 0)
            yield return $"{nameof(MaxAttachments)} must not be negative, but is {MaxAttachments}.";
        if (CloseDelay < TimeSpan.Zero || CloseDelay > TimeSpan.FromSeconds(10))
            yield return $"{nameof(CloseDelay)} must be between 0 and 10 s, but is {CloseDelay}.";
    }
}
