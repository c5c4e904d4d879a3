using System.Net;

namespace EngineIO;

/// <summary>Counts sessions against two limits: how many there may be, and how many of one client address. 0 is no limit.</summary>
internal sealed class SessionLimit(int limit, int limitPerAddress)
{
    private readonly AddressCounter _addresses = new(limitPerAddress);
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool TryEnter(IPAddress? address)
    {
        var entered = Interlocked.Increment(ref _count) <= limit || limit == 0;
        if (entered && _addresses.TryEnter(address))
            return true;
        Interlocked.Decrement(ref _count);
        return false;
    }

    public void Leave(IPAddress? address)
    {
        Interlocked.Decrement(ref _count);
        _addresses.Leave(address);
    }
}
