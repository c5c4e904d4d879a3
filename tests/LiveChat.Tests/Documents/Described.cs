using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Documents;

/// <summary>A document that a server gave, and whether a value is what it says.</summary>
internal sealed class Described
{
    private const string Draft7 = "http://json-schema.org/draft-07/schema#";
    private const string Draft2020 = "https://json-schema.org/draft/2020-12/schema";

    private static readonly EvaluationOptions All = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly ConcurrentDictionary<string, JsonSchema> _schemas = new();
    private readonly string _draft;

    private Described(JsonObject document, string draft) => (Document, _draft) = (document, draft);

    public JsonObject Document { get; }

    public JsonObject Schemas => (JsonObject)Document["components"]!["schemas"]!;

    public static async Task<Described> RestAsync(RestClient rest) => new(await ReadAsync(rest, "/openapi/v1.json"), Draft2020);

    public static async Task<Described> SocketAsync(RestClient rest) => new(await ReadAsync(rest, "/asyncapi/v1.json"), Draft7);

    public JsonNode Follow(JsonNode node) => node["$ref"] is { } reference
        ? reference.GetValue<string>()[2..].Split('/').Aggregate((JsonNode)Document, (at, key) => at[key.Replace("~1", "/", StringComparison.Ordinal)]!)
        : node;

    /// <summary>The component's schema must hold for the value, which must have no field that the schema does not name.</summary>
    public void MustHold(string component, JsonElement value, string where) =>
        MustHold(new JsonObject { ["$ref"] = $"#/components/schemas/{component}" }, value, where);

    public void MustHold(JsonNode schema, JsonElement value, string where)
    {
        var faults = FaultsOf(schema, value);
        Assert.True(faults.Count == 0, $"{where}: {string.Join("; ", faults)} in {value}");
    }

    public IReadOnlyList<string> FaultsOf(JsonNode schema, JsonElement value)
    {
        var result = _schemas.GetOrAdd(schema.ToJsonString(), Build).Evaluate(value, All);
        return result.IsValid ? [] : Faults(result);
    }

    public static IReadOnlyList<string> Faults(EvaluationResults result) =>
        [.. (result.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation} {e.Value} ({d.EvaluationPath})")).DefaultIfEmpty("not valid").Take(10)];

    private JsonSchema Build(string schema)
    {
        var root = new JsonObject
        {
            ["$schema"] = _draft,
            ["allOf"] = new JsonArray(Strict(JsonNode.Parse(schema)!)),
            ["definitions"] = Strict(Schemas.DeepClone()),
        };
        return JsonSchema.FromText(
            root.ToJsonString().Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal),
            new BuildOptions { SchemaRegistry = new SchemaRegistry() });
    }

    /// <summary>Clients must put up with fields that are new; the server must not have any that the document does not name.</summary>
    private static JsonNode Strict(JsonNode node)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array.OfType<JsonNode>())
                Strict(item);
        }
        else if (node is JsonObject schema)
        {
            foreach (var (_, value) in schema.ToList())
            {
                if (value is not null)
                    Strict(value);
            }

            if (schema["type"] is not null && schema["properties"] is JsonObject)
                schema["additionalProperties"] = false;
        }

        return node;
    }

    private static async Task<JsonObject> ReadAsync(RestClient rest, string path)
    {
        var answer = (await rest.GetAsync(path)).Must(200);
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        return JsonNode.Parse(answer.Json.GetRawText())!.AsObject();
    }
}
