using System.Text.Json;
using System.Text.Json.Serialization;

namespace SocketIO.PublicTests;

internal sealed record Say(string Room, string Text);

internal sealed record Heard(int Members);

internal sealed record Picture(string Name, Binary Data, List<Binary>? Thumbnails = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(Say))]
[JsonSerializable(typeof(Heard))]
[JsonSerializable(typeof(Picture))]
[JsonSerializable(typeof(Binary))]
internal sealed partial class AppJson : JsonSerializerContext;
