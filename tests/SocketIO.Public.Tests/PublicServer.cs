using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO.Tests.Kit;

namespace SocketIO.PublicTests;

/// <summary>An application that uses the library as its README says, on a free loopback port.</summary>
internal sealed class PublicServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PublicServer(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    public ISocketIO Io => _app.Services.GetRequiredService<ISocketIO>();

    public static async Task<PublicServer> StartAsync(
        Action<ISocketIO> register, Action<SocketIOOptions>? configure = null, Action<SocketIOBuilder>? build = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var socketIO = builder.Services.AddSocketIO(options =>
        {
            options.SerializerOptions = AppJson.Default.Options;
            configure?.Invoke(options);
        });
        build?.Invoke(socketIO);
        var app = builder.Build();
        register(app.Services.GetRequiredService<ISocketIO>());
        app.MapSocketIO("/socket.io");
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new PublicServer(app);
    }

    /// <summary>A WebSocket in the main namespace.</summary>
    public async Task<RawWebSocket> ConnectAsync(string auth = "")
    {
        var socket = await RawWebSocket.ConnectAsync(Port, "/socket.io/?EIO=4&transport=websocket");
        Assert.StartsWith("0{", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.SendAsync($"40{auth}");
        Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }
}
