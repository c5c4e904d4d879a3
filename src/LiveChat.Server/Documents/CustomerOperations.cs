using static LiveChat.Server.Documents.Schema;

namespace LiveChat.Server.Documents;

/// <summary>The rows of <c>CustomerEndpoints</c>.</summary>
internal static class CustomerOperations
{
    private const string Tag = "Customer";

    public static IReadOnlyList<Operation> All =>
    [
        new("POST /api/customer/sessions", "customerStart", "Begins the visitor's conversation, or goes on with the active one. A name, contact or metadata that is given and differs is taken over.")
        {
            Tag = Tag,
            Parameters =
            [
                Parameter.Header(
                    "Idempotency-Key",
                    Text(),
                    "Of a visitor without an account: random, 16 bytes or more. A repeat with the same one is answered as the first call for as long as that conversation is active."),
            ],
            Body = "StartSessionRequest",
            Answers = [new(200, "The conversation, active.", "StartSessionResponse")],
        },
        .. ConversationOperations.Of("/api/customer/conversations/{id}", "customer", Tag, "SendMessageRequest", "ReadRequest", "CloseRequest", writing: []),
    ];
}
