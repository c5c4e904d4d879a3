using System.Net;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace LiveChat.Server.Security;

/// <summary>
/// The keys of an OpenID Connect provider, found by discovery and kept. They are fetched again when a token comes that none of them fits, and
/// when they are old, but never more often than once in <see cref="Pace"/>, whoever asks for it. Thread-safe.
/// </summary>
internal sealed class IssuerKeys : IDisposable
{
    /// <summary>The shortest time between two fetches.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Age = TimeSpan.FromHours(1);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private const int LargestAnswer = 1024 * 1024;

    private readonly string _address;
    private readonly TimeProvider _clock;
    private readonly ILogger<IssuerKeys> _log;
    private readonly HttpClient _client;
    private readonly HttpDocumentRetriever _documents;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private IReadOnlyList<SecurityKey>? _keys;
    private Task<IReadOnlyList<SecurityKey>?>? _fetch;
    private long _fetchedAt;

    public IssuerKeys(string authority, TimeProvider clock, ILogger<IssuerKeys> log)
    {
        _address = $"{authority.TrimEnd('/')}/.well-known/openid-configuration";
        (_clock, _log) = (clock, log);
        _client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All })
        {
            Timeout = Timeout,
            MaxResponseContentBufferSize = LargestAnswer,
        };
        _documents = new HttpDocumentRetriever(_client) { RequireHttps = !authority.StartsWith("http:", StringComparison.OrdinalIgnoreCase) };
    }

    /// <summary>The keys; null when the provider has not been reached yet. Waits only while none are known.</summary>
    public async ValueTask<IReadOnlyList<SecurityKey>?> GetAsync()
    {
        Task<IReadOnlyList<SecurityKey>?>? fetch;
        lock (_gate)
        {
            if (_keys is null || _clock.GetElapsedTime(_fetchedAt) > Age)
                BeginFetch();
            if (_keys is { } known)
                return known;
            fetch = _fetch;
        }

        return fetch is null ? null : await fetch;
    }

    /// <summary>The keys fetched anew, since none of those known fits; null when that was too short a time ago, or brought nothing.</summary>
    public async ValueTask<IReadOnlyList<SecurityKey>?> RefreshAsync()
    {
        Task<IReadOnlyList<SecurityKey>?>? fetch;
        lock (_gate)
        {
            if (!BeginFetch())
                return null;
            fetch = _fetch;
        }

        return await fetch!;
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Begins a fetch if the last one is long enough ago; true also while one is under way.</summary>
    private bool BeginFetch()
    {
        if (_fetch is { IsCompleted: false })
            return true;
        if (_fetch is not null && _clock.GetElapsedTime(_fetchedAt) < Pace)
            return false;

        _fetchedAt = _clock.GetTimestamp();
        _fetch = Task.Run(FetchAsync);
        return true;
    }

    private async Task<IReadOnlyList<SecurityKey>?> FetchAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(Timeout, TimeProvider.System);
            var configuration = await OpenIdConnectConfigurationRetriever.GetAsync(_address, _documents, timeout.Token);
            IReadOnlyList<SecurityKey> keys = [.. configuration.SigningKeys];
            lock (_gate)
                _keys = keys;
            return keys;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidOperationException or ArgumentException or OperationCanceledException or FormatException or System.Text.Json.JsonException)
        {
            // Old keys stay good: a provider that is away takes nobody's access.
            SecurityLog.NoIssuerKeys(_log, exception.GetBaseException().GetType().Name);
            return null;
        }
    }
}
