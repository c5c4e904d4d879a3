// Rooms that people talk in. Run it, then from any Socket.IO client:
//   const socket = io("http://localhost:5000", { auth: { name: "Jane" } });
//   socket.on("said", message => console.log(message));
//   await socket.emitWithAck("enter", "lobby");
//   const { members } = await socket.emitWithAck("say", "lobby", "Hello");
//   const { error } = await socket.emitWithAck("say", "elsewhere", "Hello");
// And a word to everybody from outside of any handler: curl -X POST http://localhost:5000/announce/lobby?text=Closing
using System.Text.Json;
using System.Text.Json.Serialization;
using SocketIO;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins("http://localhost:5173")));
builder.Services.AddSocketIO(options => options.SerializerOptions = SampleJson.Default.Options);

var app = builder.Build();
app.UseCors();

app.Services.GetRequiredService<ISocketIO>().Of("/")
    .Use((socket, _) =>
    {
        if (!socket.Handshake.Auth.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
            throw new ConnectRefusedException("A name is needed.");
        socket.Items["name"] = name.GetString();
        return default;
    })
    .UseEvents(async (received, next, token) =>
    {
        // Around every handler: what one refuses becomes the acknowledgement.
        try
        {
            await next(received, token);
        }
        catch (RefusedException refused)
        {
            received.Ack(new Failure(refused.Message), SampleJson.Default.Failure);
        }
    })
    .On<string, Entered>("enter", (received, room, _) =>
    {
        received.Socket.Join(room);
        return ValueTask.FromResult(new Entered(room));
    })
    .On<string, string, Heard>("say", (received, room, text, _) =>
    {
        if (!received.Socket.Rooms.Contains(room))
            throw new RefusedException("Enter the room first.");
        var message = new Said((string)received.Socket.Items["name"]!, text);
        return ValueTask.FromResult(new Heard(received.Socket.Namespace.To(room).Emit("said", message, SampleJson.Default.Said)));
    });

app.MapSocketIO().RequireCors();
app.MapPost("/announce/{room}", (string room, string text, ISocketIO io) =>
    TypedResults.Ok(new Heard(io.Of("/").To(room).Emit("said", new Said("server", text), SampleJson.Default.Said))));
app.Run();

internal sealed record Entered(string Room);

internal sealed record Said(string Name, string Text);

internal sealed record Heard(int Members);

internal sealed record Failure(string Error);

internal sealed class RefusedException(string message) : Exception(message);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(Entered))]
[JsonSerializable(typeof(Failure))]
[JsonSerializable(typeof(Said))]
[JsonSerializable(typeof(Heard))]
internal sealed partial class SampleJson : JsonSerializerContext;
