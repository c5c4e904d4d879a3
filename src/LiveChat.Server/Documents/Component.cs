using System.Text.Json.Nodes;

namespace LiveChat.Server.Documents;

/// <summary>A shape that has a name in the documents.</summary>
/// <param name="Name">Of <c>#/components/schemas</c>.</param>
/// <param name="Schema">What is true of every value.</param>
/// <param name="Example">One value, as JSON.</param>
internal sealed record Component(string Name, JsonObject Schema, string Example)
{
    public JsonNode ExampleNode => JsonNode.Parse(Example)!;

    /// <summary>The components, each with its example, under their names.</summary>
    public static JsonObject Section(IEnumerable<Component> components) => new(components.Select(component => KeyValuePair.Create(
        component.Name,
        (JsonNode?)((JsonObject)component.Schema.DeepClone()).With("examples", new JsonArray(component.ExampleNode)))));
}
