// Rooms that people talk in. Run it, then from any Socket.IO client:
//   const socket = io("http://localhost:5000", { auth: { name: "Jane" } });
//   socket.on("said", message => console.log(message));
//   await socket.emitWithAck("enter", "lobby");
//   const { members } = await socket.emitWithAck("say", { room: "lobby", text: "Hello" });
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
    .On<string, Entered>("enter", (received, room, _) =>
    {
        received.Socket.Join(room);
        return ValueTask.FromResult(new Entered(room));
    })
    .On<Say, Heard>("say", (received, said, _) =>
    {
        var message = new Said((string)received.Socket.Items["name"]!, said.Text);
        return ValueTask.FromResult(new Heard(received.Socket.Namespace.To(said.Room).Emit("said", message, SampleJson.Default.Said)));
    });

app.MapSocketIO().RequireCors();
app.MapPost("/announce/{room}", (string room, string text, ISocketIO io) =>
    TypedResults.Ok(new Heard(io.Of("/").To(room).Emit("said", new Said("server", text), SampleJson.Default.Said))));
app.Run();

internal sealed record Entered(string Room);

internal sealed record Say(string Room, string Text);

internal sealed record Said(string Name, string Text);

internal sealed record Heard(int Members);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(Entered))]
[JsonSerializable(typeof(Say))]
[JsonSerializable(typeof(Said))]
[JsonSerializable(typeof(Heard))]
internal sealed partial class SampleJson : JsonSerializerContext;
