using System.Collections.Concurrent;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Operations;

/// <summary>
/// The server is killed with SIGKILL at random moments, again and again on one file, under clients that repeat what was not answered
/// and sockets that come back to where they were.
/// </summary>
public class CrashTests
{
    private const int Kills = 10;

    [Theory]
    [InlineData(Load.Rest)]
    [InlineData(Load.Socket)]
    [InlineData(Load.Mixed)]
    public async Task Every_acknowledged_message_is_there_once_and_every_socket_has_seen_everything_once(Load load)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("livechat-crash-");
        try
        {
            await RunAsync(load, random, folder.FullName);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {seed}.", exception);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public enum Load
    {
        Rest,
        Socket,
        Mixed,
    }

    private static async Task RunAsync(Load load, Random random, string folder)
    {
        using var servers = new Restarting(folder);
        await servers.StartAsync();
        var ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => servers.Current.Rest.StartAsync($"f{i}"))).Soon();
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentDictionary<string, string>();
        var followers = ids.Select(id => new Follower(servers, id)).ToArray();
        var following = followers.Select(follower => follower.RunAsync(stop.Token)).ToArray();
        using var done = new CancellationTokenSource();
        var senders = ids.SelectMany((id, i) => Enumerable.Range(0, 2).Select(n =>
            SendAsync(servers, id, $"{i}.{n}", load is Load.Socket || (load is Load.Mixed && n == 1), acknowledged, done.Token))).ToArray();

        for (var kill = 0; kill < Kills; kill++)
        {
            // Anywhere in the next few batches of writes.
            var target = acknowledged.Count + random.Next(5, 60);
            await Waiting.Until(() => acknowledged.Count >= target);
            await servers.RestartAsync();
        }

        await done.CancelAsync();
        await Task.WhenAll(senders).Soon();
        for (var i = 0; i < ids.Length; i++)
        {
            var events = await servers.Current.Rest.EventsAsync(ids[i]);
            Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.GetProperty("sequence").GetInt32()));
            var stored = events.Where(e => e.GetProperty("event").GetString() == "chat:message").Select(e => e.GetProperty("payload").GetProperty("message"))
                .ToDictionary(m => m.GetProperty("clientMessageId").GetString()!, m => m.GetProperty("id").GetString()!);
            Assert.All(
                acknowledged.Where(sent => sent.Key.StartsWith($"{i}.", StringComparison.Ordinal)),
                sent => Assert.Equal(sent.Value, stored[sent.Key]));

            await Waiting.Until(() => followers[i].Last >= events.Count);
            Assert.Equal(Enumerable.Range(1, events.Count).Select(n => (long)n), followers[i].Sequences);
        }

        await stop.CancelAsync();
        await Task.WhenAll(following).Soon();
    }

    /// <summary>Sends one message after the other, each until it is acknowledged, under one id.</summary>
    private static async Task SendAsync(
        Restarting servers, string id, string name, bool overSocket, ConcurrentDictionary<string, string> acknowledged, CancellationToken done)
    {
        RawSocket? socket = null;
        for (var i = 0; !done.IsCancellationRequested;)
        {
            var key = $"{name}.{i}";
            try
            {
                if (overSocket)
                {
                    socket ??= await RawSocket.ConnectAsync(servers.Current.GatewayAddress, $"role=customer&conversationId={id}");
                    var ack = socket.AskAsync("chat:send", new { content = key, clientMessageId = key });
                    if (await Task.WhenAny(ack, socket.Ended).Soon() != ack)
                        throw new IOException("The server is gone.");
                    acknowledged[key] = (await ack).GetProperty("message").GetProperty("id").GetString()!;
                }
                else
                {
                    var answer = await servers.Current.Rest.CustomerSendAsync(id, key, key);
                    Assert.True(answer.Status is 200 or 201, $"{answer.Status}: {answer.Json}");
                    acknowledged[key] = answer.Text("id");
                }

                i++;
            }
            catch (Exception exception) when (Restarting.IsGone(exception))
            {
                if (socket is not null)
                    await socket.DisposeAsync();
                socket = null;
                await servers.BackAsync();
            }
        }

        if (socket is not null)
            await socket.DisposeAsync();
    }

    /// <summary>The servers of one file, one after the other.</summary>
    private sealed class Restarting(string folder) : IDisposable
    {
        private ServerProcess? _current;
        private volatile TaskCompletionSource _back = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ServerProcess Current => Volatile.Read(ref _current)!;

        public static bool IsGone(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException
            or System.Net.WebSockets.WebSocketException or System.Threading.Channels.ChannelClosedException or ObjectDisposedException;

        public async Task StartAsync()
        {
            Volatile.Write(ref _current, await ServerProcess.StartAsync(folder));
            _back.SetResult();
        }

        public async Task RestartAsync()
        {
            _back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var killed = Current;
            killed.Kill();
            await StartAsync();
        }

        /// <summary>Completes when there is a server.</summary>
        public Task BackAsync() => _back.Task.Soon();

        public void Dispose() => _current?.Dispose();
    }

    /// <summary>A socket that comes back with the last sequence it saw, as the guide tells its readers.</summary>
    private sealed class Follower(Restarting servers, string conversationId)
    {
        private readonly List<long> _sequences = [];
        private readonly Lock _gate = new();

        public long Last
        {
            get
            {
                lock (_gate)
                    return _sequences.LastOrDefault();
            }
        }

        public long[] Sequences
        {
            get
            {
                lock (_gate)
                    return [.. _sequences];
            }
        }

        public async Task RunAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await using var socket = await RawSocket.ConnectAsync(servers.Current.GatewayAddress, $"role=customer&conversationId={conversationId}&after={Last}");
                    await using var left = stop.Register(socket.Abort);
                    while (true)
                    {
                        var next = await socket.NextAsync(e => e is { Type: not "SESSION_READY", Sequence: not null });
                        lock (_gate)
                            _sequences.Add(next.Sequence!.Value);
                    }
                }
                catch (Exception exception) when (Restarting.IsGone(exception))
                {
                    await servers.BackAsync();
                }
            }
        }
    }
}
