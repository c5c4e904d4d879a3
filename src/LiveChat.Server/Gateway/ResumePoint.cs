namespace LiveChat.Server.Gateway;

/// <summary>How far a client has followed a conversation: it has seen everything up to this sequence.</summary>
internal sealed record ResumePoint(Guid ConversationId, long Sequence);
