using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Documents;

/// <summary>Both documents are what their specifications say, and their examples what they say themselves.</summary>
public class MetaSchemaTests
{
    [Theory]
    [InlineData("/openapi/v1.json", "openapi-3.1.json")]
    [InlineData("/asyncapi/v1.json", "asyncapi-3.0.json")]
    public async Task A_document_is_valid(string path, string metaSchema)
    {
        await using var server = await RunningServer.StartAsync();
        var document = (await server.Rest.GetAsync(path)).Must(200).Json;

        var result = (await ReadAsync(metaSchema)).Evaluate(document, new EvaluationOptions { OutputFormat = OutputFormat.List });

        Assert.True(result.IsValid, string.Join("\n", Described.Faults(result)));
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_every_schema_is_one()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var described in new[] { await Described.RestAsync(server.Rest), await Described.SocketAsync(server.Rest) })
        {
            foreach (var node in NodesOf(described.Document))
            {
                if (node["$ref"] is not null)
                {
                    Assert.NotNull(described.Follow(node));

                    // Draft 7, which AsyncAPI reads, looks at nothing beside it.
                    Assert.Single(node);
                }

                if (node["schema"] is JsonObject schema)
                    MustBeSchema(schema);
            }

            foreach (var (name, schema) in described.Schemas)
                MustBeSchema(schema!, name);
        }
    }

    [Fact]
    public async Task Every_example_is_what_its_schema_says()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var described in new[] { await Described.RestAsync(server.Rest), await Described.SocketAsync(server.Rest) })
        {
            foreach (var (name, schema) in described.Schemas)
                described.MustHold(name, Element(schema!["examples"]![0]!), name);
        }

        var rest = await Described.RestAsync(server.Rest);
        var bodies = NodesOf(rest.Document).Where(node => node["schema"] is not null && (node["example"] ?? node["examples"]) is not null).ToList();
        Assert.NotEmpty(bodies);
        foreach (var body in bodies)
        {
            var examples = body["example"] is { } one ? [one] : body["examples"]!.AsObject().Select(example => example.Value!["value"]!).ToList();
            Assert.All(examples, example => rest.MustHold(body["schema"]!, Element(example), body.GetPath()));
        }

        var socket = await Described.SocketAsync(server.Rest);
        foreach (var (name, message) in socket.Document["channels"]!["chat"]!["messages"]!.AsObject())
            socket.MustHold(message!["payload"]!, Element(message["examples"]![0]!["payload"]!), name);
    }

    [Fact]
    public async Task Every_body_of_an_operation_has_an_example()
    {
        await using var server = await RunningServer.StartAsync();
        var document = (await Described.RestAsync(server.Rest)).Document;

        var bodies = NodesOf(document).Where(node => node["content"] is JsonObject).SelectMany(node => node["content"]!.AsObject())
            .Where(content => content.Key.EndsWith("json", StringComparison.Ordinal) && content.Value!["schema"] is not null).ToList();

        Assert.True(bodies.Count > 30);
        Assert.All(bodies, body => Assert.NotNull(body.Value!["example"] ?? body.Value["examples"]));
    }

    private static void MustBeSchema(JsonNode schema, string name = "")
    {
        Assert.True(MetaSchemas.Draft7.Evaluate(Element(schema)).IsValid, $"{name} {schema}");
        Assert.True(MetaSchemas.Draft202012.Evaluate(Element(schema)).IsValid, $"{name} {schema}");
    }

    private static async Task<JsonSchema> ReadAsync(string name)
    {
        await using var file = typeof(MetaSchemaTests).Assembly.GetManifestResourceStream(name)!;
        var text = await new StreamReader(file).ReadToEndAsync(TestContext.Current.CancellationToken);
        return JsonSchema.FromText(text, new BuildOptions { SchemaRegistry = new SchemaRegistry() });
    }

    private static IEnumerable<JsonObject> NodesOf(JsonNode? node) => node switch
    {
        JsonObject single => single.SelectMany(field => NodesOf(field.Value)).Prepend(single),
        JsonArray array => array.SelectMany(NodesOf),
        _ => [],
    };

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);
}
