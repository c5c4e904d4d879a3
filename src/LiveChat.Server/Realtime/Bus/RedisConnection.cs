using StackExchange.Redis;

namespace LiveChat.Server.Realtime.Bus;

/// <summary>
/// The one connection to Redis: one server, Sentinel (<c>serviceName=</c>) or Cluster, as the connection string says. Redis need not be there
/// when this server starts; it is connected to when it is. Thread-safe.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private const string Setting = "ConnectionStrings:Redis";

    private static readonly Version Oldest = new(7, 0);

    // What Redis says of itself while it is on its way to do what it is asked for.
    private static readonly string[] Passing = ["LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "BUSY", "READONLY"];

    // A start waits no longer for a Redis that does not answer.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private readonly ConfigurationOptions _configuration;
    private readonly TimeProvider _clock;
    private Task _connecting = Task.CompletedTask;

    /// <param name="connectionString">As the library writes it.</param>
    /// <param name="node">What Redis is told that this server is called.</param>
    /// <param name="options">For the name of the library's own channel.</param>
    /// <param name="clock">What pauses go by.</param>
    /// <exception cref="StartException">The connection string is none.</exception>
    public RedisConnection(string connectionString, string node, RedisOptions options, TimeProvider clock)
    {
        (_clock, _stopped) = (clock, _stop.Token);
        try
        {
            _configuration = ConfigurationOptions.Parse(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw new StartException($"{Setting} is not understood: {exception.Message}", exception);
        }

        if (_configuration.EndPoints.Count == 0)
            throw new StartException($"{Setting} names no server.");

        // Whether it is there yet is for this class to say, so an attempt that finds nobody must fail.
        _configuration.AbortOnConnectFail = true;
        _configuration.ConnectRetry = 1;
        _configuration.ClientName ??= "livechat-" + node;
        _configuration.HeartbeatInterval = Pulse.Interval;
        _configuration.ReconnectRetryPolicy = new ExponentialRetry(100, 1000);

        // What is not answered in a second is no hint any more. A connection on which nothing is answered for four times as long is given up for
        // another, the one for subscriptions too, by which nothing is sent but these pings: the network may have forgotten it.
        _configuration.AsyncTimeout = 1000;
        if (_configuration.KeepAlive <= 0)
            _configuration.KeepAlive = 1;

        // What cannot be sent now is not sent later: by then it is news no more.
        _configuration.BacklogPolicy = BacklogPolicy.FailFast;

        // Of the library's own. Without a channel it would make no connection for subscriptions before the first one, which then fails.
        _configuration.TieBreaker = "";
        _configuration.ConfigurationChannel = options.Prefix + ":config";
        _configuration.IncludeDetailInExceptions = false;
    }

    /// <summary>Null until Redis was there for the first time.</summary>
    public IConnectionMultiplexer? Multiplexer { get; private set; }

    /// <summary>Connects, and calls <paramref name="connected"/> once, now or when Redis is there.</summary>
    /// <param name="connected">What throws a <see cref="RedisServerException"/>, Redis refuses.</param>
    /// <param name="failed">Told why an attempt did not succeed.</param>
    /// <param name="cancellationToken">Ends the wait, not the attempts.</param>
    /// <exception cref="StartException">Redis answers and refuses.</exception>
    public async Task StartAsync(Func<IConnectionMultiplexer, Task> connected, Action<Exception> failed, CancellationToken cancellationToken)
    {
        var first = TryConnectAsync(connected, failed);
        _connecting = GoOnAsync(first, connected, failed);
        if (await Task.WhenAny(first, Task.Delay(StartLimit, _clock, cancellationToken)) == first)
            await first;
        cancellationToken.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();

        // An attempt that is under way gives up what it gets.
        await Task.WhenAny(_connecting, Task.Delay(StopLimit, TimeProvider.System, CancellationToken.None));
        if (Multiplexer is { } multiplexer)
            await multiplexer.DisposeAsync();
        _stop.Dispose();
    }

    private async Task GoOnAsync(Task<bool> first, Func<IConnectionMultiplexer, Task> connected, Action<Exception> failed)
    {
        var (pauses, attempt) = (new Pauses(_clock), first);
        while (true)
        {
            try
            {
                if (await attempt)
                    return;
            }
            catch (StartException exception)
            {
                // The first refusal ends the start. A Redis that comes later and refuses may be put right while this server runs.
                failed(exception);
            }

            await pauses.WaitAsync(_stopped);
            if (_stopped.IsCancellationRequested)
                return;

            attempt = TryConnectAsync(connected, failed);
        }
    }

    private async Task<bool> TryConnectAsync(Func<IConnectionMultiplexer, Task> connected, Action<Exception> failed)
    {
        ConnectionMultiplexer? multiplexer = null;
        try
        {
            // With Sentinel it blocks the thread that connects.
            multiplexer = await Task.Run(() => ConnectionMultiplexer.ConnectAsync(_configuration), CancellationToken.None);
            _stopped.ThrowIfCancellationRequested();
            RefuseOld(multiplexer);
            await RefuseAnotherAsync(multiplexer);
            await connected(multiplexer);
            Multiplexer = multiplexer;
            return true;
        }
        catch (Exception exception)
        {
            if (multiplexer is not null)
                await multiplexer.DisposeAsync();
            if (exception is StartException)
                throw;
            if (RefusalOf(exception) is { } refusal)
                throw new StartException($"{Setting}: Redis answers and refuses: {refusal}", exception);
            if (!_stopped.IsCancellationRequested)
                failed(exception);
            return false;
        }
    }

    private static void RefuseOld(ConnectionMultiplexer multiplexer)
    {
        foreach (var server in multiplexer.GetServers().Where(server => server.IsConnected && server.Version < Oldest))
            throw new StartException($"{Setting}: Redis {server.Version} is too old: version {Oldest.Major} or later is needed.");
    }

    /// <summary>Where the default user needs no password, the library goes on as that one after another's was wrong.</summary>
    private async Task RefuseAnotherAsync(ConnectionMultiplexer multiplexer)
    {
        if (string.IsNullOrEmpty(_configuration.User))
            return;

        try
        {
            var user = (string?)await multiplexer.GetServers().First(server => server.IsConnected).ExecuteAsync("ACL", "WHOAMI");
            if (user != _configuration.User)
                throw new StartException($"{Setting}: Redis answers and refuses: the user or the password is wrong.");
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOPERM", StringComparison.Ordinal))
        {
            // A user that may not even ask who it is, is not the default one.
        }
    }

    /// <summary>What Redis itself said, null when it said nothing.</summary>
    private static string? RefusalOf(Exception? exception) => exception switch
    {
        null => null,
        RedisServerException { Message: var said } when Passing.Any(word => said.StartsWith(word, StringComparison.Ordinal)) => null,
        RedisServerException { Message: var said } => said,
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } failure =>
            RefusalOf(failure.InnerException) ?? "the user or the password is wrong.",
        _ => RefusalOf(exception.InnerException),
    };
}
