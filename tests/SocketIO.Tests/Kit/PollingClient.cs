using System.Net;
using System.Text.Json;

namespace SocketIO.Tests.Kit;

/// <summary>Speaks long-polling by hand.</summary>
internal sealed class PollingClient(Uri address, int eio, string query) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 16 }) { BaseAddress = address };

    public string Sid { get; private set; } = "";

    public HttpClient Http => _http;

    public string Url => $"/socket.io/?EIO={eio}&transport=polling&sid={Sid}";

    /// <summary>Makes the handshake and gives its body, whatever else came with it included.</summary>
    public async Task<string> OpenAsync()
    {
        var body = await _http.GetStringAsync($"/socket.io/?EIO={eio}&transport=polling{query}", TestContext.Current.CancellationToken).Bounded();
        var start = body.IndexOf('{', StringComparison.Ordinal);
        var end = body.IndexOf('}', StringComparison.Ordinal);
        // In a script the quotes are escaped.
        var json = body[start..(end + 1)].Replace("\\u0022", "\"", StringComparison.Ordinal);
        Sid = JsonDocument.Parse(json).RootElement.GetProperty("sid").GetString()!;
        return body;
    }

    public Task<string> GetAsync() => _http.GetStringAsync(Url, TestContext.Current.CancellationToken).Bounded();

    public Task<byte[]> GetBytesAsync() => _http.GetByteArrayAsync(Url, TestContext.Current.CancellationToken).Bounded();

    public Task<HttpResponseMessage> RawGetAsync() => _http.GetAsync(Url, TestContext.Current.CancellationToken).Bounded();

    public async Task<HttpStatusCode> StatusAsync()
    {
        using var response = await RawGetAsync();
        return response.StatusCode;
    }

    public Task<HttpResponseMessage> RawPostAsync(HttpContent content) => _http.PostAsync(Url, content, TestContext.Current.CancellationToken).Bounded();

    public async Task PostAsync(string body)
    {
        using var content = new StringContent(body);
        using var response = await RawPostAsync(content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<(HttpStatusCode Status, string Body)> TryPostAsync(string body)
    {
        using var content = new StringContent(body);
        using var response = await RawPostAsync(content);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose() => _http.Dispose();
}
