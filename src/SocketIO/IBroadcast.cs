using System.Text.Json.Serialization.Metadata;

namespace SocketIO;

/// <summary>
/// Emits to many sockets. Each operator gives a new value and changes nothing. A packet is encoded once, whatever the number
/// of receivers and the protocols they speak; a socket in several of the rooms gets it once. Emitting never blocks, and throws an
/// <see cref="ArgumentException"/> for a name that Socket.IO reserves.
/// </summary>
public interface IBroadcast
{
    /// <summary>Narrows to the sockets of a room; with each further room to the union.</summary>
    BroadcastOperator To(string room);

    /// <summary>Narrows to the sockets of any of the rooms.</summary>
    BroadcastOperator To(params ReadOnlySpan<string> rooms);

    /// <summary>The same as <see cref="To(string)"/>.</summary>
    BroadcastOperator In(string room);

    /// <summary>Leaves out the sockets of a room; a socket's id is a room too.</summary>
    BroadcastOperator Except(string room);

    /// <summary>Leaves out the sockets of any of the rooms.</summary>
    BroadcastOperator Except(params ReadOnlySpan<string> rooms);

    /// <summary>Drops the packet for each socket that cannot take it at once, rather than queueing it.</summary>
    BroadcastOperator Volatile { get; }

    /// <summary>Sends this offset with the event, for the recovery of clients whose store numbers events itself.</summary>
    BroadcastOperator WithOffset(string offset);

    /// <summary>Emits an event without arguments.</summary>
    /// <returns>The number of sockets that it was queued for.</returns>
    int Emit(string eventName);

    /// <summary>Emits an event with one argument.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="utf8Json">One JSON value, not checked.</param>
    /// <returns>The number of sockets that it was queued for.</returns>
    int Emit(string eventName, ReadOnlyMemory<byte> utf8Json);

    /// <summary>Emits an event with one argument.</summary>
    /// <returns>The number of sockets that it was queued for.</returns>
    int Emit<T>(string eventName, T value, JsonTypeInfo<T> type);

    /// <summary>Emits an event with any arguments.</summary>
    /// <returns>The number of sockets that it was queued for.</returns>
    int Emit(string eventName, EventArguments arguments);

    /// <summary>Emits an event and gathers the acknowledgements of all receivers, until all have answered or the time is up.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="timeout">How long to wait; <see cref="SocketIOOptions.AckTimeout"/> by default.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<BroadcastAcknowledgement> EmitWithAckAsync(string eventName, EventArguments arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default);

    /// <summary>The sockets that an emit would reach now.</summary>
    IReadOnlyList<ISocket> FetchSockets();

    /// <summary>Makes those sockets join rooms.</summary>
    void SocketsJoin(params ReadOnlySpan<string> rooms);

    /// <summary>Makes those sockets leave rooms.</summary>
    void SocketsLeave(params ReadOnlySpan<string> rooms);

    /// <summary>Disconnects those sockets.</summary>
    /// <param name="close">Whether their connections are closed too, with all namespaces.</param>
    void DisconnectSockets(bool close = false);
}

/// <summary>The answers to an emit to many.</summary>
/// <param name="Responses">What each socket that answered in time sent.</param>
/// <param name="Missing">How many were asked and did not answer.</param>
public sealed record BroadcastAcknowledgement(IReadOnlyList<Acknowledgement> Responses, int Missing);
