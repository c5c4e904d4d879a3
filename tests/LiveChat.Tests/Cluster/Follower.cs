using LiveChat.Tests.Support;

namespace LiveChat.Tests.Cluster;

/// <summary>
/// A client that stays in its conversation whatever becomes of its connection: it comes back with the last sequence that it saw. It keeps
/// what it saw, and fails on what comes twice, too early or not at all.
/// </summary>
internal sealed class Follower(Uri gateway, string query) : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _gate = new();
    private RawSocket? _socket;
    private Task _running = Task.CompletedTask;
    private long _seen = -1;
    private string? _fault;

    public long Seen => Interlocked.Read(ref _seen);

    public int Connections { get; private set; }

    /// <summary>What was wrong with what came; null when nothing was.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    public Task StartAsync()
    {
        _running = Task.Run(RunAsync);
        return Waiting.Until(() => Seen >= 0);
    }

    /// <summary>Sends by the socket; false when it was not acknowledged.</summary>
    public async Task<bool> TrySendAsync(string content, string clientMessageId)
    {
        RawSocket? socket;
        lock (_gate)
            socket = _socket;
        if (socket is null)
            return false;

        try
        {
            var answer = await socket.AskAsync("chat:send", new { content, clientMessageId }).WaitAsync(TimeSpan.FromSeconds(8));
            return answer.TryGetProperty("message", out _);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        lock (_gate)
            _socket?.Abort();
        await _running.Soon();
        _over.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                await StayAsync();
            }
            catch (Exception) when (Fault is null)
            {
                // Refused or cut off: it comes back.
            }

            if (Fault is not null)
                return;
            await Task.Delay(Random.Shared.Next(50, 250), CancellationToken.None);
        }
    }

    private async Task StayAsync()
    {
        var (socket, answer) = await RawSocket.TryConnectAsync(gateway, Seen < 0 ? query : $"{query}&after={Seen}");
        await using (socket)
        {
            if (answer.StartsWith("44", StringComparison.Ordinal))
                Volatile.Write(ref _fault, $"refused: {answer}");
            if (!answer.StartsWith("40", StringComparison.Ordinal))
                return;

            Connections++;
            lock (_gate)
                _socket = socket;
            try
            {
                while (!_over.IsCancellationRequested && Fault is null)
                {
                    var next = socket.NextAsync(_ => true);
                    if (await Task.WhenAny(next, socket.Ended) != next)
                        return;
                    Take(await next);
                }
            }
            finally
            {
                lock (_gate)
                    _socket = null;
            }
        }
    }

    private void Take(SocketEvent next)
    {
        if (next.Type == "SESSION_READY")
        {
            // It is first told all of it, whatever came before.
            if (Seen < 0)
                Interlocked.Exchange(ref _seen, next.Sequence!.Value);
            return;
        }

        if (next.Sequence is not { } sequence)
            return;
        if (sequence != Seen + 1)
            Volatile.Write(ref _fault, $"{sequence} came after {Seen} in {query}");
        Interlocked.Exchange(ref _seen, sequence);
    }
}
