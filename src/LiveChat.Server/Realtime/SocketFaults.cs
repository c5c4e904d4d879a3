using System.Diagnostics;
using System.Text.Json;
using LiveChat.Server.Wire;
using SocketIO;

namespace LiveChat.Server.Realtime;

/// <summary>The one place where a fault becomes what a socket is told.</summary>
internal static class SocketFaults
{
    /// <summary>What the client is told; the operator is told too where it is not the client's own affair.</summary>
    public static ChatError ErrorOf(Exception exception, Faults faults)
    {
        switch (exception)
        {
            case InvalidEventException invalid:
                return new ChatError(ErrorCodes.Validation, invalid.Message);
            case JsonException malformed:
                return Faults.Malformed(malformed).Error;
        }

        var (error, traceId) = faults.Tell(exception, Activity.Current?.TraceId.ToString() ?? Guid.NewGuid().ToString("N"));
        return traceId is null ? error : error with { Message = $"{error.Message} The trace id is {traceId}." };
    }

    /// <summary>What CONNECT_ERROR carries.</summary>
    public static JsonElement Data(ChatError error) =>
        JsonSerializer.SerializeToElement(SocketErrorBody.From(error), Json.Wire.SocketErrorBody);

    /// <summary>What it carries where the library refuses by itself.</summary>
    public static JsonElement? Data(ConnectRefusal refusal, string message) => Data(new ChatError(
        refusal switch
        {
            ConnectRefusal.InvalidNamespace => ErrorCodes.NotFound,
            ConnectRefusal.MiddlewareFailed => ErrorCodes.Internal,
            _ => ErrorCodes.Validation,
        },
        message));

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
