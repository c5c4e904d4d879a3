using System.Text.Json.Nodes;
using LiveChat.Tests.Support;

namespace LiveChat.Tests.Documents;

/// <summary>Calls a server, and holds each answer against what the document says of that operation; remembers which statuses came.</summary>
internal sealed class DescribedApi(Described described)
{
    public IReadOnlyList<string> Operations { get; } = [.. described.Document["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"))];

    public HashSet<(string Operation, int Status)> Seen { get; } = [];

    public JsonObject this[string operation] =>
        (JsonObject)described.Document["paths"]![operation.Split(' ')[1]]![operation.Split(' ')[0].ToLowerInvariant()]!;

    public bool TakesBody(string operation) => this[operation]["requestBody"] is not null;

    public bool IsOpen(string operation) => this[operation]["security"]!.AsArray().Count == 0;

    /// <summary>Whether what it answers is JSON, or would be if it were not HEAD.</summary>
    public bool IsJson(string operation) =>
        this["GET" + operation[operation.IndexOf(' ', StringComparison.Ordinal)..]]["responses"]!["200"]!["content"]!["application/json"] is not null;

    public IEnumerable<int> StatusesOf(string operation) => this[operation]["responses"]!.AsObject().Select(response => int.Parse(response.Key, null));

    /// <summary>The answer must be one of those that the document has of the operation, and this status.</summary>
    public Answer Must(string operation, int status, Answer answer)
    {
        answer.Must(status);
        Assert.True(this[operation]["responses"]![$"{status}"] is not null, $"{operation}: {status} is not in the document");
        MustBe(operation, described.Follow(this[operation]["responses"]![$"{status}"]!), answer);
        Seen.Add((operation, status));
        return answer;
    }

    /// <summary>What no operation answers: a path that is not there, or a method that it does not take.</summary>
    public void MustBeCommon(string response, Answer answer) => MustBe(response, described.Document["components"]!["responses"]![response]!, answer);

    private void MustBe(string where, JsonNode response, Answer answer)
    {
        foreach (var (name, _) in answer.Headers.Where(header => Told.Contains(header.Key)))
            Assert.True(response["headers"]?[name] is not null, $"{where} {answer.Status}: the header {name} is not in the document");
        if (answer.Status is 401 or 405 or 429)
            Assert.All(response["headers"]!.AsObject(), header => Assert.Contains(header.Key, answer.Headers.Keys));

        var content = response["content"]?.AsObject().Single();
        if (content is null)
        {
            Assert.Equal(System.Text.Json.JsonValueKind.Undefined, answer.Json.ValueKind);
            return;
        }

        Assert.Equal(content.Value.Key, answer.Headers["Content-Type"].Split(';')[0]);
        if (content.Value.Value!["schema"] is { } schema)
            described.MustHold(schema, answer.Json, $"{where} {answer.Status}");
    }

    /// <summary>Headers that mean something to a caller, so a document must name them.</summary>
    private static readonly HashSet<string> Told = new(StringComparer.OrdinalIgnoreCase) { "Link", "X-Total-Count", "Retry-After", "WWW-Authenticate", "Allow" };
}
