using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LiveChat.Server.Rest;
using LiveChat.Server.Security;

namespace LiveChat.Server.Documents;

/// <summary>
/// The API described by itself, for programs and for people. Open to anybody: it says nothing that the product's source does not. The documents
/// are made when somebody first asks.
/// </summary>
internal static class DocumentEndpoints
{
    /// <summary>The page loads what this server serves and nothing else, and nobody frames it.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapDocuments(this IEndpointRouteBuilder routes, MessageOptions limits, SecurityOptions security)
    {
        var pages = routes.MapGroup("").WithMetadata(Access.Open, Unlimited.Instance);
        Map("/openapi/v1.json", "application/json", () => Bytes(new OpenApiDocument(limits, security)
            .Build(routes.ServiceProvider.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())));
        Map("/asyncapi/v1.json", "application/json", () => Bytes(AsyncApiDocument.Build(limits)));
        Map("/docs", "text/html; charset=utf-8", () => PageFile("page.html"));
        Map("/docs/page.js", "text/javascript; charset=utf-8", () => PageFile("page.js"));
        Map("/docs/page.css", "text/css; charset=utf-8", () => PageFile("page.css"));

        void Map(string path, string type, Func<byte[]> make)
        {
            var content = new Lazy<byte[]>(make);
            pages.MapMethods(path, ConversationEndpoints.Reading, http => WriteAsync(http, type, content.Value));
        }
    }

    private static async Task WriteAsync(HttpContext http, string type, byte[] content)
    {
        // A page's links are relative, since a proxy may serve it under another path: with a slash at the end they would lead elsewhere.
        if (http.Request.Path.Value!.EndsWith('/'))
        {
            http.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            http.Response.Headers.Location = "../" + http.Request.Path.Value.Trim('/').Split('/')[^1];
            return;
        }

        http.Response.ContentType = type;
        http.Response.ContentLength = content.Length;
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.Response.Headers.CacheControl = "no-cache";
        await http.Response.Body.WriteAsync(content, http.RequestAborted);
    }

    private static byte[] Bytes(JsonObject document)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            document.WriteTo(json);
        return bytes.ToArray();
    }

    private static byte[] PageFile(string name)
    {
        using var file = typeof(DocumentEndpoints).Assembly.GetManifestResourceStream($"Documents.Page.{name}")!;
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }
}
