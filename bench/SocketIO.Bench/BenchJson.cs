using System.Text.Json;
using System.Text.Json.Serialization;

namespace SocketIO.Bench;

[JsonSerializable(typeof(JsonElement))]
internal sealed partial class BenchJson : JsonSerializerContext;
