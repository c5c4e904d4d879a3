using System.Text.Json.Nodes;

namespace LiveChat.Server.Documents;

/// <summary>
/// The parts of JSON Schema that the documents are made of: what draft 7, which AsyncAPI reads, and draft 2020-12, which OpenAPI reads, have
/// in common. So a <c>$ref</c> stands alone. Each call makes a new node, since a node has one place only.
/// </summary>
internal static class Schema
{
    public static JsonObject Ref(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    public static JsonObject Text(string? says = null, int? longest = null) => Of("string", says).With("maxLength", longest);

    /// <summary>A text that must be there: a blank one counts as missing.</summary>
    public static JsonObject Filled(string? says, int longest) => Text(says, longest).With("pattern", @"\S");

    public static JsonObject Uuid(string? says = null) => Of("string", says).With("format", "uuid");

    public static JsonObject Time(string? says = null) => Of("string", says).With("format", "date-time");

    public static JsonObject Flag(string? says = null) => Of("boolean", says);

    public static JsonObject Whole(string? says = null, long? least = null, long? most = null, long? absent = null) =>
        Of("integer", says).With("minimum", least).With("maximum", most).With("default", absent);

    public static JsonObject Const(string value) => new() { ["const"] = value };

    public static JsonObject Words(IEnumerable<string> words, string? says = null) =>
        Of("string", says).With("enum", new JsonArray([.. words.Select(word => JsonValue.Create(word))]));

    public static JsonObject Map(JsonObject values, string? says = null) => Of("object", says).With("additionalProperties", values);

    public static JsonObject AnyObject(string? says = null) => Of("object", says);

    public static JsonObject List(JsonObject items, string? says = null) => Of("array", says).With("items", items);

    public static JsonObject OneOf(params JsonObject[] kinds) => new() { ["oneOf"] = new JsonArray([.. kinds]) };

    /// <summary>An object that always has all of these fields: what is absent is null.</summary>
    public static JsonObject Object(params (string Name, JsonObject Schema)[] fields) =>
        Some([.. fields.Select(field => field.Name)], fields);

    /// <summary>An object of which only some fields must be there.</summary>
    public static JsonObject Some(string[] required, params (string Name, JsonObject Schema)[] fields)
    {
        var schema = Of("object", null);
        if (required.Length > 0)
            schema["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]);
        return schema.With("properties", new JsonObject(fields.Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Schema))));
    }

    public static JsonObject OrNull(this JsonObject schema)
    {
        if (schema["type"] is not { } type)
            return new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };

        schema["type"] = new JsonArray(type.DeepClone(), "null");
        (schema["enum"] as JsonArray)?.Add(null);
        return schema;
    }

    public static JsonObject With(this JsonObject schema, string keyword, JsonNode? value)
    {
        if (value is not null)
            schema[keyword] = value;
        return schema;
    }

    private static JsonObject Of(string type, string? says) => new JsonObject { ["type"] = type }.With("description", says);
}
