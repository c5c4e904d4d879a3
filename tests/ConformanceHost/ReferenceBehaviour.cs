using SocketIO;

namespace ConformanceHost;

/// <summary>What the suites of the Socket.IO protocol expect of the server under test.</summary>
internal static class ReferenceBehaviour
{
    public static void Register(ISocketIO io)
    {
        foreach (var name in new[] { "/", "/custom" })
        {
            io.Of(name)
                .OnConnected((socket, _) =>
                {
                    socket.Emit("auth", System.Text.Encoding.UTF8.GetBytes(socket.Handshake.Auth.GetRawText()));
                    return default;
                })
                .On("message", (received, _) =>
                {
                    received.Socket.Emit("message-back", EventArguments.From(received));
                    return default;
                })
                .On("message-with-ack", (received, _) =>
                {
                    received.Ack(EventArguments.From(received));
                    return default;
                })
                .On("emit-with-ack", async (received, token) =>
                {
                    var answer = await received.Socket.EmitWithAckAsync("emit-with-ack", EventArguments.From(received), cancellationToken: token);
                    received.Socket.Emit("emit-with-ack", EventArguments.From(answer));
                });
        }
    }
}
