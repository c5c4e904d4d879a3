using System.Globalization;
using EngineIO.Epoll;

namespace SocketIO.Bench;

/// <summary>The server under test: this library, with the settings that it recommends.</summary>
internal static class OwnServer
{
    public static void Run()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostOnly());
        if (Environment.GetEnvironmentVariable("TUNED") != "0")
            builder.WebHost.UseInlineSockets();
        builder.Services.AddSocketIO(options => options.ConnectTimeout = TimeSpan.FromMinutes(1));
        var app = builder.Build();
        app.Services.GetRequiredService<ISocketIO>().Of("/")
            .On("echo", (received, _) =>
            {
                received.Ack(received.ArgumentsJson);
                return default;
            })
            .On("join", (received, _) =>
            {
                received.Socket.Join(received.Arguments[0].GetString()!);
                received.Ack();
                return default;
            })
            .On("broadcast", (received, _) =>
            {
                var arguments = received.Arguments;
                received.Socket.Namespace.To(arguments[0].GetString()!).Emit("event", arguments[1], BenchJson.Default.JsonElement);
                return default;
            });
        app.MapSocketIO();
        app.Run();
    }

    public static void ListenLocalhostOnly(this Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, int.Parse(Environment.GetEnvironmentVariable("PORT")!, CultureInfo.InvariantCulture));
}
