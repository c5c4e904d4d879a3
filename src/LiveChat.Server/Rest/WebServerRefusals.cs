using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace LiveChat.Server.Rest;

/// <summary>
/// Gives the contract's body to what the web server refuses before there is a request: a malformed line or header, a wrong Host, what is
/// too long. Its one hook for that is the diagnostic event that it writes, and it writes it to whatever is registered under this type;
/// for no other event is anything done.
/// </summary>
internal sealed class WebServerRefusals : DiagnosticSource
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <summary>Has refusals on this connection answered with a body.</summary>
    public static Task WatchAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var output = new ReplaceableOutput(connection.Transport);
        connection.Transport = output;
        connection.Features.Set(output);
        return next(connection);
    }

    public override bool IsEnabled(string name) => name == BadRequest;

    public override void Write(string name, object? value)
    {
        if (name != BadRequest
            || value is not IFeatureCollection request
            || request.Get<ReplaceableOutput>() is not { } output
            || request.Get<IHttpResponseFeature>() is not { HasStarted: false } response)
        {
            return;
        }

        var isHead = request.Get<IHttpRequestFeature>()?.Method == HttpMethods.Head;
        output.Replace(Answer(response.StatusCode, response.Headers.Allow.ToString(), isHead));
    }

    private static byte[] Answer(int status, string allow, bool isHead)
    {
        var body = Problems.BodyOf(status);
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {Problems.TitleOf(status)}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Date: {TimeProvider.System.GetUtcNow():R}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Type: {Problems.ContentType}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n")
            .Append("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
        if (allow.Length > 0)
            head.Append(CultureInfo.InvariantCulture, $"Allow: {allow}\r\n");
        var answer = Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
        return isHead ? answer : [.. answer, .. body];
    }
}
