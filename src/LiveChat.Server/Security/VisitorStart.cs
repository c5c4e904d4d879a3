using System.Security.Cryptography;
using System.Text;

namespace LiveChat.Server.Security;

/// <summary>
/// How a visitor without an account begins: what it is let in as, what its conversation is bound to, and the token that it goes on with.
/// </summary>
internal sealed class VisitorStart(Callers callers, Authenticator authenticator, VisitorIdentity identity, SessionTokens tokens)
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>In bytes: what is shorter could be guessed.</summary>
    private const int ShortestKey = 16;

    /// <summary>Whom the call is by, and what is kept with the conversation that it may begin.</summary>
    /// <param name="http">The request.</param>
    /// <param name="fingerprint">Whom it names.</param>
    /// <param name="identityHash">The website's word, null when there is none.</param>
    /// <exception cref="ChatException">The website's word is wrong, or it is required and missing.</exception>
    public async ValueTask<VisitorEntry> EnterAsync(HttpContext http, string fingerprint, string? identityHash)
    {
        var principal = callers.PrincipalOf(http);
        var caller = await callers.CustomerAsync(http, fingerprint);
        if (principal is OpenPrincipal or KeyPrincipal)
            return new VisitorEntry(caller, Proof: null, IsVouchedFor: false);

        var startKey = StartKey(http);
        var isVouchedFor = !string.IsNullOrEmpty(identityHash);
        if (isVouchedFor)
            Verify(http, fingerprint, identityHash!);
        if (principal is PersonPrincipal)
            return new VisitorEntry(caller, Proof: null, isVouchedFor);
        if (principal is VisitorPrincipal visitor)
        {
            return new VisitorEntry(
                isVouchedFor && !caller.NamesAnother ? new CustomerCaller(fingerprint) : caller,
                new VisitorProof(visitor.Chain, startKey),
                isVouchedFor || visitor.IsVouchedFor);
        }

        if (identity.IsRequired && !isVouchedFor)
            throw new ChatException(ChatError.Unauthenticated);
        return new VisitorEntry(isVouchedFor ? new CustomerCaller(fingerprint) : caller, new VisitorProof(Guid.NewGuid(), startKey), isVouchedFor);
    }

    /// <summary>The token for what was begun or resumed; null where the caller has a credential of its own.</summary>
    public (string Token, DateTimeOffset ExpiresAt)? TokenFor(VisitorEntry entry, Conversation conversation)
    {
        if (entry.Proof is not { } proof)
            return null;

        // A repeated first call is let into the chain that it began.
        var chain = entry.Caller is AnonymousCaller ? conversation.Chain ?? proof.Chain : proof.Chain;
        return tokens.Issue(conversation.Customer.Id, chain, entry.IsVouchedFor);
    }

    private void Verify(HttpContext http, string fingerprint, string identityHash)
    {
        var address = CallerAddress.KeyOf(http.Connection.RemoteIpAddress);
        authenticator.RefuseExhausted(address);
        if (!identity.IsRight(fingerprint, identityHash))
            throw authenticator.Fail(address);
    }

    private static string? StartKey(HttpContext http)
    {
        var key = http.Request.Headers[KeyHeader].ToString();
        if (key.Length == 0)
            return null;

        var bytes = Encoding.UTF8.GetBytes(key);
        if (bytes.Length < ShortestKey)
            throw new ChatException(ChatError.Validation(KeyHeader, $"must be {ShortestKey} bytes or more, and random"));
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}

/// <param name="Caller">Whom the call is by.</param>
/// <param name="Proof">What a new conversation is bound to; null where the caller has a credential of its own.</param>
/// <param name="IsVouchedFor">Whether the website vouched for it, now or before.</param>
internal sealed record VisitorEntry(Caller Caller, VisitorProof? Proof, bool IsVouchedFor);
