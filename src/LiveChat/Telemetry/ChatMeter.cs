namespace LiveChat;

/// <summary>The meter that all of the chat's metrics are in. Each room makes its own instruments.</summary>
public static class ChatMeter
{
    public const string Name = "LiveChat";
}
