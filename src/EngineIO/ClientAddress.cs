using System.Net;

namespace EngineIO;

/// <summary>What counts as one client where clients are counted by address.</summary>
public static class ClientAddress
{
    /// <summary>
    /// The address that stands for a client: an IPv4 address itself, also where it is written as IPv6 (<c>::ffff:a.b.c.d</c>, RFC 4291,
    /// section 2.5.5.2); of any other IPv6 address its first 64 bits, since whoever has one address has all of that network (RFC 6177).
    /// </summary>
    /// <param name="address">The address of a connection or a request.</param>
    public static IPAddress Group(IPAddress address)
    {
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
