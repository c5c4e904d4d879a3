namespace LiveChat;

/// <summary>Who runs the server: does what persons ask for by law, and takes no part in conversations.</summary>
public sealed record AdminCaller : Caller
{
    private AdminCaller()
    {
    }

    public static AdminCaller Instance { get; } = new();

    public override ParticipantType Side => ParticipantType.System;

    public override bool May(Permission permission) =>
        permission is Permission.ExportPerson or Permission.ErasePerson or Permission.EndConversation or Permission.InspectConversation;

    public override ChatError? RefuseRead(Conversation conversation) => ChatError.NotYours;

    public override ChatError? RefuseWrite(Conversation conversation) => ChatError.NotYours;

    public override Participant? SpeakerIn(Conversation conversation) => null;
}

/// <summary>The server itself: what happens because time has passed, or because somebody is gone.</summary>
public sealed record ServerCaller : Caller
{
    private ServerCaller()
    {
    }

    public static ServerCaller Instance { get; } = new();

    public override ParticipantType Side => ParticipantType.System;

    public override bool May(Permission permission) =>
        permission is Permission.ExpireConversation or Permission.RequeueConversation or Permission.EndConversation;

    public override ChatError? RefuseRead(Conversation conversation) => ChatError.NotYours;

    public override ChatError? RefuseWrite(Conversation conversation) => ChatError.NotYours;

    public override Participant? SpeakerIn(Conversation conversation) => null;
}
