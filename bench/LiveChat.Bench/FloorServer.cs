using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using EngineIO.Epoll;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO;

namespace LiveChat.Bench;

/// <summary>
/// The least that could carry the same messages: the same HTTP and sockets with no routing, no rules and no database, a line appended to a
/// file that nobody waits for. What the product takes beyond it, it takes for its promises.
/// </summary>
internal static class FloorServer
{
    public static void Run()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(Environment.GetEnvironmentVariable("PORT")!, CultureInfo.InvariantCulture)))
            .UseInlineSockets();
        builder.Services.AddSocketIO();
        var app = builder.Build();
        var sockets = app.Services.GetRequiredService<ISocketIO>().Of("/").OnConnected((socket, _) =>
        {
            socket.Join(socket.Handshake.Query["conversationId"]!);
            socket.Emit("system:event", "{\"type\":\"SESSION_READY\"}"u8.ToArray());
            return default;
        });
        var file = File.OpenHandle("messages.log", FileMode.Create, FileAccess.Write);
        var (length, sequence) = (0L, 0L);
        app.Use((http, next) => http.Request.Path.StartsWithSegments("/api") ? HandleAsync(http) : next(http));
        app.UseRouting();
        app.MapSocketIO();
        app.Run();

        async Task HandleAsync(HttpContext http)
        {
            var path = http.Request.Path.Value!;
            var body = await http.Request.BodyReader.ReadAtLeastAsync((int)http.Request.ContentLength!);
            var text = body.Buffer.ToArray();
            http.Request.BodyReader.AdvanceTo(body.Buffer.End);
            if (!path.EndsWith("/messages", StringComparison.Ordinal))
            {
                Answer(http, StatusCodes.Status200OK, Encoding.UTF8.GetBytes($"{{\"conversationId\":\"{Guid.NewGuid()}\"}}"));
                return;
            }

            var id = path.Split('/')[4];
            var number = Interlocked.Increment(ref sequence);
            var message = Encoding.UTF8.GetBytes(
                $"{{\"id\":\"{Guid.NewGuid()}\",\"conversationId\":\"{id}\",\"sequence\":{number},\"said\":{Encoding.UTF8.GetString(text)}}}\n");
            RandomAccess.Write(file, message, Interlocked.Add(ref length, message.Length) - message.Length);
            sockets.To(id).Emit("chat:message", message);
            Answer(http, StatusCodes.Status201Created, message);
        }
    }

    private static void Answer(HttpContext http, int status, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        http.Response.BodyWriter.Write(body);
    }
}
