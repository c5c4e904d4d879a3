using System.Text.Json.Nodes;
using LiveChat.Server.Rest;

namespace LiveChat.Server.Documents;

/// <summary>The refusals of the REST API: each status with the codes that it may have, said once and referred to.</summary>
internal sealed class ProblemResponses
{
    private readonly JsonObject _responses = [];

    /// <summary>A reference to what a refusal with this status and one of these codes is.</summary>
    public JsonObject Of(int status, string[] codes)
    {
        var name = string.Join("_or_", codes);
        _responses[name] ??= WithoutBody(status, codes).With("content", new JsonObject
        {
            [Problems.ContentType] = new JsonObject
            {
                ["schema"] = new JsonObject { ["allOf"] = new JsonArray(Schema.Ref("Problem"), Narrowed(status, codes)) },
                ["examples"] = new JsonObject(codes.Select(code => KeyValuePair.Create(code, (JsonNode?)new JsonObject { ["value"] = Example(status, code) }))),
            },
        });
        return new JsonObject { ["$ref"] = $"#/components/responses/{name}" };
    }

    /// <summary>All that were referred to, with those that no operation can answer: a path that is not there, a method that it does not take.</summary>
    public JsonObject Section()
    {
        foreach (var code in (string[])[ErrorCodes.NotFound, ErrorCodes.MethodNotAllowed])
            Of(Problems.StatusOf(code), [code]);
        return _responses;
    }

    public static JsonObject WithoutBody(int status, string[] codes) =>
        new JsonObject { ["description"] = string.Join(" ", codes.Select(ErrorWords.Of)) }.With("headers", OpenApiDocument.Headers(HeadersOf(status)));

    private static JsonObject Narrowed(int status, string[] codes) => new()
    {
        ["properties"] = new JsonObject { ["status"] = new JsonObject { ["const"] = status }, ["code"] = Schema.Words(codes) },
    };

    private static JsonObject Example(int status, string code)
    {
        var example = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = Problems.TitleOf(status),
            ["status"] = status,
            ["code"] = code,
            ["message"] = ErrorWords.Of(code),
        };
        if (code == ErrorCodes.Validation)
            example["errors"] = new JsonObject { ["field"] = new JsonArray("is required") };
        return code == ErrorCodes.Internal ? example.With("traceId", "4bf92f3577b34da6a3ce929d0e0e4736") : example;
    }

    private static IReadOnlyList<AnswerHeader> HeadersOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => [AnswerHeader.Authenticate],
        StatusCodes.Status405MethodNotAllowed => [AnswerHeader.Allow],
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => [AnswerHeader.RetryAfter],
        _ => [],
    };
}
