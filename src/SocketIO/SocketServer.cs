using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EngineIO;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SocketIO;

/// <summary>The Socket.IO server: its namespaces, on one Engine.IO server.</summary>
internal sealed class SocketServer : ISocketIO, IDisposable
{
    private readonly ConcurrentDictionary<string, Namespace> _namespaces = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Namespace> _dynamic = new(StringComparer.Ordinal);
    private readonly List<NamespaceFamily> _families = [];
    private readonly Lock _registering = new();
    private volatile bool _started;

    public SocketServer(SocketIOOptions options, IServiceScopeFactory services, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        Options = options;
        Services = services;
        Time = time;
        Log = new Log(loggers.CreateLogger("SocketIO"));
        Metrics = new SocketMetrics(meters);
        Running = new RunningSockets(options.MaxLeftEventBytes);
        Engine = new EngineServer(options.Engine, session => new Connection(this, session), time, loggers, meters);
        Events = new ConnectionMetrics(meters, Engine);
    }

    public SocketIOOptions Options { get; }

    public IServiceScopeFactory Services { get; }

    public TimeProvider Time { get; }

    public Log Log { get; }

    public SocketMetrics Metrics { get; }

    public ConnectionMetrics Events { get; }

    public EngineServer Engine { get; }

    public RunningSockets Running { get; }

    public int ConnectionCount => Engine.SessionCount;

    /// <summary>Namespaces made by pattern that exist now.</summary>
    public int DynamicCount => _dynamic.Count;

    public INamespace Of(string name)
    {
        if (!name.StartsWith('/') || name.Contains(',', StringComparison.Ordinal) || name.Contains('?', StringComparison.Ordinal))
            throw new ArgumentException("A namespace begins with a slash and holds no comma and no question mark.", nameof(name));
        if (_namespaces.TryGetValue(name, out var present) || _dynamic.TryGetValue(name, out present))
            return present;

        lock (_registering)
        {
            // A namespace made now would admit clients and have no handlers for them.
            if (_started)
                throw new InvalidOperationException($"The namespace {name} is not registered, and the first client has connected.");
            return _namespaces.GetOrAdd(name, static (key, server) => new Namespace(server, key, new NamespaceHandlers(server)), this);
        }
    }

    public INamespace OfPattern(Regex pattern) => AddFamily(pattern.ToString(), (name, _) => pattern.IsMatch(name));

    public INamespace OfMatching(Func<string, JsonElement, bool> predicate) => AddFamily("(predicate)", predicate);

    public ISocketIO OnConnectionError(Action<ConnectionError> listener)
    {
        lock (_registering)
            Engine.ConnectionError += listener;
        return this;
    }

    /// <summary>Finds the namespace that a client asks for, and makes it if a pattern allows. Each answer is given back by <see cref="Release"/>.</summary>
    public Namespace? Acquire(string name, JsonElement? auth)
    {
        if (!_started)
            Start();
        if (_namespaces.TryGetValue(name, out var ns))
            return ns;
        if (_families.Count == 0)
            return null;
        // Checked before patterns and predicates run over the name.
        if (Encoding.UTF8.GetByteCount(name) > Options.MaxNamespaceLength)
        {
            Metrics.LimitExceeded(nameof(SocketIOOptions.MaxNamespaceLength));
            return null;
        }

        lock (_registering)
        {
            if (!_dynamic.TryGetValue(name, out ns))
            {
                if (FindFamily(name, auth) is not { } family)
                    return null;
                if (_dynamic.Count >= Options.MaxDynamicNamespaces)
                {
                    Metrics.LimitExceeded(nameof(SocketIOOptions.MaxDynamicNamespaces));
                    return null;
                }

                ns = new Namespace(this, name, family.Handlers, family);
                _dynamic[name] = ns;
            }

            ns.Users++;
            return ns;
        }
    }

    public void Release(Namespace ns)
    {
        if (ns.Family is null)
            return;

        lock (_registering)
        {
            if (--ns.Users == 0)
                _dynamic.TryRemove(KeyValuePair.Create(ns.Name, ns));
        }
    }

    public Namespace[] ChildrenOf(NamespaceFamily family) => [.. _dynamic.Values.Where(ns => ns.Family == family)];

    public void Dispose()
    {
        Engine.Dispose();
        Running.Dispose();
    }

    /// <summary>Ends all sessions, over <see cref="EngineOptions.ShutdownSpread"/>; after the token is cancelled the rest at once.</summary>
    public Task CloseSessionsAsync(CancellationToken hurry) => Engine.CloseAllAsync(Options.CloseDelay, hurry);

    /// <summary>Counts and logs an event that no handler can be given.</summary>
    public InvalidEventException Invalid(SocketEvent received, InvalidEventReason reason, Exception? cause = null)
    {
        Metrics.Invalid(received.Home);
        Log.EventInvalid(received.Home.Handlers.IsKnown(received.Name) ? received.Name : "(unhandled)", reason, (cause as JsonException)?.Path);
        return new InvalidEventException(reason, cause);
    }

    private NamespaceFamily AddFamily(string description, Func<string, JsonElement, bool> matches)
    {
        lock (_registering)
        {
            if (_started)
                throw new InvalidOperationException("Namespaces are registered before the first client connects.");
            var family = new NamespaceFamily(this, description, matches, new NamespaceHandlers(this));
            _families.Add(family);
            return family;
        }
    }

    private NamespaceFamily? FindFamily(string name, JsonElement? auth)
    {
        var given = auth ?? Handshake.EmptyObject;
        foreach (var family in _families)
        {
            try
            {
                if (family.Matches(name, given))
                    return family;
            }
            catch (Exception exception)
            {
                Log.PredicateFailed(exception);
            }
        }

        return null;
    }

    /// <summary>Ends the time of registration.</summary>
    private void Start()
    {
        lock (_registering)
        {
            _started = true;
            foreach (var ns in _namespaces.Values)
                ns.Handlers.Freeze();
            foreach (var family in _families)
                family.Handlers.Freeze();
        }
    }
}
