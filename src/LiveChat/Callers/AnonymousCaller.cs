namespace LiveChat;

/// <summary>
/// Nobody vouches for it: a visitor's first call. It may begin a conversation. What a fingerprint has already it learns nothing of, but for the
/// repeat of the very call that began it, of which the answer was lost.
/// </summary>
public sealed record AnonymousCaller : Caller
{
    private AnonymousCaller()
    {
    }

    public static AnonymousCaller Instance { get; } = new();

    public override ParticipantType Side => ParticipantType.Customer;

    public override bool May(Permission permission) => permission is Permission.StartConversation;

    public override ChatError? RefuseRead(Conversation conversation) => ChatError.NotYours;

    public override ChatError? RefuseWrite(Conversation conversation) => ChatError.NotYours;

    public override Participant? SpeakerIn(Conversation conversation) => null;

    public override ChatError? RefuseResume(Conversation conversation, string? startKey) =>
        startKey is not null && conversation.StartKey == startKey ? null : ChatError.NotYours;
}
