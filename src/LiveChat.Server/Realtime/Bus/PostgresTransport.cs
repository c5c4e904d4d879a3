using System.Text;
using Npgsql;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// PostgreSQL's LISTEN and NOTIFY: one channel that every server listens to, and one of its own that a server's beats come back by. One
/// connection sends and one listens, beside those of the store.
/// </summary>
internal sealed class PostgresTransport : IBusTransport
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(3);

    /// <summary>After how long without an echo a connection is given up: the network may have forgotten it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly PostgresListener _listener;
    private readonly PostgresSender _sender;
    private readonly Pulse _pulse;
    private readonly BusFaults _faults;
    private readonly TimeProvider _clock;
    private readonly UpState _state;
    private readonly CancellationTokenSource _stop = new();
    private IBusReceiver _receiver = null!;
    private Task _running = Task.CompletedTask;

    /// <param name="connectionString">As the store's.</param>
    /// <param name="options">For the channel's name.</param>
    /// <param name="metrics">Counts what passes.</param>
    /// <param name="log">Where faults are said.</param>
    /// <param name="clock">What beats and pauses go by.</param>
    /// <exception cref="StartException">The connection string is none, or the prefix is too long for a channel's name.</exception>
    public PostgresTransport(string connectionString, RedisOptions options, BusMetrics metrics, ILogger<PostgresTransport> log, TimeProvider clock)
    {
        _clock = clock;
        var counts = metrics.Of(Name);
        _faults = new BusFaults(log, counts, clock);
        _pulse = new Pulse(clock);
        _state = new UpState(() => _pulse.IsAlive, OnUpChanged);
        var channel = options.Prefix + ":bus";
        var own = $"{options.Prefix}:{Guid.NewGuid():n}";
        if (Encoding.UTF8.GetByteCount(own) > 63)
            throw new StartException("Chat:Redis:Prefix is too long: a channel of PostgreSQL is named by it, and may have 63 bytes.");

        var connections = ConnectionsOf(connectionString);
        _sender = new PostgresSender(connections, channel, own, _pulse, Break, counts, _faults, clock);
        _listener = new PostgresListener(connections, channel, own, _pulse, Break, _faults, clock);
    }

    public string Name => "postgres";

    public bool IsUp => _state.IsUp;

    public async Task StartAsync(IBusReceiver receiver, CancellationToken cancellationToken)
    {
        _receiver = receiver;
        _running = Task.WhenAll(
            _sender.RunAsync(receiver.Sender, _stop.Token),
            _listener.RunAsync(frame => receiver.OnFrame(this, frame), receiver.Sender, _state.Look, _stop.Token),
            WatchAsync());
        await _state.WaitAsync(StartLimit, _clock, cancellationToken);
    }

    public void Send(IReadOnlyList<BusItem> items)
    {
        if (IsUp)
            _sender.Add(items);
        else
            _sender.Lost(items.Count);
    }

    // All that is sent comes to every server.
    public Task FollowAsync(Guid conversationId) => Task.CompletedTask;

    public void Unfollow(Guid conversationId)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _sender.FlushAsync();
        await _stop.CancelAsync();
        await _running;
        _faults.Dispose();
    }

    private static string ConnectionsOf(string connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString)
            {
                // Two connections that live as long as the server, and that are given up at once when they do not answer.
                Pooling = false,
                Timeout = 3,
                CommandTimeout = 3,
                CancellationTimeout = -1,
                ApplicationName = "livechat bus",
            };
            return builder.ConnectionString;
        }
        catch (ArgumentException exception)
        {
            throw new StartException($"ConnectionStrings:Postgres is not understood: {exception.Message}", exception);
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Pulse.Interval, _clock);
        try
        {
            do
            {
                _sender.Beat(isUp: IsUp);
                _state.Look();
                if (_pulse.Silence > Patience)
                    _listener.Reconnect();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Break()
    {
        _pulse.Break();
        _state.Look();
    }

    private void OnUpChanged(bool isUp)
    {
        _receiver.OnUpChanged(this);
        if (!isUp)
            _sender.Lost(0); // What was sent a moment before it was noticed.
    }
}
