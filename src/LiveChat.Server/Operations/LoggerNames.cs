using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveChat.Server.Operations;

/// <summary>Notes the names of the loggers that there are, and writes nothing. Bounded by the program: names are those of its types.</summary>
internal sealed class LoggerNames : ILoggerProvider
{
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);

    public IEnumerable<string> All => _names.Keys;

    public ILogger CreateLogger(string categoryName)
    {
        _names[categoryName] = true;
        return NullLogger.Instance;
    }

    public void Dispose()
    {
    }
}
