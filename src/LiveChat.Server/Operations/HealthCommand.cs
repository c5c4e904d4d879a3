using System.Globalization;
using System.Security.Authentication;

namespace LiveChat.Server.Operations;

/// <summary>
/// <c>LiveChat.Server health</c>: asks the server on this machine whether it is ready, for containers that hold no other program to ask with. Where
/// it listens is what the same configuration says.
/// </summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    public static ProgramCommand Command { get; } = new("health", "", "Asks the server on this machine whether it is ready; ends with 0 when it is.", RunAsync)
    {
        UsesDatabase = false,
    };

    private static async Task<int> RunAsync(string[] settings)
    {
        if (settings.Any(setting => !ProgramCommand.IsSetting(setting)))
            return await FailAsync($"usage: {Command.Usage}");

        var configuration = WebApplication.CreateBuilder(settings).Configuration;
        var scheme = configuration["Kestrel:Certificates:Default:Path"] is { Length: > 0 } ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        var host = configuration["Chat:Host"] is { Length: > 0 } given and not ("0.0.0.0" or "::") ? given : "127.0.0.1";
        var port = int.TryParse(configuration["Chat:Rest:Port"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 8383;
        var address = new UriBuilder(scheme, host, port, "/actuator/health/readiness").Uri;

        // The certificate is for the name that others know the server by, and this never leaves the machine.
        using var handler = new SocketsHttpHandler { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } };
        using var client = new HttpClient(handler) { Timeout = Limit };
        try
        {
            using var answer = await client.GetAsync(address);
            await Console.Out.WriteLineAsync(await answer.Content.ReadAsStringAsync());
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or AuthenticationException)
        {
            return await FailAsync($"{address} does not answer");
        }
    }

    private static async Task<int> FailAsync(string fault)
    {
        await Console.Error.WriteLineAsync($"Not ready: {fault}");
        return 1;
    }
}
