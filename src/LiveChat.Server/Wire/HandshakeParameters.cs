using System.Text.Json;

namespace LiveChat.Server.Wire;

/// <summary>
/// What a connection asks for, from the handshake's query or the CONNECT packet's <c>auth</c> object, which wins. An empty value
/// counts as absent.
/// </summary>
internal sealed record HandshakeParameters
{
    public required ParticipantType Role { get; init; }

    /// <summary>The visitor's id, or the agent's.</summary>
    public string? Fingerprint { get; init; }

    public string? DisplayName { get; init; }

    public Guid? ConversationId { get; init; }

    public bool WatchesQueue { get; init; }

    /// <summary>An agent's connection that is in every conversation that the agent holds.</summary>
    public bool IsDesk { get; init; }

    /// <summary>The last sequence that the client has seen; what came after it is sent first.</summary>
    public long? After { get; init; }

    /// <summary>The role that it asks for, null when that is none: it is known before anything else is checked.</summary>
    public static ParticipantType? FindRole(IReadOnlyDictionary<string, string> query, JsonElement auth) => Find("role", query, auth) switch
    {
        "customer" => ParticipantType.Customer,
        "agent" => ParticipantType.Agent,
        _ => null,
    };

    /// <summary>The credential that it presents, from <c>auth</c> or else from the query; null when there is none. One that is no text is one that is not good.</summary>
    public static string? FindToken(IReadOnlyDictionary<string, string> query, JsonElement auth) =>
        auth.ValueKind is JsonValueKind.Object && auth.TryGetProperty("token", out var token) && token.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)
            ? token.GetRawText()
            : Find("token", query, auth);

    /// <param name="query">The handshake's query.</param>
    /// <param name="auth">The CONNECT packet's object.</param>
    /// <param name="participantId">Who it is known to be: whom it means when it names nobody.</param>
    /// <param name="knownName">The name that is known, which stands where it gives none.</param>
    /// <exception cref="ChatException">The parameters contradict themselves or the contract.</exception>
    public static HandshakeParameters Parse(IReadOnlyDictionary<string, string> query, JsonElement auth, string? participantId = null, string? knownName = null)
    {
        var errors = new FieldErrors();
        var role = Value("role") switch
        {
            "customer" => ParticipantType.Customer,
            "agent" => ParticipantType.Agent,
            _ => Fault("role", "must be customer or agent"),
        };
        var scope = Value("scope");
        if (scope is not (null or "queue" or "desk" or "conversation"))
            errors.Add("scope", "must be queue, desk or conversation");

        var fingerprint = errors.Optional("fingerprint", Value("fingerprint"), Limits.Id) ?? participantId;
        var displayName = errors.Optional("displayName", Value("displayName"), Limits.DisplayName) ?? knownName;
        Guid? conversationId = Value("conversationId") is { } id ? errors.ConversationId("conversationId", id) : null;
        long? after = Value("after") is { } sequence
            ? errors.Number("after", sequence, absent: 0, least: 0, most: long.MaxValue)
            : null;
        if (after is not null && conversationId is null)
            errors.Add("after", "needs a conversationId");
        errors.ThrowIfAny();

        var (isDesk, watchesQueue) = (scope == "desk", scope is "queue" or "desk");
        if (role is ParticipantType.Customer && watchesQueue)
            throw new ChatException(new ChatError(ErrorCodes.Forbidden, "The queue and the desk are for agents."));
        if (role is ParticipantType.Customer && conversationId is null && fingerprint is null)
            throw new ChatException(ChatError.Validation("fingerprint", "a customer needs a fingerprint or a conversationId"));
        if (role is ParticipantType.Agent && conversationId is null && !watchesQueue)
            throw new ChatException(ChatError.Validation("scope", "an agent needs scope=queue, scope=desk or a conversationId"));
        if (isDesk && fingerprint is null)
            throw new ChatException(ChatError.Validation("fingerprint", "a desk needs the agent's id"));
        if (isDesk && conversationId is not null)
            throw new ChatException(ChatError.Validation("conversationId", "a desk is in whatever its agent holds, and names none"));

        return new HandshakeParameters
        {
            Role = role,
            Fingerprint = fingerprint,
            DisplayName = displayName,
            ConversationId = conversationId,
            WatchesQueue = watchesQueue,
            IsDesk = isDesk,
            After = after,
        };

        string? Value(string name)
        {
            if (auth.ValueKind is JsonValueKind.Object && auth.TryGetProperty(name, out var value))
            {
                switch (value.ValueKind)
                {
                    case JsonValueKind.String when value.GetString() is { Length: > 0 } text:
                        return text;
                    case JsonValueKind.Number:
                        return value.GetRawText();
                    case JsonValueKind.String or JsonValueKind.Null:
                        break;
                    default:
                        errors.Add(name, "must be text");
                        return null;
                }
            }

            return Given(name, query);
        }

        ParticipantType Fault(string field, string problem)
        {
            errors.Add(field, problem);
            return ParticipantType.Customer;
        }
    }

    private static string? Find(string name, IReadOnlyDictionary<string, string> query, JsonElement auth) =>
        auth.ValueKind is JsonValueKind.Object
        && auth.TryGetProperty(name, out var value)
        && value.ValueKind is JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : Given(name, query);

    private static string? Given(string name, IReadOnlyDictionary<string, string> query) =>
        query.TryGetValue(name, out var given) && given.Length > 0 ? given : null;
}
