using System.Reflection;
using LiveChat.Server.Hosting;

namespace LiveChat.Tests;

/// <summary>References point one way, and what a technology is stays in its folder.</summary>
public class LayeringTests
{
    private static readonly Assembly Domain = typeof(Conversation).Assembly;
    private static readonly Assembly Server = typeof(ChatServer).Assembly;

    [Fact]
    public void The_domain_references_nothing_but_the_framework()
    {
        Assert.All(Domain.GetReferencedAssemblies(), name => Assert.StartsWith("System.", name.Name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LiveChat.Server.Storage", "LiveChat.Server.Rest", "LiveChat.Server.Gateway")]
    [InlineData("LiveChat.Server.Realtime", "LiveChat.Server.Rest", "LiveChat.Server.Gateway", "LiveChat.Server.Storage")]
    [InlineData("LiveChat.Server.Gateway", "LiveChat.Server.Storage")]
    public void Folders_meet_in_the_domain(string from, params string[] forbidden)
    {
        // What types hold and take, which is where a wrong reference shows itself.
        var wrong = Server.GetTypes()
            .Where(type => IsIn(type, from))
            .SelectMany(type => Mentioned(type).Select(mentioned => (type, mentioned)))
            .Where(pair => forbidden.Any(f => IsIn(pair.mentioned, f)))
            .Select(pair => $"{pair.type} mentions {pair.mentioned}");

        Assert.Empty(wrong);
    }

    private static IEnumerable<Type> Mentioned(Type type)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        return type.GetFields(All).Select(f => f.FieldType)
            .Concat(type.GetConstructors(All).SelectMany(c => c.GetParameters()).Select(p => p.ParameterType))
            .Concat(type.GetMethods(All).SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)))
            .SelectMany(t => t.IsGenericType ? t.GetGenericArguments().Append(t) : [t]);
    }

    private static bool IsIn(Type type, string @namespace) =>
        type.Namespace == @namespace || type.Namespace?.StartsWith(@namespace + ".", StringComparison.Ordinal) == true;
}
