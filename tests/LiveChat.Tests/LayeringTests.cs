using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using LiveChat.Server.Hosting;

namespace LiveChat.Tests;

/// <summary>
/// References point one way, and what a technology is stays in its room. Looked at is all that a type uses, what its methods call and make
/// too.
/// </summary>
public class LayeringTests
{
    private const string Root = "LiveChat.Server.";

    /// <summary>The rooms of the server, each with the ones that it may use beside the domain: of those above it alone, so there is no circle.</summary>
    private static readonly Dictionary<string, string[]> Rooms = new()
    {
        ["Logging"] = [],
        ["Wire"] = ["Logging"],
        ["Storage"] = ["Logging"],
        ["Security"] = ["Wire"],
        ["Realtime"] = ["Logging", "Wire"],
        ["Rest"] = ["Wire", "Security", "Realtime"],
        ["Gateway"] = ["Wire", "Security", "Realtime"],
        ["Operations"] = ["Wire", "Storage", "Security", "Realtime", "Rest"],
        ["Documents"] = ["Wire", "Security", "Rest", "Gateway", "Operations"],
        ["Pages"] = ["Wire", "Security", "Rest"],
        ["Hosting"] = ["Wire", "Storage", "Security", "Realtime", "Rest", "Gateway", "Operations", "Documents", "Pages"],
    };

    private static readonly System.Reflection.Assembly Domain = typeof(Conversation).Assembly;

    private static readonly Lazy<Architecture> Server = new(() => new ArchLoader().LoadAssemblies(typeof(ChatServer).Assembly).Build());

    public static TheoryData<string> Names => [.. Rooms.Keys];

    [Fact]
    public void The_domain_references_nothing_but_the_framework()
    {
        Assert.All(Domain.GetReferencedAssemblies(), name => Assert.StartsWith("System.", name.Name, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_room_uses_no_other_than_it_may(string room)
    {
        var types = Server.Value.Types.Where(type => RoomOf(type) == room).ToList();
        var wrong = types
            .SelectMany(type => type.Dependencies.Select(dependency => (type, dependency.Target)))
            .Where(pair => RoomOf(pair.Target) is { } used && used != room && !Rooms[room].Contains(used))
            .Select(pair => $"{pair.type.FullName} uses {pair.Target.FullName}")
            .Distinct();

        Assert.NotEmpty(types);
        Assert.Empty(wrong);
    }

    [Fact]
    public void There_is_no_circle_of_rooms()
    {
        var order = Rooms.Keys.ToList();

        Assert.All(Rooms, room => Assert.All(room.Value, used => Assert.InRange(order.IndexOf(used), 0, order.IndexOf(room.Key) - 1)));
    }

    [Fact]
    public void Everything_is_in_a_room()
    {
        Assert.Empty(Server.Value.Types
            .Where(type => type.FullName.StartsWith(Root, StringComparison.Ordinal) && !Rooms.ContainsKey(RoomOf(type)!))
            .Select(type => type.FullName));
    }

    private static string? RoomOf(IType type) =>
        type.FullName.StartsWith(Root, StringComparison.Ordinal) ? type.FullName[Root.Length..].Split('.', '+', '/')[0] : null;
}
