using System.Collections.Concurrent;
using System.Net;

namespace EngineIO;

/// <summary>Counts what each client has (<see cref="ClientAddress"/>), where a limit is set; 0 is no limit.</summary>
internal sealed class AddressCounter(int limit)
{
    private readonly ConcurrentDictionary<IPAddress, int> _counts = new();

    public bool TryEnter(IPAddress? address)
    {
        if (limit == 0 || address is null)
            return true;
        if (_counts.AddOrUpdate(ClientAddress.Group(address), 1, static (_, count) => count + 1) <= limit)
            return true;
        Leave(address);
        return false;
    }

    public void Leave(IPAddress? address)
    {
        if (limit == 0 || address is null)
            return;

        address = ClientAddress.Group(address);
        while (_counts.TryGetValue(address, out var count))
        {
            var done = count > 1
                ? _counts.TryUpdate(address, count - 1, count)
                : _counts.TryRemove(KeyValuePair.Create(address, count));
            if (done)
                return;
        }
    }
}
