using System.Text.Json.Serialization;

namespace LiveChat.Server.Wire;

/// <summary>The answer of <c>/actuator/health</c>.</summary>
internal sealed record HealthBody(string Status, IReadOnlyDictionary<string, HealthComponent> Components);

internal sealed record HealthComponent(
    string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HealthDetails? Details = null);

/// <param name="Provider">The engine.</param>
internal sealed record HealthDetails(string Provider);
