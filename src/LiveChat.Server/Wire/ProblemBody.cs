using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

/// <summary>An error on REST: RFC 9457 with the contract's <c>code</c>, <c>message</c> and <c>errors</c> added.</summary>
internal sealed record ProblemBody(
    string Type,
    string Title,
    int Status,
    string Code,
    string Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyDictionary<string, string[]>? Errors,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? TraceId);
