using System.Diagnostics;
using System.Text.Json;
using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>The one place where a fault becomes what a socket is told.</summary>
internal static class SocketFaults
{
    public static ChatError ErrorOf(Exception exception, ILogger log)
    {
        switch (exception)
        {
            case ChatException { Error.Code: not ErrorCodes.Internal } refused:
                return refused.Error;
            case InvalidEventException invalid:
                return new ChatError(ErrorCodes.Validation, invalid.Message);
            case JsonException malformed:
                return Faults.Malformed(malformed).Error;
            default:
                var traceId = Activity.Current?.TraceId.ToString() ?? Guid.NewGuid().ToString("N");
                FaultLog.Unexpected(log, traceId, exception);
                return new ChatError(ErrorCodes.Internal, $"Something went wrong; the operator finds it by {traceId}.");
        }
    }

    /// <summary>What CONNECT_ERROR carries.</summary>
    public static JsonElement Data(ChatError error) =>
        JsonSerializer.SerializeToElement(SocketErrorBody.From(error), Json.Wire.SocketErrorBody);

    /// <summary>
    /// It was admitted, but could not be given what it came for: it is told. What passes ends the connection, so that the client comes
    /// back by itself; what does not, the socket, which it does not.
    /// </summary>
    public static void End(ISocket socket, ChatError error)
    {
        Emit(socket, error);
        if (error.Code is ErrorCodes.Unavailable or ErrorCodes.Internal)
            socket.CloseConnection();
        else
            socket.Disconnect(close: true);
    }

    public static void Emit(ISocket socket, ChatError error) =>
        socket.Emit(EventNames.SystemError, SocketErrorBody.From(error), Json.Wire.SocketErrorBody);
}
