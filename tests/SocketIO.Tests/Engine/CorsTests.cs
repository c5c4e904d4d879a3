using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Tests.Kit;

namespace SocketIO.Tests.Engine;

public class CorsTests
{
    private static Task<TestServer> StartAsync() => TestServer.StartAsync(
        register: io => io.Of("/"),
        build: builder => builder.Services.AddCors(cors => cors.AddPolicy("web", policy => policy
            .WithOrigins("http://web.example").AllowCredentials().AllowAnyHeader().WithMethods("GET", "POST"))),
        map: app =>
        {
            app.UseCors();
            app.MapSocketIO().RequireCors("web");
        });

    [Theory]
    [InlineData("GET", "EIO=4&transport=polling", HttpStatusCode.OK)]
    [InlineData("GET", "EIO=4&transport=polling&sid=gone", HttpStatusCode.BadRequest)]
    [InlineData("POST", "EIO=4&transport=polling", HttpStatusCode.BadRequest)]
    public async Task Every_answer_names_the_origin_errors_too(string method, string query, HttpStatusCode status)
    {
        await using var server = await StartAsync();
        using var client = server.Polling();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/socket.io/?{query}");
        request.Headers.Add("Origin", "http://web.example");
        using var response = await client.Http.SendAsync(request, TestContext.Current.CancellationToken).Bounded();
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("http://web.example", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("true", response.Headers.GetValues("Access-Control-Allow-Credentials").Single());
    }

    [Fact]
    public async Task A_preflight_is_answered_by_the_policy()
    {
        await using var server = await StartAsync();
        using var client = server.Polling();
        using var request = new HttpRequestMessage(HttpMethod.Options, "/socket.io/?EIO=4&transport=polling");
        request.Headers.Add("Origin", "http://web.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var response = await client.Http.SendAsync(request, TestContext.Current.CancellationToken).Bounded();
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("http://web.example", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }
}
