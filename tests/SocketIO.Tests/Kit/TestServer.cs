using System.Net;
using EngineIO;
using EngineIO.Epoll;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace SocketIO.Tests.Kit;

/// <summary>A real server on a free loopback port. An error in its log that the test did not allow fails the test.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ErrorSink _errors;

    private TestServer(WebApplication app, ErrorSink errors, FakeTimeProvider? clock)
    {
        _app = app;
        _errors = errors;
        Clock = clock;
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    public int Port { get; }

    public FakeTimeProvider? Clock { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public ISocketIO Io => _app.Services.GetRequiredService<ISocketIO>();

    public SocketServer Server => _app.Services.GetRequiredService<SocketServer>();

    public EngineServer Engine => Server.Engine;

    public IServiceProvider Services => _app.Services;

    public bool AllowErrors { set => _errors.Allowed = value; }

    public static async Task<TestServer> StartAsync(
        Action<SocketIOOptions>? options = null,
        Action<ISocketIO>? register = null,
        bool fakeClock = false,
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication>? map = null,
        HttpProtocols protocols = HttpProtocols.Http1,
        bool? inlineSockets = null,
        Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var errors = new ErrorSink();
        var clock = fakeClock ? new FakeTimeProvider() : null;
        builder.Logging.ClearProviders().AddProvider(errors).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = protocols;
            listen?.Invoke(endpoint);
        }));
        if (inlineSockets ?? Environment.GetEnvironmentVariable("PLAIN_SOCKETS") != "1")
            builder.WebHost.UseInlineSockets();
        if (clock is not null)
            builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSocketIO(options);
        build?.Invoke(builder);
        var app = builder.Build();
        if (register is null)
            app.Services.GetRequiredService<ISocketIO>().Of("/");
        else
            register(app.Services.GetRequiredService<ISocketIO>());
        if (map is null)
            app.MapSocketIO();
        else
            map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestServer(app, errors, clock);
    }

    public PollingClient Polling(int eio = 4, string query = "") => new(Address, eio, query);

    public Task<RawWebSocket> WebSocketAsync(string query = "EIO=4&transport=websocket") =>
        RawWebSocket.ConnectAsync(Port, $"/socket.io/?{query}");

    /// <summary>A WebSocket with its Engine.IO handshake read.</summary>
    public async Task<RawWebSocket> OpenAsync(int eio = 4)
    {
        var socket = await WebSocketAsync($"EIO={eio}&transport=websocket");
        Assert.StartsWith("0{", await socket.TextAsync(), StringComparison.Ordinal);
        return socket;
    }

    /// <summary>A WebSocket in a namespace.</summary>
    public async Task<RawWebSocket> ConnectAsync(string ns = "/", string auth = "")
    {
        var socket = await OpenAsync();
        await socket.SendAsync(ns == "/" ? $"40{auth}" : $"40{ns},{auth}");
        Assert.StartsWith(ns == "/" ? "40{" : $"40{ns},{{", await socket.TextAsync(), StringComparison.Ordinal);
        return socket;
    }

    /// <summary>Fails now, not at the end, when an error has been logged.</summary>
    public void VerifyErrors() => _errors.Verify();

    /// <summary>Completes when the application has begun to stop.</summary>
    public Task Stopping
    {
        get
        {
            var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _app.Lifetime.ApplicationStopping.Register(() => stopping.TrySetResult());
            return stopping.Task;
        }
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken).Bounded();

    /// <summary>Stops; who is still busy when the token is cancelled is cut off.</summary>
    public Task StopWithinAsync(CancellationToken limit) => _app.StopAsync(limit);

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        _errors.Verify();
    }
}
