namespace LiveChat;

/// <summary>
/// The longest values that are accepted, in UTF-16 code units. The content of a message and its metadata are bounded by
/// <see cref="MessageOptions"/> instead.
/// </summary>
public static class Limits
{
    public const int Id = 200;
    public const int DisplayName = 200;
    public const int Contact = 200;
    public const int Channel = 50;
    public const int Reason = 500;
    public const int ClientMessageId = 100;
}
