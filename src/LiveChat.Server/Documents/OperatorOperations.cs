namespace LiveChat.Server.Documents;

/// <summary>The rows of what is for whoever runs the server, and of the documents themselves.</summary>
internal static class OperatorOperations
{
    private const string Json = "application/json";
    private const string Alive = """{ "status": "UP", "components": { "process": { "status": "UP" } } }""";

    public static IReadOnlyList<Operation> All =>
    [
        new("POST /api/admin/seed", "seed", "Fills the queue with made-up visitors, for trying out.")
        {
            Tag = "Administration",
            Body = "SeedRequest",
            IsBodyOptional = true,
            Answers = [new(201, "What was made.", "SeedResponse")],
        },
        new("GET /api/admin/customers/{fingerprint}/export", "exportCustomer", "Gives all that is kept of a customer; empty when nothing is.")
        {
            Tag = "Administration",
            Parameters = [Fingerprint],
            Answers = [new(200, "All of it.", "Export")],
        },
        new("DELETE /api/admin/customers/{fingerprint}", "eraseCustomer", "Erases what is kept of a customer. An active conversation is closed first; logs keep their entries without what people wrote.")
        {
            Tag = "Administration",
            Parameters = [Fingerprint],
            Answers = [new(200, "How much was erased; again: zeros.", "Erasure")],
        },
        new("GET /actuator/health", "health", "Whether the server is up, and which part is not.") { Answers = [Up, Down] },
        new("GET /actuator/health/liveness", "liveness", "Whether the process runs; UP while the server drains, too.") { Answers = [Up with { Example = Alive }] },
        new("GET /actuator/health/readiness", "readiness", "Whether calls should come here.") { Answers = [Up, Down] },
        new("GET /openapi/v1.json", "openApi", "This document.") { Answers = [new(200, "OpenAPI 3.1.") { MediaType = Json }] },
        new("GET /asyncapi/v1.json", "asyncApi", "The same of the socket's events and acknowledgements.") { Answers = [new(200, "AsyncAPI 3.0.") { MediaType = Json }] },
        new("GET /docs", "docs", "Both documents as a page, for people.") { Answers = [new(200, "The page.") { MediaType = "text/html" }] },
        new("GET /docs/page.js", "docsScript", "The page's script.") { Answers = [new(200, "The script.") { MediaType = "text/javascript" }] },
        new("GET /docs/page.css", "docsStyle", "The page's style.") { Answers = [new(200, "The style.") { MediaType = "text/css" }] },
    ];

    private static Answer Up => new(200, "UP.", "Health");

    private static Answer Down => new(503, "DOWN, and what is.", "Health")
    {
        Example = """{ "status": "DOWN", "components": { "process": { "status": "UP" }, "accepting": { "status": "DOWN" }, "store": { "status": "UP" } } }""",
    };

    private static Parameter Fingerprint => Parameter.Path("fingerprint", Schema.Filled(null, Limits.Id), "The customer's, percent-encoded.");
}
