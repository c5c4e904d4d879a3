using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LiveChat.Server.Hosting;

/// <summary>
/// The certificate of both ports, from <c>Kestrel:Certificates:Default</c>: a PKCS#12 file with its password, or PEM files, the certificate with
/// the rest of its chain and the key. Looked at again now and then while connections come, so that one that was renewed is used without a restart;
/// one that cannot be read is said, and the old one stays. Thread-safe.
/// </summary>
internal sealed class Certificate
{
    private const string Section = "Kestrel:Certificates:Default";

    /// <summary>How old what was read may be when a connection comes.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly string? _keyPath;
    private readonly string? _password;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    private volatile SslServerAuthenticationOptions _options;
    private byte[] _read;
    private long _lookedAt;
    private int _isLooking;

    private Certificate(string path, string? keyPath, string? password, TimeProvider clock, ILogger log)
    {
        (_path, _keyPath, _password, _clock, _log) = (path, keyPath, password, clock, log);
        _read = Read();
        _options = Load();
        _lookedAt = clock.GetTimestamp();
    }

    /// <summary>The certificate that is configured, null when there is none.</summary>
    /// <exception cref="StartException">It cannot be read.</exception>
    public static Certificate? Find(IConfiguration configuration, TimeProvider clock, ILogger log)
    {
        var section = configuration.GetSection(Section);
        if (section["Path"] is not { Length: > 0 } path)
            return null;

        try
        {
            return new Certificate(path, section["KeyPath"], section["Password"], clock, log);
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw new StartException($"{Section}:Path '{path}' is no certificate that can be read with its key: {exception.Message}");
        }
    }

    /// <summary>What a connection that has come is served with. The one that comes first after a while waits until the files have been looked at.</summary>
    public async ValueTask<SslServerAuthenticationOptions> CurrentAsync()
    {
        if (_clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) > Age && Interlocked.Exchange(ref _isLooking, 1) == 0)
            await Task.Run(Look);
        return _options;
    }

    private static bool IsFault(Exception exception) => exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    private void Look()
    {
        try
        {
            var read = Read();
            if (read.AsSpan().SequenceEqual(_read))
                return;

            // Of the files one may be the new one and the other still the old: they are looked at again in any case.
            _options = Load();
            _read = read;
            StartLog.CertificateRead(_log);
        }
        catch (Exception exception) when (IsFault(exception))
        {
            StartLog.CertificateUnreadable(_log, exception.GetType().Name);
        }
        finally
        {
            Volatile.Write(ref _lookedAt, _clock.GetTimestamp());
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private byte[] Read() => [.. File.ReadAllBytes(_path), .. _keyPath is null ? [] : File.ReadAllBytes(_keyPath)];

    private SslServerAuthenticationOptions Load()
    {
        var rest = new X509Certificate2Collection();
        X509Certificate2 certificate;
        if (_keyPath is not null || IsPem())
        {
            certificate = _password is null
                ? X509Certificate2.CreateFromPemFile(_path, _keyPath)
                : X509Certificate2.CreateFromEncryptedPemFile(_path, _password, _keyPath);
            rest.ImportFromPemFile(_path);
        }
        else
        {
            rest = X509CertificateLoader.LoadPkcs12CollectionFromFile(_path, _password);
            certificate = rest.FirstOrDefault(candidate => candidate.HasPrivateKey) ?? throw new CryptographicException("There is no private key in it.");
        }

        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, rest, offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
    }

    private bool IsPem()
    {
        Span<byte> start = stackalloc byte[64];
        using var file = File.OpenRead(_path);
        return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)].IndexOf("-----BEGIN"u8) >= 0;
    }
}
