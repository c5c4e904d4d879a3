namespace LiveChat.Server.Security;

/// <summary>What every answer tells a browser: to take it for what it says it is, to send nobody its address, and to keep nothing of the API.</summary>
internal static class AnswerHeaders
{
    /// <summary>Set before anything else, and anew where an answer is begun anew.</summary>
    public static void Set(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
            headers.CacheControl = "no-store";
    }
}
