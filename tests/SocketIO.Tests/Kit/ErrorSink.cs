using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SocketIO.Tests.Kit;

/// <summary>Collects what is logged as an error.</summary>
internal sealed class ErrorSink : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _errors = new();

    public bool Allowed { get; set; }

    public ILogger CreateLogger(string categoryName) => new Sink(this, categoryName);

    public void Verify()
    {
        if (!Allowed && !_errors.IsEmpty)
            Assert.Fail(string.Join("\n", _errors));
    }

    public void Dispose()
    {
    }

    private sealed class Sink(ErrorSink owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
                owner._errors.Enqueue($"{category}: {formatter(state, exception)} {exception}");
        }
    }
}
