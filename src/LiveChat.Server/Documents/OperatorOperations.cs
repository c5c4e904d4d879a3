using LiveChat.Server.Operations;

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
        new("GET /api/admin/support/{id}", "support", "What somebody needs who is asked why a conversation went wrong, with nothing that anybody wrote.")
        {
            Tag = "Administration",
            Answers = [new(200, "All of it.", "Support")],
            Errors = [ErrorCodes.NotFound],
        },
        new("GET /actuator/info", "info", "What runs.") { Answers = [new(200, "Build and runtime.", "Info")] },
        new("GET /actuator/loggers", "loggers", "All loggers, with their levels, in Spring Boot's shape.") { Answers = [new(200, "The loggers.", "Loggers")] },
        new("GET /actuator/loggers/{name}", "logger", "The level of a logger.")
        {
            Parameters = [LoggerName],
            Answers = [new(200, "Its level.", "Logger")],
        },
        new("POST /actuator/loggers/{name}", "setLogger", "Sets the level of a logger on this server, at once; null goes back to what is configured.")
        {
            Parameters = [LoggerName],
            Body = "LoggerLevelRequest",
            Answers = [new(204, "It is in force.")],
        },
        new("GET /actuator/prometheus", "prometheus", "Metrics for Prometheus: the text format, or OpenMetrics by the Accept header.") { Answers = [new(200, "The metrics.") { MediaType = "text/plain" }] },
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
        Example = """{ "status": "DOWN", "components": { "process": { "status": "UP" }, "accepting": { "status": "DOWN" }, "store": { "status": "UP", "details": { "provider": "sqlite" } }, "bus": { "status": "UP", "details": { "provider": "in-process" } } } }""",
    };

    private static Parameter LoggerName => Parameter.Path("name", Schema.Filled(null, LoggerEndpoints.LongestName), "The logger's, or ROOT.");

    private static Parameter Fingerprint => Parameter.Path("fingerprint", Schema.Filled(null, Limits.Id), "The customer's, percent-encoded.");
}
