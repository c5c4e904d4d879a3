namespace LiveChat.Server.Documents;

/// <summary>A row of the socket's tables: an event that the server sends.</summary>
/// <param name="Name">On the wire.</param>
/// <param name="Id">A name without a colon, for the document's own references.</param>
/// <param name="Says">When it is sent, and to whom.</param>
/// <param name="Payload">The component that its argument is.</param>
internal sealed record SentEvent(string Name, string Id, string Says, string Payload);

/// <summary>A row of the socket's tables: an event that the server handles, and how it is acknowledged.</summary>
/// <param name="Name">On the wire.</param>
/// <param name="Id">A name without a colon.</param>
/// <param name="Says">What it does.</param>
/// <param name="Payload">The component that its argument is.</param>
/// <param name="Ack">The component of the acknowledgement that says it was done.</param>
/// <param name="Errors">The codes of the one that says it was not, beside those of any event.</param>
internal sealed record HandledEvent(string Name, string Id, string Says, string Payload, string Ack, params string[] Errors)
{
    /// <summary>All that a refusal of it may say.</summary>
    public IEnumerable<string> Codes => [ErrorCodes.Validation, ErrorCodes.Forbidden, .. Errors, ErrorCodes.RateLimited, ErrorCodes.Internal, ErrorCodes.Unavailable];
}
