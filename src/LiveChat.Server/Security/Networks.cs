using System.Net;

namespace LiveChat.Server.Security;

/// <summary>A list of networks, as CIDR or as single addresses.</summary>
internal sealed class Networks(IEnumerable<string> networks)
{
    private readonly IPNetwork[] _networks = [.. networks.Select(text => TryParse(text, out var network)
        ? network
        : throw new ArgumentException("Not a network.", nameof(networks)))];

    public bool IsEmpty => _networks.Length == 0;

    public static bool TryParse(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network))
            return true;
        if (!IPAddress.TryParse(text, out var address))
            return false;
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }

    public bool Contains(IPAddress? address)
    {
        if (address is null)
            return false;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(_networks, network => network.Contains(plain));
    }
}
