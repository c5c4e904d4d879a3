using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

// What callers send. Everything may be missing: FieldErrors says what must not be. Unknown fields are ignored.

internal sealed record StartSessionRequest(
    string? Fingerprint,
    string? DisplayName,
    string? Contact,
    string? Channel,
    RequestMetadata? Metadata,
    string? IdentityHash);

[JsonConverter(typeof(SendMessageRequestConverter))]
internal sealed record SendMessageRequest(string? Content, RequestMetadata? Metadata, string? ClientMessageId, string? ConversationId, string? AgentId);

internal sealed record CloseRequest(string? Reason, string? AgentId, string? ConversationId);

internal sealed record ReadRequest(
    [property: JsonConverter(typeof(SequenceConverter))] long? Sequence,
    string? AgentId,
    string? ConversationId);

internal sealed record TypingRequest(bool? Typing, string? ConversationId);

internal sealed record AuthRefreshRequest(string? Token);

internal sealed record AgentSessionRequest(string? AgentId, string? DisplayName, string? Channel);

internal sealed record AcceptRequest(string? AgentId, string? DisplayName);

internal sealed record SeedRequest(int? Count);
