using System.Text.Json;
using System.Text.Json.Serialization;
using LiveChat.Server.Rest;
using LiveChat.Server.Security;

namespace LiveChat.Server.Pages;

/// <summary>What a page of ours asks first.</summary>
/// <param name="Gateway">Where the gateway is.</param>
/// <param name="Authentication">Whether an agent needs an access token to sign in.</param>
internal sealed record PageConfig(string Gateway, bool Authentication);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PageConfig))]
internal sealed partial class PageJson : JsonSerializerContext;

/// <summary>The widget, the console, the SDK and the newcomer's pages, on the REST port. Open to anybody, and not counted.</summary>
internal static class PageEndpoints
{
    private static readonly ChatError NotBuilt = new(
        ErrorCodes.NotFound, "The pages were not built into this server: Node.js 20 or later was not there. The API works without them.");

    /// <summary>Where each part is, for a server that was built without them.</summary>
    private static readonly (PagePart Part, string[] Paths)[] Places =
    [
        (PagePart.Sdk, ["/sdk"]),
        (PagePart.Widget, ["/widget.js"]),
        (PagePart.Console, ["/console/{**path}"]),
        (PagePart.Demo, ["/", "/demo/{**path}"]),
    ];

    /// <param name="routes">Of the application.</param>
    /// <param name="files">What was built.</param>
    /// <param name="options">Which parts are served.</param>
    /// <param name="gateway">Where browsers find it.</param>
    /// <param name="security">Whether agents need a token.</param>
    public static void MapPages(
        this IEndpointRouteBuilder routes, PageFiles files, PagesOptions options, PageGateway gateway, SecurityOptions security)
    {
        // Whatever the allowed origins are, any website may load these; none of them answers to who somebody is.
        var pages = routes.MapGroup("").WithMetadata(Access.Open, Unlimited.Instance, AnyOrigin.Instance, new ExcludeFromDescriptionAttribute());
        foreach (var file in files.Built ?? [])
        {
            if (IsOn(file.Part))
                pages.MapMethods(file.Path, ConversationEndpoints.Reading, http => WriteAsync(http, file, gateway));
        }

        foreach (var path in Places.Where(place => files.Built is null && IsOn(place.Part)).SelectMany(place => place.Paths))
            pages.MapMethods(path, ConversationEndpoints.Reading, _ => throw new ChatException(NotBuilt));

        var needsToken = (security.Modes & (AuthenticationModes.Jwt | AuthenticationModes.ApiKey)) != 0 && !security.Modes.HasFlag(AuthenticationModes.Proxy);
        pages.MapMethods("/pages/config.json", ConversationEndpoints.Reading, http =>
        {
            LetAnybodyRead(http);
            http.Response.Headers.CacheControl = "no-cache";
            http.Response.ContentType = "application/json";
            return JsonSerializer.SerializeAsync(http.Response.Body, new PageConfig(gateway.Of(http), needsToken), PageJson.Default.PageConfig, http.RequestAborted);
        });

        bool IsOn(PagePart part) => part switch
        {
            PagePart.Sdk => true,
            PagePart.Widget => options.Widget,
            PagePart.Console => options.Console,
            PagePart.Demo => options.Demo is true,
        };
    }

    private static Task WriteAsync(HttpContext http, PageFile file, PageGateway gateway)
    {
        if (!file.IsPage)
        {
            LetAnybodyRead(http);
            return file.WriteAsync(http);
        }

        // A page's links are relative, since a proxy may serve it under another path: without a slash at the end they would lead elsewhere.
        if (!http.Request.Path.Value!.EndsWith('/'))
        {
            http.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            http.Response.Headers.Location = http.Request.Path.Value.Split('/')[^1] + "/" + http.Request.QueryString;
            return Task.CompletedTask;
        }

        http.Response.Headers.ContentSecurityPolicy = gateway.PolicyOf(http);
        return file.WriteAsync(http);
    }

    private static void LetAnybodyRead(HttpContext http)
    {
        http.Response.Headers.AccessControlAllowOrigin = "*";
        http.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
    }
}
