using System.Text.Json;

namespace LiveChat.Tests.Support;

/// <summary>A Socket.IO client that polls, by hand: each request is the test's own decision.</summary>
public sealed class PollingSocket : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Waiting.Limit };
    private readonly Uri _address;

    private PollingSocket(Uri gateway, string query, string sid) =>
        _address = new Uri(gateway, $"/socket.io/?EIO=4&transport=polling&{query}&sid={sid}");

    /// <summary>Connects, must be admitted, and has fetched everything up to that.</summary>
    public static async Task<PollingSocket> ConnectAsync(Uri gateway, string query)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var opened = await http.GetStringAsync(
            new Uri(gateway, $"/socket.io/?EIO=4&transport=polling&{query}"),
            TestContext.Current.CancellationToken).Soon();
        Assert.StartsWith("0{", opened, StringComparison.Ordinal);
        var socket = new PollingSocket(gateway, query, JsonDocument.Parse(opened[1..]).RootElement.GetProperty("sid").GetString()!);
        await socket.PostAsync("40");
        Assert.Contains("40{", await socket.PollAsync(), StringComparison.Ordinal);
        return socket;
    }

    public async Task PostAsync(string payload)
    {
        using var body = new StringContent(payload);
        using var answer = await _http.PostAsync(_address, body, TestContext.Current.CancellationToken).Soon();
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Soon());
    }

    /// <summary>The packets of the next answer, parted by the record separator.</summary>
    public Task<string> PollAsync() => _http.GetStringAsync(_address, TestContext.Current.CancellationToken);

    public void Dispose() => _http.Dispose();
}
