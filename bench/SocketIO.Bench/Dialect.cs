using System.Text;

namespace SocketIO.Bench;

/// <summary>What a peer's clients say and hear: whole messages as they stand in WebSocket text frames.</summary>
internal sealed record Dialect(string Target, byte[][] Hello, int HelloAnswers, string Echo, string Join, string Broadcast, byte[] AckPrefix, byte[] EventPrefix, bool Separated)
{
    public static string Payload { get; } = new('x', 60);

    public static Dialect SocketIO { get; } = new(
        "/socket.io/?EIO=4&transport=websocket",
        [Encoding.UTF8.GetBytes("40")],
        HelloAnswers: 2,
        Echo: $"421[\"echo\",\"{Payload}\"]",
        Join: "421[\"join\",\"{0}\"]",
        Broadcast: $"42[\"broadcast\",\"{{0}}\",\"{Payload}\"]",
        "43"u8.ToArray(),
        "42"u8.ToArray(),
        Separated: false);

    public static Dialect SignalR { get; } = new(
        "/hub",
        [Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e")],
        HelloAnswers: 1,
        Echo: $"{{\"type\":1,\"invocationId\":\"1\",\"target\":\"Echo\",\"arguments\":[\"{Payload}\"]}}\u001e",
        Join: "{{\"type\":1,\"invocationId\":\"1\",\"target\":\"Join\",\"arguments\":[\"{0}\"]}}\u001e",
        Broadcast: $"{{{{\"type\":1,\"target\":\"Broadcast\",\"arguments\":[\"{{0}}\",\"{Payload}\"]}}}}\u001e",
        "{\"type\":3"u8.ToArray(),
        "{\"type\":1"u8.ToArray(),
        Separated: true);
}
