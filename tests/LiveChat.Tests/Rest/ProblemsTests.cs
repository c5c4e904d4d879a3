using LiveChat.Server.Rest;
using LiveChat.Server.Wire;
using LiveChat.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Tests.Rest;

/// <summary>What becomes of a fault that nobody foresaw, and of an answer that cannot be given.</summary>
public class ProblemsTests
{
    private readonly Problems _problems = new(new Faults(NullLogger<Faults>.Instance, TimeProvider.System));
    private readonly DefaultHttpContext _http = new();

    [Fact]
    public async Task An_unexpected_fault_is_500_with_the_trace_id_of_its_log_line_and_no_more_of_it()
    {
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton<ILifecycleLog, FaultyLog>());
        server.ExpectsErrors = true;

        var answer = (await server.Rest.PostAsync(
            "/api/customer/sessions", new { fingerprint = "f" }, ("Origin", "http://localhost:3000"))).MustFail(500, "internal");

        var line = Assert.Single(server.Log.Lines, l => l.Level >= LogLevel.Error);
        Assert.Equal(answer.Text("traceId"), line.Fields.Single(f => f.Key == "TraceId").Value);
        Assert.DoesNotContain("secret", answer.Json.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("no-store", answer.Headers["Cache-Control"], StringComparison.Ordinal);
        Assert.Equal("http://localhost:3000", answer.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("Origin", answer.Headers["Vary"]);
    }

    [Fact]
    public async Task What_was_said_before_the_fault_is_taken_back()
    {
        await _problems.InvokeAsync(_http, http =>
        {
            http.Response.StatusCode = StatusCodes.Status201Created;
            http.Response.Headers.Link = "somewhere";
            throw new ChatException(ChatError.NotFound);
        });

        Assert.Equal(StatusCodes.Status404NotFound, _http.Response.StatusCode);
        Assert.Empty(_http.Response.Headers.Link.ToString());
        Assert.Equal("application/problem+json", _http.Response.ContentType);
    }

    [Fact]
    public async Task A_fault_after_the_answer_has_begun_goes_on_to_the_web_server()
    {
        _http.Features.Set<IHttpResponseFeature>(new Begun());

        await Assert.ThrowsAsync<ChatException>(() => _problems.InvokeAsync(_http, _ => throw new ChatException(ChatError.NotFound)));
    }

    [Fact]
    public async Task A_caller_who_has_left_is_given_no_answer()
    {
        _http.RequestAborted = new CancellationToken(canceled: true);

        await _problems.InvokeAsync(_http, http => Task.FromCanceled(http.RequestAborted));

        Assert.Equal(StatusCodes.Status499ClientClosedRequest, _http.Response.StatusCode);
        Assert.Null(_http.Response.ContentType);
    }

    [Theory]
    [InlineData(StatusCodes.Status404NotFound, null, "application/problem+json")]
    [InlineData(StatusCodes.Status404NotFound, "text/plain", "text/plain")]
    [InlineData(StatusCodes.Status204NoContent, null, null)]
    public async Task A_bare_status_gets_a_body_and_no_other(int status, string? contentType, string? given)
    {
        await _problems.InvokeAsync(_http, http =>
        {
            (http.Response.StatusCode, http.Response.ContentType) = (status, contentType);
            return Task.CompletedTask;
        });

        Assert.Equal((status, given), (_http.Response.StatusCode, _http.Response.ContentType));
    }

    private sealed class FaultyLog : ILifecycleLog
    {
        public void Added(ConversationEvent entry) => throw new InvalidOperationException("a secret");
    }

    private sealed class Begun : HttpResponseFeature
    {
        public override bool HasStarted => true;
    }
}
