namespace LiveChat.Server.Wire;

/// <summary>The answer of <c>/actuator/health</c>.</summary>
internal sealed record HealthBody(string Status, IReadOnlyDictionary<string, HealthComponent> Components);

internal sealed record HealthComponent(string Status);
