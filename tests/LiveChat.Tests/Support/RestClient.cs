using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace LiveChat.Tests.Support;

/// <summary>The REST calls of the integration guide, as a frontend makes them: JSON in, status and JSON out.</summary>
public sealed class RestClient(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = address,
        Timeout = Waiting.Limit,
    };

    public Uri Address { get; } = address;

    public Task<Answer> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(
            HttpMethod.Post,
            path,
            body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
            headers);

    public Task<Answer> PostRawAsync(string path, byte[] body, string? contentType = "application/json")
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(HttpMethod.Post, path, content);
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    public async Task<Answer> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken).Soon();
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Soon();
        return new Answer(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true && text.Length > 0 ? JsonDocument.Parse(text).RootElement : default,
            response.Headers.Concat(response.Content.Headers)
                .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Starts a session and gives the conversation's id.</summary>
    public async Task<string> StartAsync(string fingerprint, string? displayName = "Jane Doe") =>
        (await PostAsync("/api/customer/sessions", new { fingerprint, displayName, contact = "0123456789" })).Must(200)
        .Text("conversationId");

    public async Task<Answer> AcceptAsync(string conversationId, string agentId = "agent-123") =>
        await PostAsync($"/api/agent/conversations/{conversationId}/accept", new { agentId, displayName = "Ashik" });

    public Task<Answer> CustomerSendAsync(string conversationId, string content, string? clientMessageId = null) =>
        PostAsync($"/api/customer/conversations/{conversationId}/messages", new { content, clientMessageId });

    public Task<Answer> AgentSendAsync(string conversationId, string content, string? clientMessageId = null) =>
        PostAsync($"/api/agent/conversations/{conversationId}/messages", new { content, clientMessageId });

    public async Task<List<JsonElement>> EventsAsync(string conversationId)
    {
        var events = new List<JsonElement>();
        for (var next = $"/api/customer/conversations/{conversationId}/events?after=0&limit=500"; next is not null;)
        {
            var answer = (await GetAsync(next)).Must(200);
            events.AddRange(answer.Json.EnumerateArray());
            next = answer.Link("next");
        }

        return events;
    }

    public void Dispose() => _http.Dispose();
}

public sealed record Answer(HttpStatusCode StatusCode, JsonElement Json, IReadOnlyDictionary<string, string> Headers)
{
    public int Status => (int)StatusCode;

    public string Code => Text("code");

    public string Text(string property) => Json.GetProperty(property).GetString()!;

    public Answer Must(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Json}");
        return this;
    }

    /// <summary>It must be this error of the contract's table, in the contract's form.</summary>
    public Answer MustFail(int status, string code, string? field = null)
    {
        Must(status);
        Assert.Equal("application/problem+json", Headers["Content-Type"].Split(';')[0]);
        Assert.Equal(code, Code);
        Assert.False(string.IsNullOrWhiteSpace(Text("message")));
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        if (field is not null)
            Assert.NotEmpty(Json.GetProperty("errors").GetProperty(field).EnumerateArray());
        return this;
    }

    public string? Link(string relation)
    {
        if (!Headers.TryGetValue("Link", out var links))
            return null;

        var link = links.Split(", ").FirstOrDefault(l => l.EndsWith($"rel=\"{relation}\"", StringComparison.Ordinal));
        return link?[(link.IndexOf('<', StringComparison.Ordinal) + 1)..link.IndexOf('>', StringComparison.Ordinal)];
    }
}
