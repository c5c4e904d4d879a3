using System.Net;
using LiveChat.Server.Security;
using Microsoft.Extensions.Options;

namespace LiveChat.Server.Hosting;

/// <summary>Collects every fault of the configuration, so that one failed start shows them all.</summary>
internal sealed class ServerOptionsValidator(IHostEnvironment environment, IConfiguration configuration) : IValidateOptions<ServerOptions>
{
    public ValidateOptionsResult Validate(string? name, ServerOptions options)
    {
        var faults = new List<string>();
        if (!IPAddress.TryParse(options.Host, out _))
            faults.Add($"Chat:Host must be an IP address, not '{options.Host}'.");
        foreach (var (key, port) in new[] { ("Rest", options.Rest.Port), ("Gateway", options.Gateway.Port) })
        {
            if (port is < 0 or > 65535)
                faults.Add($"Chat:{key}:Port must be 0 to 65535, not {port}.");
        }

        if (options.Connections is { Limit: < 0 } or { PerAddress: < 0 })
            faults.Add("Chat:Connections:Limit and PerAddress must not be negative.");
        if (options.Storage.WriteTimeout < TimeSpan.FromMilliseconds(100) || options.Storage.WriteTimeout > TimeSpan.FromHours(1))
            faults.Add($"Chat:Storage:WriteTimeout must be between 100 ms and an hour, not {options.Storage.WriteTimeout}.");
        if (options.Gateway.RecoveryLifetime < TimeSpan.FromSeconds(1) || options.Gateway.RecoveryLifetime > TimeSpan.FromDays(365))
            faults.Add($"Chat:Gateway:RecoveryLifetime must be between a second and a year, not {options.Gateway.RecoveryLifetime}.");
        if (options.Storage.LogLimit < 64 * 1024 * 1024)
            faults.Add($"Chat:Storage:LogLimit must be at least 67108864 bytes, not {options.Storage.LogLimit}.");
        if (options.Shutdown.Timeout < TimeSpan.FromSeconds(1) || options.Shutdown.Timeout > TimeSpan.FromHours(1))
            faults.Add($"Chat:Shutdown:Timeout must be between a second and an hour, not {options.Shutdown.Timeout}.");
        if (options.Shutdown.Spread < TimeSpan.Zero || options.Shutdown.Spread > options.Shutdown.Timeout / 2)
            faults.Add($"Chat:Shutdown:Spread must be between zero and half of Chat:Shutdown:Timeout, not {options.Shutdown.Spread}.");
        if (options.Pages.Gateway is { } gateway
            && !(Uri.TryCreate(gateway, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address is { PathAndQuery: "/", UserInfo: "", Fragment: "" }))
        {
            faults.Add($"Chat:Pages:Gateway must be an address as https://chat.example:9094, without a path, not '{gateway}'.");
        }

        SecurityFaults.Add(faults, options.Security, environment.IsDevelopment());

        StorageFaults.Add(faults, options, configuration);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
