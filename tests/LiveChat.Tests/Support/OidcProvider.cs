using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LiveChat.Tests.Support;

/// <summary>An OpenID Connect provider, as far as a server that only verifies tokens sees one: discovery and keys, which rotate.</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private volatile TestIssuer _issuer;
    private int _keysRead;

    private OidcProvider(WebApplication app, TestIssuer issuer) => (_app, _issuer) = (app, issuer);

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>How often its keys were fetched.</summary>
    public int KeysRead => Volatile.Read(ref _keysRead);

    /// <summary>Whose keys it shows.</summary>
    public TestIssuer Issuer
    {
        set => _issuer = value;
    }

    public static async Task<OidcProvider> StartAsync(TestIssuer issuer, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        var provider = new OidcProvider(builder.Build(), issuer);
        provider._app.MapGet("/.well-known/openid-configuration", () => Results.Json(new
        {
            issuer = TestIssuer.Name,
            jwks_uri = provider.Address + "/keys",
        }));
        provider._app.MapGet("/keys", () =>
        {
            Interlocked.Increment(ref provider._keysRead);
            return Results.Content(provider._issuer.JsonWebKeySet(), "application/json");
        });
        await provider._app.StartAsync(TestContext.Current.CancellationToken).Soon();
        return provider;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
