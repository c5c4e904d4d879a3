using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace LiveChat.Tests.Support;

/// <summary>
/// A Socket.IO client of nothing but frames: Engine.IO 4 over one WebSocket. It answers pings, keeps events in the order in which
/// they came, and waits for them with a limit.
/// </summary>
public sealed class RawSocket : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Channel<string> _packets = Channel.CreateUnbounded<string>();
    private readonly Channel<SocketEvent> _events = Channel.CreateUnbounded<SocketEvent>();
    private readonly Dictionary<int, TaskCompletionSource<JsonElement>> _acks = [];
    private readonly List<SocketEvent> _seen = [];
    private readonly Lock _gate = new();
    private Task _reading = Task.CompletedTask;
    private int _nextAck;

    /// <summary>What came so far, in order, whether or not it was waited for.</summary>
    public IReadOnlyList<SocketEvent> Seen
    {
        get
        {
            lock (_gate)
                return [.. _seen];
        }
    }

    /// <summary>The sequences of the log entries that came, in order.</summary>
    public long[] Sequences => [.. Seen.Where(e => e.Type != "SESSION_READY").Select(e => e.Sequence).OfType<long>()];

    public Task Ended => _reading;

    /// <summary>What CONNECT was answered with.</summary>
    public JsonElement Connect { get; private set; }

    /// <summary>What the server's close frame said; null when the connection ended without one.</summary>
    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>Connects and must be admitted.</summary>
    public static Task<RawSocket> ConnectAsync(
        RunningServer server, string query, object? auth = null, params (string Name, string Value)[] headers) =>
        ConnectAsync(server.GatewayAddress, query, auth, userAgent: null, headers);

    /// <param name="gateway">Where to connect.</param>
    /// <param name="query">The parameters.</param>
    /// <param name="auth">The payload of CONNECT.</param>
    /// <param name="userAgent">As what it presents itself.</param>
    public static async Task<RawSocket> ConnectAsync(Uri gateway, string query, object? auth = null, string? userAgent = null, params (string Name, string Value)[] headers)
    {
        var (socket, answer) = await TryConnectAsync(gateway, query, auth, userAgent, headers: headers);
        if (!answer.StartsWith("40{\"sid\":", StringComparison.Ordinal))
        {
            // Left open it would keep the server of a failed test from stopping, and that would hide the failure.
            await socket.DisposeAsync();
            Assert.Fail($"Not admitted: {answer}");
        }

        socket.Connect = JsonDocument.Parse(answer[2..]).RootElement;
        return socket;
    }

    /// <summary>Connects and must be refused; gives the payload of CONNECT_ERROR.</summary>
    public static async Task<JsonElement> RefusedAsync(
        RunningServer server, string query, object? auth = null, params (string Name, string Value)[] headers)
    {
        var (socket, answer) = await TryConnectAsync(server.GatewayAddress, query, auth, headers: headers);
        await using (socket)
        {
            Assert.StartsWith("44", answer, StringComparison.Ordinal);
            return JsonDocument.Parse(answer[2..]).RootElement;
        }
    }

    public static async Task<(RawSocket Socket, string Answer)> TryConnectAsync(
        Uri gateway, string query, object? auth = null, string? userAgent = null, string? forwardedFor = null, params (string Name, string Value)[] headers)
    {
        var socket = new RawSocket();
        foreach (var (name, value) in headers)
            socket._socket.Options.SetRequestHeader(name, value);
        if (forwardedFor is not null)
            socket._socket.Options.SetRequestHeader("X-Forwarded-For", forwardedFor);
        socket._socket.Options.SetRequestHeader("User-Agent", userAgent);
        var address = new UriBuilder(gateway) { Scheme = "ws", Path = "/socket.io/", Query = $"EIO=4&transport=websocket&{query}" };
        await socket._socket.ConnectAsync(address.Uri, TestContext.Current.CancellationToken).Soon();
        socket._reading = socket.ReadAsync();
        await socket.SendRawAsync("40" + (auth is null ? "" : JsonSerializer.Serialize(auth)));
        var answer = await socket._packets.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon();
        return (socket, answer);
    }

    public async Task SendRawAsync(string frame)
    {
        using var limit = new CancellationTokenSource(Waiting.Limit);
        await _socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
    }

    public async Task SendBinaryAsync(byte[] frame)
    {
        using var limit = new CancellationTokenSource(Waiting.Limit);
        await _socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
    }

    public Task EmitAsync(string name, object payload) =>
        SendRawAsync("42" + JsonSerializer.Serialize(new[] { name, payload }));

    /// <summary>Emits and gives the first argument of the acknowledgement.</summary>
    public async Task<JsonElement> AskAsync(string name, params object[] arguments)
    {
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_gate)
            _acks.Add(id = _nextAck++, answer);
        await SendRawAsync($"42{id}" + JsonSerializer.Serialize(arguments.Prepend(name)));
        return await answer.Task.Soon();
    }

    /// <summary>The next event that matches; what comes before it is passed over.</summary>
    public async Task<SocketEvent> NextAsync(Func<SocketEvent, bool> matches)
    {
        while (true)
        {
            var next = await _events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon();
            if (matches(next))
                return next;
        }
    }

    public Task<SocketEvent> NextAsync(string typeOrName) => NextAsync(e => e.Type == typeOrName || e.Name == typeOrName);

    /// <summary>Ends the connection without a word; who waits for an event hears of it.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading.Soon();
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1024 * 1024];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType is WebSocketMessageType.Close)
                {
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    break;
                }

                await TakeAsync(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is gone, which is how it ends.
        }

        _events.Writer.TryComplete();
        _packets.Writer.TryComplete();
    }

    private async Task TakeAsync(string frame)
    {
        switch (frame)
        {
            case ['2']:
                await SendRawAsync("3");
                break;
            case ['4', '2', .. var json]:
                var arguments = JsonDocument.Parse(json).RootElement;
                var received = new SocketEvent(arguments[0].GetString()!, arguments[1], arguments.GetArrayLength() > 2 ? arguments[2].GetString() : null);
                lock (_gate)
                    _seen.Add(received);
                _events.Writer.TryWrite(received);
                break;
            case ['4', '3', .. var ack]:
                var start = ack.IndexOf('[', StringComparison.Ordinal);
                var id = int.Parse(ack[..start], System.Globalization.CultureInfo.InvariantCulture);
                lock (_gate)
                    _acks[id].SetResult(JsonDocument.Parse(ack[start..]).RootElement[0]);
                break;
            case ['4', ..]:
                _packets.Writer.TryWrite(frame);
                break;
        }
    }
}

/// <param name="Name">The event's name.</param>
/// <param name="Payload">Its argument.</param>
/// <param name="Offset">What a client that can be recovered gets behind it.</param>
public sealed record SocketEvent(string Name, JsonElement Payload, string? Offset)
{
    /// <summary>Of a <c>system:event</c>.</summary>
    public string? Type => Text("type");

    public string? Status => Text("status");

    public string? Content => Name == "chat:message" ? Payload.GetProperty("message").GetProperty("content").GetString() : null;

    public long? Sequence => Name switch
    {
        "chat:message" => Payload.GetProperty("message").GetProperty("sequence").GetInt64(),
        "system:event" when Payload.GetProperty("sequence").ValueKind is JsonValueKind.Number => Payload.GetProperty("sequence").GetInt64(),
        _ => null,
    };

    private string? Text(string property) =>
        Payload.ValueKind is JsonValueKind.Object && Payload.TryGetProperty(property, out var value) ? value.GetString() : null;
}
