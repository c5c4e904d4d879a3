using Microsoft.AspNetCore.SignalR;

namespace SocketIO.Bench;

/// <summary>A SignalR hub with the same three calls, as ASP.NET Core comes.</summary>
internal static class SignalRServer
{
    public static void Run()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostOnly());
        builder.Services.AddSignalR();
        var app = builder.Build();
        app.MapHub<BenchHub>("/hub");
        app.Run();
    }

#pragma warning disable CA1822 // A hub's methods are its instances'.
    internal sealed class BenchHub : Hub
    {
        public string Echo(string data) => data;

        public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

        public Task Broadcast(string room, string payload) => Clients.Group(room).SendAsync("event", payload);
    }
#pragma warning restore CA1822
}
