namespace LiveChat;

/// <summary>What the services are asked for. A method of a service asks for one of these before it does anything else.</summary>
public enum Permission
{
    /// <summary>To begin a conversation as its customer, or go on with the one that there is.</summary>
    StartConversation,

    /// <summary>To find the active conversation of a customer, without knowing its id.</summary>
    FollowCustomer,

    /// <summary>To read a conversation, its messages and its log.</summary>
    ReadConversation,

    SendMessage,

    /// <summary>To say how far one's own side has read.</summary>
    MarkRead,

    CloseConversation,

    /// <summary>To begin a day's work as an agent: what it holds, and who waits.</summary>
    StartAgentSession,

    ReadQueue,

    ListConversations,

    AcceptConversation,

    /// <summary>To open a conversation's socket as its agent.</summary>
    ConnectAgent,

    /// <summary>To close what has run out of time.</summary>
    ExpireConversation,

    /// <summary>To take a conversation from an agent who is gone.</summary>
    RequeueConversation,

    /// <summary>To end a conversation whoever is in it.</summary>
    EndConversation,

    /// <summary>To read all that is kept of a person.</summary>
    ExportPerson,

    ErasePerson,

    /// <summary>To see what became of any conversation, without what was said in it.</summary>
    InspectConversation,
}

/// <summary>What each side of a conversation may ask for, whoever vouches for it.</summary>
internal static class PermissionsOf
{
    public static bool Customers(Permission permission) => permission
        is Permission.StartConversation
        or Permission.FollowCustomer
        or Permission.ReadConversation
        or Permission.SendMessage
        or Permission.MarkRead
        or Permission.CloseConversation;

    public static bool Agents(Permission permission) => permission
        is Permission.ReadConversation
        or Permission.SendMessage
        or Permission.MarkRead
        or Permission.CloseConversation
        or Permission.StartAgentSession
        or Permission.ReadQueue
        or Permission.ListConversations
        or Permission.AcceptConversation
        or Permission.ConnectAgent;
}
