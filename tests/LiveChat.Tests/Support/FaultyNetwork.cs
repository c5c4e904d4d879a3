using System.Net;
using System.Net.Sockets;

namespace LiveChat.Tests.Support;

/// <summary>
/// A TCP proxy that is a bad network: it delays, throttles, cuts, and lets connections go half-open, at random from a seed. It does
/// not change what it passes on, and passes it on in order.
/// </summary>
public sealed class FaultyNetwork : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _target;
    private readonly Random _random;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _links = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private volatile bool _calm;

    public FaultyNetwork(Uri target, int seed)
    {
        _target = target;
        _random = new Random(seed);
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    private enum Fault
    {
        None,
        Delay,
        Throttle,
        Cut,
        HalfOpen,
    }

    public Uri Address { get; }

    /// <summary>How many connections were cut or left half-open.</summary>
    public int Broken { get; private set; }

    /// <summary>From now on it is a good network, for connections that are made from now on and those that still live.</summary>
    public void Calm() => _calm = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.Soon();
        Task[] links;
        lock (_gate)
            links = [.. _links];
        await Task.WhenAll(links).Soon();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                lock (_gate)
                    _links.Add(LinkAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task LinkAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            using var broken = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target.Port, broken.Token);
                var there = PumpAsync(client.GetStream(), server.GetStream(), broken);
                var back = PumpAsync(server.GetStream(), client.GetStream(), broken);
                await Task.WhenAny(there, back);
                await broken.CancelAsync();
                await Task.WhenAll(there, back);
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One of the two ends has gone, by our doing or its own.
            }

            // Cut without a goodbye, as a network does.
            client.LingerState = server.LingerState = new LingerOption(true, 0);
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, CancellationTokenSource broken)
    {
        var buffer = new byte[4096];
        while (true)
        {
            var count = await from.ReadAsync(buffer, broken.Token);
            if (count == 0)
                return;
            switch (Next(out var pause))
            {
                case Fault.Delay:
                    await Task.Delay(pause, broken.Token);
                    await to.WriteAsync(buffer.AsMemory(0, count), broken.Token);
                    break;
                case Fault.Throttle:
                    for (var sent = 0; sent < count; sent += 64)
                    {
                        await to.WriteAsync(buffer.AsMemory(sent, Math.Min(64, count - sent)), broken.Token);
                        await Task.Delay(1, broken.Token);
                    }

                    break;
                case Fault.Cut:
                    // Half of it may still get through.
                    await to.WriteAsync(buffer.AsMemory(0, count / 2), broken.Token);
                    return;
                case Fault.HalfOpen:
                    // Both ends believe that all is well. Longer than their heartbeats, and nothing comes through any more.
                    await Task.Delay(TimeSpan.FromSeconds(3), broken.Token);
                    return;
                default:
                    await to.WriteAsync(buffer.AsMemory(0, count), broken.Token);
                    break;
            }
        }
    }

    private Fault Next(out TimeSpan pause)
    {
        lock (_gate)
        {
            pause = TimeSpan.FromMilliseconds(_random.Next(1, 40));
            if (_calm)
                return Fault.None;
            var fault = _random.Next(100) switch
            {
                < 70 => Fault.None,
                < 85 => Fault.Delay,
                < 93 => Fault.Throttle,
                < 98 => Fault.Cut,
                _ => Fault.HalfOpen,
            };
            if (fault is Fault.Cut or Fault.HalfOpen)
                Broken++;
            return fault;
        }
    }
}
