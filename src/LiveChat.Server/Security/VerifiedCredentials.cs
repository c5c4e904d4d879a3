using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace LiveChat.Server.Security;

/// <summary>
/// Credentials that were found good a moment ago, by their hash: a signature is verified once in <see cref="Longest"/>, not for each message.
/// Bounded: when a generation is full it becomes the old one, and what nobody presents meanwhile is forgotten. Thread-safe.
/// </summary>
internal sealed class VerifiedCredentials(TimeProvider clock, int capacity = 10_000)
{
    /// <summary>For how long nothing is verified again. A key that an issuer takes back counts for no longer than this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private ConcurrentDictionary<CredentialHash, Entry> _new = [];
    private ConcurrentDictionary<CredentialHash, Entry> _old = [];
    private int _count;

    public bool TryFind(CredentialHash hash, [NotNullWhen(true)] out Principal? principal)
    {
        principal = null;
        if (!_new.TryGetValue(hash, out var entry))
        {
            if (!_old.TryGetValue(hash, out entry))
                return false;
            Keep(hash, entry);
        }

        if (clock.GetUtcNow() >= entry.Until)
            return false;
        principal = entry.Principal;
        return true;
    }

    public void Add(CredentialHash hash, Principal principal)
    {
        var until = clock.GetUtcNow() + Longest;
        Keep(hash, new Entry(principal, principal.ExpiresAt < until ? principal.ExpiresAt.Value : until));
    }

    private void Keep(CredentialHash hash, Entry entry)
    {
        _new[hash] = entry;
        if (Interlocked.Increment(ref _count) < capacity / 2)
            return;

        // Two that come here at once forget a little more than they had to.
        Interlocked.Exchange(ref _count, 0);
        _old = Interlocked.Exchange(ref _new, []);
    }

    private readonly record struct Entry(Principal Principal, DateTimeOffset Until);
}
