using System.Net;
using System.Net.Sockets;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Engines;

/// <summary>Stands between a server and its engine, on 127.0.0.1: a network that a test can stall, cut and close.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly int _target;
    private readonly Action<Memory<byte>>? _rewrite;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<Link> _links = [];
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private TaskCompletionSource _open = Done();

    /// <param name="target">The engine's port.</param>
    /// <param name="rewrite">Changes what the engine answers, in its place.</param>
    public TcpProxy(int target, Action<Memory<byte>>? rewrite = null)
    {
        (_target, _rewrite) = (target, rewrite);
        Accept();
    }

    public int Port { get; } = FreePort.Next();

    /// <summary>How many connections there are.</summary>
    public int Connections
    {
        get
        {
            lock (_gate)
                return _links.Count;
        }
    }

    /// <summary>Connections stay and new ones are taken, but nothing passes in either direction, until <see cref="Resume"/>.</summary>
    public void Stall()
    {
        lock (_gate)
            _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The connections that are stalled now stay so for good; those that are made from now on are not.</summary>
    public void Forget()
    {
        lock (_gate)
            _open = Done();
    }

    public void Resume()
    {
        lock (_gate)
        {
            _open.TrySetResult();
            _open = Done();
        }
    }

    /// <summary>Cuts the oldest connection; false when there is none.</summary>
    public bool CutOne()
    {
        lock (_gate)
        {
            if (_links.Count == 0)
                return false;

            _links[0].Cut();
            _links.RemoveAt(0);
            return true;
        }
    }

    /// <summary>Cuts every connection.</summary>
    public void CutAll()
    {
        while (CutOne())
        {
        }
    }

    /// <summary>Cuts every connection and refuses new ones, until <see cref="Accept"/>.</summary>
    public async Task RefuseAsync()
    {
        _listener?.Stop();
        _listener = null;
        await _accepting.Soon();
        CutAll();
    }

    /// <summary>Takes connections, as at first.</summary>
    public void Accept()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await RefuseAsync();
        Resume();
        _stop.Dispose();
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var link = new Link(await listener.AcceptTcpClientAsync(_stop.Token));
                lock (_gate)
                    _links.Add(link);
                _ = RunAsync(link);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It listens no more.
        }
    }

    private async Task RunAsync(Link link)
    {
        try
        {
            await link.Server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            await Task.WhenAny(PassAsync(link.Client, link.Server, rewrite: null), PassAsync(link.Server, link.Client, _rewrite));
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The engine is not there, or the link was cut.
        }

        lock (_gate)
            _links.Remove(link);
        link.Cut();
    }

    private async Task PassAsync(TcpClient from, TcpClient to, Action<Memory<byte>>? rewrite)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is var count && count > 0)
            {
                rewrite?.Invoke(buffer.AsMemory(0, count));
                Task open;
                lock (_gate)
                    open = _open.Task;
                await open;
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The link was cut.
        }
    }

    private sealed class Link(TcpClient client)
    {
        public TcpClient Client { get; } = client;

        public TcpClient Server { get; } = new();

        public void Cut()
        {
            Client.Close();
            Server.Close();
        }
    }
}
