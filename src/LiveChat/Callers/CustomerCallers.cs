namespace LiveChat;

/// <summary>A customer: someone whose id is known. Which of that id's conversations it reaches is what the kinds differ in.</summary>
public abstract record KnownCustomerCaller(string Id) : Caller
{
    public sealed override ParticipantType Side => ParticipantType.Customer;

    public sealed override bool May(Permission permission) => PermissionsOf.Customers(permission);

    public sealed override ChatError? RefuseRead(Conversation conversation) =>
        !NamesAnother && conversation.Customer.Id == Id && Reaches(conversation) ? null : ChatError.NotYours;

    public sealed override ChatError? RefuseWrite(Conversation conversation) => RefuseRead(conversation);

    public sealed override Participant? SpeakerIn(Conversation conversation) =>
        RefuseRead(conversation) is null ? conversation.Customer.AsParticipant() : null;

    /// <summary>Whether it reaches this conversation of its own id.</summary>
    private protected abstract bool Reaches(Conversation conversation);
}

/// <summary>A customer that somebody vouches for: all conversations of the id are its own.</summary>
public sealed record CustomerCaller(string Id) : KnownCustomerCaller(Id)
{
    private protected override bool Reaches(Conversation conversation) => true;
}

/// <summary>
/// A visitor without an account, who has nothing but what was given out when the conversation began: it reaches the conversations of its own
/// chain, and no other of the same fingerprint, which anybody may have guessed.
/// </summary>
public sealed record VisitorCaller(string Id, Guid Chain) : KnownCustomerCaller(Id)
{
    private protected override bool Reaches(Conversation conversation) => conversation.Chain == Chain;
}
