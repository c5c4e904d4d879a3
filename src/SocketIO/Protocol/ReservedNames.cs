using System.Runtime.CompilerServices;

namespace SocketIO.Protocol;

/// <summary>Names that client libraries keep for themselves: no event may have one, whoever sends it.</summary>
internal static class ReservedNames
{
    public static bool Contains(string name) =>
        name is "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener";

    /// <summary>Refuses what the application wants to emit or to handle.</summary>
    public static void ThrowIfReserved(string eventName, [CallerArgumentExpression(nameof(eventName))] string parameter = "")
    {
        ArgumentNullException.ThrowIfNull(eventName, parameter);
        if (Contains(eventName))
            throw new ArgumentException($"The event name {eventName} is reserved by Socket.IO.", parameter);
    }
}
