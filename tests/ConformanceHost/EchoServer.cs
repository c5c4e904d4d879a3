using System.Diagnostics.Metrics;
using EngineIO;
using EngineIO.Protocol;

namespace ConformanceHost;

/// <summary>An Engine.IO server that sends every message back as it came.</summary>
internal static class EchoServer
{
    public static EngineServer Create(Settings settings, IServiceProvider services)
    {
        var options = new EngineOptions();
        settings.Apply(options);
        return new EngineServer(
            options,
            session => new Echo(session),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>(),
            services.GetRequiredService<IMeterFactory>());
    }

    private sealed class Echo(Session session) : ISessionHandler
    {
        public void Opened()
        {
        }

        public void Text(ReadOnlySpan<byte> utf8) => session.Send(Packet.TextMessage(utf8));

        public void Binary(ReadOnlySpan<byte> data) => session.Send(Packet.BinaryMessage(data));

        public void Closed(CloseReason reason)
        {
        }
    }
}
