using LiveChat.Server.Realtime.Bus;
using OpenTelemetry.Resources;

namespace LiveChat.Server.Operations;

/// <summary>Metrics and traces say which of many servers they are of.</summary>
internal sealed class NodeDetector(ClusterOptions options) : IResourceDetector
{
    public Resource Detect() => new([new("service.instance.id", options.Node)]);
}
