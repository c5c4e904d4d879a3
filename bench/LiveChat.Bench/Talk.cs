using System.Diagnostics;
using System.Text.Json;

namespace LiveChat.Bench;

/// <summary>
/// One conversation that is never silent: a customer and, unless it talks to itself, an agent post in turn, the next message when the
/// one before was answered and has reached every socket.
/// </summary>
internal sealed class Talk : IDisposable
{
    private static readonly string Body = JsonSerializer.Serialize(new { content = new string('x', 60), metadata = new { source = "bench" } });

    private readonly Results _results;
    private readonly HttpLine[] _speakers;
    private readonly SocketLine[] _sockets;
    private readonly byte[][] _requests;
    private int _turn;

    // Of the message under way, looked at on the loop's thread.
    private bool _isAnswered;
    private int _undelivered;
    private long _began;

    private Talk(Results results, HttpLine[] speakers, SocketLine[] sockets, byte[][] requests)
    {
        (_results, _speakers, _sockets, _requests) = (results, speakers, sockets, requests);
        foreach (var speaker in speakers)
        {
            speaker.NeedsBody = false;
            speaker.OnAnswer = OnAnswer;
        }

        foreach (var socket in sockets)
            socket.OnMessage = OnDelivery;
    }

    public static async Task<Talk> StartAsync(Backend backend, Results results, bool withAgent, int number = 0)
    {
        // Of several servers one takes what the customer posts, and the next has the customer's socket; the agent's are the other way round.
        var (here, there) = (backend.Doors[number % backend.Doors.Count], backend.Doors[(number + 1) % backend.Doors.Count]);
        var name = Guid.NewGuid().ToString("N");
        var (customerToken, agentToken) = (backend.Tokens?.Make(name, "customer"), backend.Tokens?.Make($"agent-{name}", "agent"));
        var customer = new HttpLine(here.Api) { Token = customerToken };
        var started = await customer.AskAsync("/api/customer/sessions", JsonSerializer.Serialize(new { fingerprint = name, displayName = "Jane Doe" }));
        var id = JsonDocument.Parse(started[started.IndexOf('{', StringComparison.Ordinal)..(started.LastIndexOf('}') + 1)]).RootElement.GetProperty("conversationId").GetString();
        var speakers = new List<HttpLine> { customer };
        var sockets = new List<SocketLine> { await SocketLine.ConnectAsync(there.Gateway, $"role=customer&conversationId={id}&token={customerToken}") };
        var requests = new List<byte[]> { customer.Encode($"/api/customer/conversations/{id}/messages", Body) };
        if (withAgent)
        {
            var agent = new HttpLine(there.Api) { Token = agentToken };
            await agent.AskAsync($"/api/agent/conversations/{id}/accept", JsonSerializer.Serialize(new { agentId = $"agent-{name}", displayName = "Ashik" }));
            speakers.Add(agent);
            sockets.Add(await SocketLine.ConnectAsync(here.Gateway, $"role=agent&conversationId={id}&token={agentToken}"));
            requests.Add(agent.Encode($"/api/agent/conversations/{id}/messages", Body));
        }

        return new Talk(results, [.. speakers], [.. sockets], [.. requests]);
    }

    public void Begin()
    {
        _isAnswered = false;
        _undelivered = _sockets.Length;
        _began = Stopwatch.GetTimestamp();
        var turn = _turn++ % _speakers.Length;
        _speakers[turn].Ask(_requests[turn]);
    }

    public void Dispose()
    {
        foreach (var speaker in _speakers)
            speaker.Dispose();
        foreach (var socket in _sockets)
            socket.Dispose();
    }

    private void OnAnswer(int status, string body)
    {
        if (status != 201)
        {
            _results.Fail($"A message was answered {status}: {body}");
            return;
        }

        _results.Acknowledged();
        _isAnswered = true;
        GoOnIfDone();
    }

    private void OnDelivery()
    {
        if (--_undelivered > 0)
            return;
        _results.Delivered(Stopwatch.GetTimestamp() - _began);
        GoOnIfDone();
    }

    private void GoOnIfDone()
    {
        if (_isAnswered && _undelivered == 0 && !_results.Stopped)
            Begin();
    }
}
