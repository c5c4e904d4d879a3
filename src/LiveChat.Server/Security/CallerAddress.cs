using System.Net;
using System.Net.Sockets;

namespace LiveChat.Server.Security;

/// <summary>
/// Whose address it is, for counting by address. Whoever has IPv6 has a whole network of 2^64 addresses, so a /64 counts as one; an IPv4
/// address that came through an IPv6 listener (<c>::ffff:192.0.2.1</c>) counts as itself.
/// </summary>
internal static class CallerAddress
{
    private const int NetworkBytes = 8;

    public static string KeyOf(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
            return address.ToString();
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4().ToString();

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[NetworkBytes..].Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
