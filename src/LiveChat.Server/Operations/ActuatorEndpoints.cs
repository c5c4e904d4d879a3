using System.Runtime.InteropServices;
using LiveChat.Server.Rest;
using LiveChat.Server.Security;
using LiveChat.Server.Wire;

namespace LiveChat.Server.Operations;

/// <summary>What an operator asks the running program, beside its health. None of it counts against a rate limit.</summary>
internal static class ActuatorEndpoints
{
    public static void MapActuator(this IEndpointRouteBuilder routes, AdminOptions options)
    {
        // From now on it counts.
        routes.ServiceProvider.GetRequiredService<Uptime>();
        var actuator = routes.MapGroup("/actuator").WithMetadata(Unlimited.Instance);
        actuator.MapMethods("/info", ConversationEndpoints.Reading, ReadInfo).WithMetadata(Access.Open);
        if (options.Enabled is not true)
            return;

        var closed = actuator.MapGroup("").WithMetadata(Access.Admins);
        closed.MapLoggers();
        closed.MapMetrics();
    }

    private static JsonAnswer<InfoBody> ReadInfo(Uptime uptime) => JsonAnswer.Of(
        new InfoBody(
            new BuildBody(BuildInfo.Version, BuildInfo.Commit, BuildInfo.Time),
            new RuntimeBody(RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription),
            (long)uptime.Elapsed.TotalSeconds),
        Json.Wire.InfoBody);
}

/// <summary>Since when the server runs.</summary>
internal sealed class Uptime(TimeProvider clock)
{
    private readonly long _began = clock.GetTimestamp();

    public DateTimeOffset StartedAt { get; } = clock.GetUtcNow();

    public TimeSpan Elapsed => clock.GetElapsedTime(_began);
}
