using System.Reflection;
using LiveChat.Server.Gateway;
using LiveChat.Server.Wire;
using LiveChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using SocketIO;

namespace LiveChat.Tests.Documents;

/// <summary>The events that the gateway handles and those that it has names for are the ones of the document.</summary>
public class SocketNamesTests
{
    [Fact]
    public async Task Every_event_that_is_handled_is_received_in_the_document_and_the_other_way_round()
    {
        await using var server = await RunningServer.StartAsync();
        var handled = new List<string>();
        server.Services.GetRequiredService<ChatGateway>().Register(Recorder.Of<ISocketIO>(handled));

        Assert.NotEmpty(handled);
        Assert.Equal(handled.Order(), (await NamesAsync(server, "receive")).Where(name => name != "CONNECT").Order());
    }

    [Fact]
    public async Task Every_other_event_name_is_sent_in_the_document_and_the_other_way_round()
    {
        await using var server = await RunningServer.StartAsync();
        var received = (await NamesAsync(server, "receive")).Except([EventNames.ChatTyping, EventNames.ChatRead]);
        var names = typeof(EventNames).GetFields().Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(names.Except(received).Order(), (await NamesAsync(server, "send")).Order());
    }

    private static async Task<List<string>> NamesAsync(RunningServer server, string action)
    {
        var described = await Described.SocketAsync(server.Rest);
        return [.. described.Document["operations"]!.AsObject()
            .Where(operation => operation.Value!["action"]!.GetValue<string>() == action)
            .SelectMany(operation => operation.Value!["messages"]!.AsArray())
            .Select(message => described.Follow(described.Follow(message!))["name"]!.GetValue<string>())];
    }

    /// <summary>Takes registrations and remembers the names of those of events.</summary>
    public class Recorder : DispatchProxy
    {
        private List<string> _names = [];

        public static T Of<T>(List<string> names)
            where T : class
        {
            var proxy = Create<T, Recorder>();
            ((Recorder)(object)proxy)._names = names;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(INamespace.On))
                _names.Add((string)args![0]!);
            return Of<INamespace>(_names);
        }
    }
}
