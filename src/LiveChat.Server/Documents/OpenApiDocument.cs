using System.Text.Json.Nodes;
using LiveChat.Server.Rest;
using LiveChat.Server.Security;

namespace LiveChat.Server.Documents;

/// <summary>
/// The REST API in OpenAPI 3.1: of each endpoint that this server has, its row, and what follows from the endpoint itself. An endpoint without a
/// row is left out, which a test does not let pass.
/// </summary>
internal sealed class OpenApiDocument(MessageOptions limits, SecurityOptions security)
{
    private const string Json = "application/json";

    private static readonly Dictionary<string, Operation> Rows =
        ((IEnumerable<Operation>)[.. CustomerOperations.All, .. AgentOperations.All, .. OperatorOperations.All]).ToDictionary(row => row.Call);

    private readonly Dictionary<string, Component> _components =
        ((IEnumerable<Component>)[.. PayloadSchemas.All, .. RestSchemas.All(limits)]).ToDictionary(component => component.Name);

    private readonly ProblemResponses _problems = new();

    /// <summary>The path as the document has it: a group's own endpoint has a slash at its end, which the server does not ask for.</summary>
    public static string PathOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.Trim('/');

    public JsonObject Build(IEnumerable<RouteEndpoint> endpoints)
    {
        var paths = new JsonObject();
        foreach (var endpoint in endpoints)
        {
            var path = PathOf(endpoint);
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
            {
                var isHead = HttpMethods.IsHead(method);
                if (!Rows.TryGetValue($"{(isHead ? HttpMethods.Get : method)} {path}", out var row))
                    continue;

                var item = (JsonObject)(paths[path] ??= new JsonObject());
                item[method.ToLowerInvariant()] = Describe(row, endpoint, isHead);
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = DocumentInfo.Of("Live chat: REST", DocumentInfo.Rest),
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = Component.Section(_components.Values),
                ["responses"] = _problems.Section(),
                ["securitySchemes"] = SecuritySchemes.OpenApi(),
            },
        };
    }

    private JsonObject Describe(Operation row, RouteEndpoint endpoint, bool isHead)
    {
        var access = endpoint.Metadata.GetMetadata<Access>() ?? Access.Open;
        var operation = new JsonObject
        {
            ["tags"] = new JsonArray(row.Tag),
            ["operationId"] = isHead ? row.Id + "Head" : row.Id,
            ["summary"] = isHead ? "The status and the headers alone of: " + row.Says : row.Says,
            ["security"] = SecuritySchemes.Of(access, security),
        };
        JsonObject[] parameters =
        [
            .. endpoint.RoutePattern.Parameters.Select(part => part.Name).Except(row.Parameters.Select(parameter => parameter.Name)).Select(ConversationId),
            .. row.Parameters.Select(Describe),
        ];
        if (parameters.Length > 0)
            operation["parameters"] = new JsonArray(parameters);
        if (row.Body is { } body)
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = !row.IsBodyOptional,
                ["content"] = Content(Schema.Ref(body)),
            };
        }

        var responses = new JsonObject();
        foreach (var answer in row.Answers)
            responses[$"{answer.Status}"] = Describe(answer, isHead);
        var isLimited = endpoint.Metadata.GetMetadata<Unlimited>() is null;
        foreach (var codes in CodesOf(row, access, isLimited, takesInput: parameters.Length > 0 || row.Body is not null).Distinct().GroupBy(Problems.StatusOf).OrderBy(codes => codes.Key))
            responses[$"{codes.Key}"] = isHead ? ProblemResponses.WithoutBody(codes.Key, [.. codes]) : _problems.Of(codes.Key, [.. codes]);
        operation["responses"] = responses;
        return operation;
    }

    /// <summary>What a call may be refused for: because of who calls, of how often, of its body, and of the row.</summary>
    private static IEnumerable<string> CodesOf(Operation row, Access access, bool isLimited, bool takesInput) =>
    [
        .. access.IsOpen ? (string[])[] : [ErrorCodes.Unauthenticated, ErrorCodes.Forbidden, ErrorCodes.Internal],
        .. !access.IsOpen && takesInput ? (string[])[ErrorCodes.Validation] : [],
        // Where calls do not count, credentials that are not good do.
        .. isLimited || !access.IsOpen ? (string[])[ErrorCodes.RateLimited] : [],
        .. isLimited ? (string[])[ErrorCodes.Unavailable] : [],
        .. row.Body is null ? (string[])[] : [ErrorCodes.PayloadTooLarge, ErrorCodes.UnsupportedMediaType],
        .. row.Errors,
    ];

    private JsonObject Describe(Answer answer, bool isHead)
    {
        var response = new JsonObject { ["description"] = answer.Says }.With("headers", Headers(answer.Headers));
        if (isHead)
            return response;
        if (answer is { Component: null, ListOf: null })
            return response.With("content", answer.MediaType is { } type ? new JsonObject { [type] = new JsonObject() } : null);

        return response.With("content", Content(
            answer.Component is { } component ? Schema.Ref(component) : Schema.List(Schema.Ref(answer.ListOf!)),
            answer.Example));
    }

    public static JsonObject? Headers(IReadOnlyList<AnswerHeader> headers) => headers.Count == 0 ? null : new(headers.Select(header => KeyValuePair.Create(
        header.Name,
        (JsonNode?)new JsonObject { ["description"] = header.Says, ["schema"] = new JsonObject { ["type"] = header.Type } })));

    private static JsonObject ConversationId(string name) => Describe(Parameter.Path(name, Schema.Uuid(), "The conversation."));

    private static JsonObject Describe(Parameter parameter) => new()
    {
        ["name"] = parameter.Name,
        ["in"] = parameter.In,
        ["required"] = parameter.In == "path",
        ["description"] = parameter.Says,
        ["schema"] = parameter.Schema.DeepClone(),
    };

    /// <summary>A body of the schema, with an example: the component's own, or a list of one.</summary>
    private JsonObject Content(JsonObject schema, string? example = null) => new()
    {
        [Json] = new JsonObject { ["schema"] = schema, ["example"] = example is null ? ExampleOf(schema) : JsonNode.Parse(example) },
    };

    private JsonNode ExampleOf(JsonObject schema) => schema["items"] is JsonObject items
        ? new JsonArray(ExampleOf(items))
        : _components[schema["$ref"]!.GetValue<string>().Split('/')[^1]].ExampleNode;
}
