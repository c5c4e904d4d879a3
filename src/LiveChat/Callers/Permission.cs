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
