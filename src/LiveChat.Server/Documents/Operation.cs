using System.Text.Json.Nodes;

namespace LiveChat.Server.Documents;

/// <summary>
/// A row of the REST API's tables: what one endpoint takes and answers. What follows from the endpoint itself (who may call it, what any
/// call with a body may be refused for) is not said here.
/// </summary>
/// <param name="Call">Method and path, as <c>POST /api/customer/sessions</c>.</param>
/// <param name="Id">A name for programs that are made of the document.</param>
/// <param name="Says">What it is for, in a sentence.</param>
internal sealed record Operation(string Call, string Id, string Says)
{
    public string Tag { get; init; } = "Operator";

    /// <summary>Of the path those alone that are not a conversation's id.</summary>
    public IReadOnlyList<Parameter> Parameters { get; init; } = [];

    /// <summary>The component that its body is; null where it takes none.</summary>
    public string? Body { get; init; }

    /// <summary>Whether it may be called without a body.</summary>
    public bool IsBodyOptional { get; init; }

    public IReadOnlyList<Answer> Answers { get; init; } = [];

    /// <summary>The codes of its own, beside those of any call.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];
}

/// <param name="In"><c>path</c>, <c>query</c> or <c>header</c>.</param>
/// <param name="Name">As it is written.</param>
/// <param name="Schema">Its values.</param>
/// <param name="Says">What it does.</param>
internal sealed record Parameter(string In, string Name, JsonObject Schema, string Says)
{
    public static Parameter Path(string name, JsonObject schema, string says) => new("path", name, schema, says);

    public static Parameter Query(string name, JsonObject schema, string says) => new("query", name, schema, says);

    public static Parameter Header(string name, JsonObject schema, string says) => new("header", name, schema, says);
}

/// <param name="Status">Of the answer.</param>
/// <param name="Says">When it is given.</param>
/// <param name="Component">What the body is; null where it is a list, or no shape of ours, or where there is none.</param>
internal sealed record Answer(int Status, string Says, string? Component = null)
{
    /// <summary>What each item of the list is that the body is.</summary>
    public string? ListOf { get; init; }

    /// <summary>Of a body that is neither; null where there is none.</summary>
    public string? MediaType { get; init; }

    public IReadOnlyList<AnswerHeader> Headers { get; init; } = [];

    /// <summary>Where the component's own would mislead.</summary>
    public string? Example { get; init; }
}

internal sealed record AnswerHeader(string Name, string Type, string Says)
{
    public static AnswerHeader Authenticate { get; } = new("WWW-Authenticate", "string", "Bearer.");

    public static AnswerHeader RetryAfter { get; } = new("Retry-After", "integer", "Seconds to wait.");

    public static AnswerHeader Allow { get; } = new("Allow", "string", "The methods that the path takes.");

    public static AnswerHeader Total { get; } = new("X-Total-Count", "integer", "How many there are in all.");

    public static AnswerHeader Next { get; } = new("Link", "string", "rel=\"next\": the next page, with a cursor: who follows it sees each item that stays exactly once. Absent on the last page.");

    public static AnswerHeader Beside { get; } = new("Link", "string", "rel=\"prev\" (older) and rel=\"next\" (newer), where there is more; relative to the URL that was called.");
}
