namespace LiveChat.Tests.Support;

/// <summary>Callers as they are where authentication is off.</summary>
internal static class Backends
{
    public static Caller AnyCustomer { get; } = new UnnamedBackendCaller(ParticipantType.Customer);

    public static Caller AnyAgent { get; } = new UnnamedBackendCaller(ParticipantType.Agent);

    public static Caller Customer(string id) => new NamingBackendCaller(ParticipantType.Customer, id);

    public static Caller Agent(string id) => new NamingBackendCaller(ParticipantType.Agent, id);
}
