using System.Collections.Concurrent;
using System.Text.Json;
using SocketIO.Protocol;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.RealClients;

/// <summary>The server that real clients talk to, with the same behaviour in two namespaces, and what it saw of them.</summary>
internal sealed class ClientServer(TestServer server, ConcurrentQueue<(string Namespace, string Id, DisconnectReason Reason)> ends) : IAsyncDisposable
{
    public string Address => server.Address.GetLeftPart(UriPartial.Authority);

    public static async Task<ClientServer> StartAsync(PacketCodec? codec = null)
    {
        var ends = new ConcurrentQueue<(string, string, DisconnectReason)>();
        return new ClientServer(
            await TestServer.StartAsync(
                options => options.Codec = codec ?? PacketCodec.Json,
                io =>
                {
                    Register(io.Of("/"), ends);
                    Register(io.Of("/custom"), ends);
                }),
            ends);
    }

    /// <summary>The server's own side of a client's socket.</summary>
    public ISocket Find(string ns, string id) => server.Io.Of(ns).FindSocket(id)!;

    /// <summary>A socket has ended by its client's own packet.</summary>
    public Task LeftAsync(ISocket socket) =>
        Bounds.Until(() => ends.Contains((socket.Namespace.Name, socket.Id, DisconnectReason.ClientNamespaceDisconnect)));

    /// <summary>There was one socket in each namespace, it has ended by its client's own packet, and nothing is left of the sessions.</summary>
    public async Task EveryoneLeftAsync()
    {
        await Bounds.Until(() => server.Engine.SessionCount == 0 && ends.Count == 2);
        Assert.Equal(
            [("/", DisconnectReason.ClientNamespaceDisconnect), ("/custom", DisconnectReason.ClientNamespaceDisconnect)],
            ends.Select(end => (end.Namespace, end.Reason)).OrderBy(end => end.Namespace, StringComparer.Ordinal));
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static void Register(INamespace ns, ConcurrentQueue<(string, string, DisconnectReason)> ends) => ns
        .OnConnected((socket, _) =>
        {
            var query = socket.Handshake.Query;
            socket.Emit("welcome", new EventArguments()
                .Add(JsonSerializer.SerializeToUtf8Bytes(query["name"]))
                .Add(JsonSerializer.SerializeToUtf8Bytes(query["role"]))
                .Add(JsonSerializer.SerializeToUtf8Bytes(socket.Handshake.Auth)));
            return default;
        })
        .On("echo", (received, _) =>
        {
            received.Socket.Emit("echo", EventArguments.From(received));
            return default;
        })
        .On("ack", (received, _) =>
        {
            received.Ack(EventArguments.From(received));
            return default;
        })
        .On("ask", async (received, token) =>
        {
            var answer = await received.Socket.EmitWithAckAsync("question", EventArguments.From(received), cancellationToken: token);
            received.Socket.Emit("answered", EventArguments.From(answer));
        })
        .On("transport", (received, _) =>
        {
            received.Ack(JsonSerializer.SerializeToUtf8Bytes(received.Socket.TransportName));
            return default;
        })
        .On("id", (received, _) =>
        {
            received.Ack(JsonSerializer.SerializeToUtf8Bytes(received.Socket.Id));
            return default;
        })
        .OnDisconnected((socket, reason) =>
        {
            ends.Enqueue((socket.Namespace.Name, socket.Id, reason));
            return default;
        });
}
