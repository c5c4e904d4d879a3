using LiveChat.Server.Documents;
using LiveChat.Server.Hosting;
using LiveChat.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LiveChat.Tests.Documents;

/// <summary>The endpoints that there are, and the operations of the document, are the same.</summary>
public class EndpointTests
{
    [Theory]
    [InlineData("Chat:Admin:SeedEnabled=true")]
    [InlineData("Chat:Admin:SeedEnabled=false")]
    [InlineData("Chat:Admin:Enabled=false")]
    public async Task Every_endpoint_is_described_and_nothing_else_is(string setting)
    {
        await using var server = await RunningServer.StartAsync(setting);
        var document = (await Described.RestAsync(server.Rest)).Document;

        var registered = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ListenerFeature>() != ListenerFeature.Gateway && endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .SelectMany(endpoint => MethodsOf(endpoint).Select(method => $"{method} {OpenApiDocument.PathOf(endpoint)}"))
            .Order().ToList();
        var described = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"))
            .Order().ToList();

        Assert.NotEmpty(registered);
        Assert.Equal(registered, described);
    }

    [Fact]
    public async Task Operations_have_names_of_their_own()
    {
        await using var server = await RunningServer.StartAsync();
        var document = (await Described.RestAsync(server.Rest)).Document;

        var ids = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!["operationId"]!.GetValue<string>()).ToList();

        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    /// <summary>An endpoint that says no method takes any, which no document can say.</summary>
    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"];
}
