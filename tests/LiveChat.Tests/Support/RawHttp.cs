using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace LiveChat.Tests.Support;

/// <summary>HTTP as bytes, for what no client library sends or shows.</summary>
public sealed record RawHttp(int Status, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>What follows the head, as it came: a body in chunks is not put together.</summary>
    public string Body => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>Sends the bytes, and reads one answer, to the end of the connection.</summary>
    public static async Task<RawHttp> AskAsync(Uri address, byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, TestContext.Current.CancellationToken).AsTask().Soon();
        var stream = client.GetStream();
        await stream.WriteAsync(request, TestContext.Current.CancellationToken).AsTask().Soon();
        using var received = new MemoryStream();
        await stream.CopyToAsync(received, TestContext.Current.CancellationToken).Soon();
        var bytes = received.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(end > 0, $"No answer: '{Encoding.UTF8.GetString(bytes)}'");
        var lines = Encoding.UTF8.GetString(bytes.AsSpan(0, end)).Split("\r\n");
        return new RawHttp(
            int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture),
            lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase),
            bytes.AsMemory(end + 4));
    }

    /// <summary>It must be this problem of the contract, and nothing may follow it.</summary>
    public void MustFail(int status, string code)
    {
        Assert.Equal(status, Status);
        Assert.Equal("application/problem+json", Headers["Content-Type"]);
        Assert.Equal("close", Headers["Connection"]);
        Assert.Equal(int.Parse(Headers["Content-Length"], System.Globalization.CultureInfo.InvariantCulture), Bytes.Length);
        var problem = JsonDocument.Parse(Body).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("message").GetString());
    }
}
