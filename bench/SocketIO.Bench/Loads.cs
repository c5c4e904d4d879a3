using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

namespace SocketIO.Bench;

/// <summary>The figures of the table. Each gives microseconds of the server's CPU per operation, and operations per second.</summary>
internal static class Loads
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(700);

    public static async Task<(double Cost, double Rate)> EchoAsync(Peer peer, int connections, int inFlight, TimeSpan duration)
    {
        var clients = await ConnectAsync(peer, connections);
        var echo = LoadClient.Encode(peer.Dialect.Echo);
        long acks = 0;
        foreach (var client in clients)
        {
            client.OnAck = sender =>
            {
                Interlocked.Increment(ref acks);
                sender.Send(echo);
            };
            for (var i = 0; i < inFlight; i++)
                client.Send(echo);
        }

        var result = await MeasureAsync(peer, () => Interlocked.Read(ref acks), duration);
        Close(clients);
        return result;
    }

    public static async Task<(double Cost, double Rate)> PacedEchoAsync(Peer peer, int perSecond, TimeSpan duration)
    {
        var clients = await ConnectAsync(peer, 100);
        var echo = LoadClient.Encode(peer.Dialect.Echo);
        long acks = 0;
        foreach (var client in clients)
            client.OnAck = _ => Interlocked.Increment(ref acks);

        using var stop = new CancellationTokenSource();
        var pacer = new Thread(() =>
        {
            // A thread of its own that spins: the pace is even, and the server has the other core.
            var began = Stopwatch.GetTimestamp();
            for (long sent = 0; !stop.IsCancellationRequested; sent++)
            {
                while (Stopwatch.GetElapsedTime(began).TotalSeconds * perSecond < sent)
                    Thread.SpinWait(20);
                clients[(int)(sent % clients.Length)].Send(echo);
            }
        });
        pacer.Start();
        var result = await MeasureAsync(peer, () => Interlocked.Read(ref acks), duration);
        await stop.CancelAsync();
        pacer.Join();
        Close(clients);
        return result;
    }

    public static async Task<(double Cost, double Rate)> BroadcastAsync(Peer peer, int members, TimeSpan duration)
    {
        var clients = await ConnectAsync(peer, members);
        var room = $"room{members}";
        await AskAllAsync(clients, LoadClient.Encode(string.Format(CultureInfo.InvariantCulture, peer.Dialect.Join, room)));
        var broadcast = LoadClient.Encode(string.Format(CultureInfo.InvariantCulture, peer.Dialect.Broadcast, room));
        long deliveries = 0;
        // The next one goes out when the last member has the one before, so that none piles up.
        foreach (var client in clients)
        {
            client.OnEvent = _ =>
            {
                if (Interlocked.Increment(ref deliveries) % members == 0)
                    clients[0].Send(broadcast);
            };
        }

        clients[0].Send(broadcast);
        var result = await MeasureAsync(peer, () => Interlocked.Read(ref deliveries), duration);
        Close(clients);
        return result;
    }

    public static async Task<(double Cost, double Rate)> PollingEchoAsync(Peer peer, int connections, TimeSpan duration)
    {
        long echoes = 0;
        using var stop = new CancellationTokenSource();
        var loops = Enumerable.Range(0, connections).Select(_ => PollAsync(peer.Port, () => Interlocked.Increment(ref echoes), stop.Token)).ToArray();
        var result = await MeasureAsync(peer, () => Interlocked.Read(ref echoes), duration);
        await stop.CancelAsync();
        await Task.WhenAll(loops);
        return result;
    }

    /// <summary>Bytes of proportional memory per idle connection, and microseconds of CPU per connect.</summary>
    public static async Task<(double Memory, double Connect)> IdleAsync(Peer peer, int connections, TimeSpan settle)
    {
        var memory = peer.Memory;
        var cpu = peer.Cpu;
        var clients = await ConnectAsync(peer, connections);
        var connect = (peer.Cpu - cpu) / connections;
        await Task.Delay(settle, TimeProvider.System);
        var perConnection = (peer.Memory - memory) / connections;
        Close(clients);
        return (perConnection, connect);
    }

    private static async Task PollAsync(int port, Action onEcho, CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling", CancellationToken.None);
        var sid = open.Split("\"sid\":\"")[1].Split('"')[0];
        var url = new Uri($"/socket.io/?EIO=4&transport=polling&sid={sid}", UriKind.Relative);
        var echo = System.Text.Encoding.UTF8.GetBytes(Dialect.SocketIO.Echo);
        await PostAsync(http, url, "40"u8.ToArray());
        await http.GetByteArrayAsync(url, CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            var poll = http.GetByteArrayAsync(url, CancellationToken.None);
            await PostAsync(http, url, echo);
            if ((await poll).AsSpan().StartsWith("43"u8))
                onEcho();
        }
    }

    private static async Task PostAsync(HttpClient http, Uri url, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "UTF-8");
        using var response = await http.PostAsync(url, content, CancellationToken.None);
    }

    private static async Task<(double Cost, double Rate)> MeasureAsync(Peer peer, Func<long> count, TimeSpan duration)
    {
        await Task.Delay(WarmUp, TimeProvider.System);
        var (operations, cpu, began) = (count(), peer.Cpu, Stopwatch.GetTimestamp());
        await Task.Delay(duration, TimeProvider.System);
        var done = count() - operations;
        var cost = (peer.Cpu - cpu) / Math.Max(1, done);
        return (cost, done / Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private static async Task<LoadClient[]> ConnectAsync(Peer peer, int count)
    {
        var clients = new LoadClient[count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) => clients[i] = await LoadClient.ConnectAsync(peer.Port, peer.Dialect));
        return clients;
    }

    private static async Task AskAllAsync(LoadClient[] clients, byte[] question)
    {
        var left = clients.Length;
        var done = new TaskCompletionSource();
        foreach (var client in clients)
        {
            client.OnAck = _ =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    done.SetResult();
            };
            client.Send(question);
        }

        await done.Task;
    }

    private static void Close(LoadClient[] clients)
    {
        foreach (var client in clients)
            client.Dispose();
    }
}
