using System.Text;
using LiveChat.Server.Rest;

namespace LiveChat.Server.Operations;

/// <summary><c>/actuator/prometheus</c>: the text that Prometheus reads, or OpenMetrics for who asks for that.</summary>
internal static class MetricsEndpoint
{
    public static void MapMetrics(this IEndpointRouteBuilder closed) =>
        closed.MapPrometheusScrapingEndpoint("/prometheus", meterProvider: null, configureBranchedPipeline: exporter => exporter.Use(CompleteAsync), optionsName: null)
            .WithMetadata(new HttpMethodMetadata(ConversationEndpoints.Reading));

    private static async Task CompleteAsync(HttpContext http, RequestDelegate next)
    {
        await http.RequestServices.GetRequiredService<StoreReadings>().RefreshAsync();

        // What is completed here must be text when it comes from the exporter.
        http.Request.Headers.AcceptEncoding = default;
        var body = http.Response.Body;
        using var written = new MemoryStream();
        http.Response.Body = written;
        try
        {
            await next(http);
        }
        finally
        {
            http.Response.Body = body;
        }

        var text = Encoding.UTF8.GetString(written.GetBuffer(), 0, (int)written.Length);
        var complete = Encoding.UTF8.GetBytes(http.RequestServices.GetRequiredService<EmptyHistograms>().Complete(text));
        http.Response.ContentLength = complete.Length;
        await body.WriteAsync(complete, http.RequestAborted);
    }
}
