using System.Reflection;
using LiveChat.Server.Security;

namespace LiveChat.Tests.Commands;

/// <summary>What each kind of caller may do. A kind, a permission or a method that nobody decided on fails here.</summary>
public class CallerTests
{
    private static readonly Guid Chain = Guid.NewGuid();

    private const string AsCustomer = "StartConversation FollowCustomer ReadConversation SendMessage MarkRead CloseConversation";

    private const string AsAgent =
        "ReadConversation SendMessage MarkRead CloseConversation StartAgentSession ReadQueue ListConversations AcceptConversation ConnectAgent";

    /// <summary>Every kind of caller, with the permissions that it has.</summary>
    private static readonly (Caller Caller, string Permissions)[] Kinds =
    [
        (AnonymousCaller.Instance, "StartConversation"),
        (new VisitorCaller("f", Chain), AsCustomer),
        (new CustomerCaller("f"), AsCustomer),
        (new AgentCaller("a", null), AsAgent),
        (new SupervisorCaller("s", null), AsAgent),
        (AdminCaller.Instance, "EndConversation ExportPerson ErasePerson InspectConversation"),
        (ServerCaller.Instance, "ExpireConversation RequeueConversation EndConversation"),
        (new NamingBackendCaller(ParticipantType.Customer, "f"), AsCustomer),
        (new NamingBackendCaller(ParticipantType.Agent, "a"), AsAgent),
        (new UnnamedBackendCaller(ParticipantType.Customer), AsCustomer),
        (new UnnamedBackendCaller(ParticipantType.Agent), AsAgent),
    ];

    [Fact]
    public void Each_kind_may_do_what_the_table_says_and_nothing_else()
    {
        foreach (var (caller, permissions) in Kinds)
            Assert.Equal(permissions.Split(' '), Enum.GetValues<Permission>().Where(caller.May).Select(permission => permission.ToString()));
    }

    [Fact]
    public void The_table_has_every_kind()
    {
        var all = typeof(Caller).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Caller)) && !type.IsAbstract);

        Assert.Equal(all.OrderBy(type => type.Name), Kinds.Select(kind => kind.Caller.GetType()).Distinct().OrderBy(type => type.Name));
        Assert.All(all, type => Assert.True(type.IsSealed, type.Name));
    }

    /// <summary>Whoever asks comes first in every method, and is asked for the permission: without it nothing is looked at, not even arguments.</summary>
    [Theory]
    [InlineData(typeof(ChatService))]
    [InlineData(typeof(PersonService))]
    public void Every_method_of_the_services_asks_who_calls(Type service)
    {
        var methods = service.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
        Assert.NotEmpty(methods);
        foreach (var method in methods)
        {
            Assert.Equal(typeof(Caller), method.GetParameters()[0].ParameterType);

            // Nothing of the service is there: whatever it did before it asks would fail otherwise.
            var made = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(service);
            var refusals = Kinds.Count(kind => IsRefused(method, made, kind.Caller));
            Assert.True(refusals > 0, $"{method.Name} lets everybody in.");
        }
    }

    [Theory]

    // A visitor reaches its chain, whoever has the fingerprint.
    [InlineData("visitor", "its own", null)]
    [InlineData("visitor", "another chain's", "forbidden")]
    [InlineData("visitor", "nobody's chain", "forbidden")]
    [InlineData("customer", "another chain's", null)]
    [InlineData("customer", "another customer's", "forbidden")]
    [InlineData("customer naming another", "its own", "forbidden")]
    [InlineData("agent", "its own", null)]
    [InlineData("agent", "another agent's", "forbidden")]
    [InlineData("agent", "queued", null)]
    [InlineData("agent naming another", "its own", "forbidden")]
    [InlineData("supervisor", "another agent's", null)]
    [InlineData("admin", "its own", "forbidden")]
    [InlineData("server", "its own", "forbidden")]
    [InlineData("anonymous", "its own", "forbidden")]
    [InlineData("backend for another", "its own", "forbidden")]
    [InlineData("supervising backend for another", "its own", null)]
    [InlineData("backend for nobody", "another agent's", null)]
    public void Reading(string caller, string conversation, string? code) =>
        Assert.Equal(code, Callers[caller].RefuseRead(Conversations[conversation])?.Code);

    [Theory]
    [InlineData("visitor", "another chain's", "forbidden")]
    [InlineData("agent", "queued", "not_accepted")]
    [InlineData("agent", "another agent's", "forbidden")]
    [InlineData("supervisor", "another agent's", "forbidden")]
    [InlineData("supervisor", "queued", "not_accepted")]
    [InlineData("supervising backend for another", "its own", "forbidden")]
    [InlineData("backend for nobody", "queued", "not_accepted")]
    [InlineData("backend for nobody", "another agent's", null)]
    [InlineData("admin", "queued", "forbidden")]
    public void Writing(string caller, string conversation, string? code) =>
        Assert.Equal(code, Callers[caller].RefuseWrite(Conversations[conversation])?.Code);

    [Fact]
    public void Who_repeats_the_first_call_goes_on_and_who_guesses_the_fingerprint_does_not()
    {
        var begun = Conversations["its own"] with { StartKey = "k" };
        Assert.Null(AnonymousCaller.Instance.RefuseResume(begun, "k"));
        Assert.Equal("forbidden", AnonymousCaller.Instance.RefuseResume(begun, "other")?.Code);
        Assert.Equal("forbidden", AnonymousCaller.Instance.RefuseResume(begun, null)?.Code);
        Assert.Equal("forbidden", AnonymousCaller.Instance.RefuseResume(begun with { StartKey = null }, null)?.Code);
    }

    [Fact]
    public void Every_kind_of_principal_is_somebody_on_both_sides()
    {
        var kinds = typeof(Principal).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Principal))).Select(type => type.Name).Order();
        Assert.Equal(["KeyPrincipal", "NobodyPrincipal", "OpenPrincipal", "PersonPrincipal", "VisitorPrincipal"], kinds);
    }

    private static Dictionary<string, Caller> Callers => new()
    {
        ["anonymous"] = AnonymousCaller.Instance,
        ["visitor"] = new VisitorCaller("f", Chain),
        ["customer"] = new CustomerCaller("f"),
        ["customer naming another"] = new CustomerCaller("f") { NamesAnother = true },
        ["agent"] = new AgentCaller("a", null),
        ["agent naming another"] = new AgentCaller("a", null) { NamesAnother = true },
        ["supervisor"] = new SupervisorCaller("s", null),
        ["admin"] = AdminCaller.Instance,
        ["server"] = ServerCaller.Instance,
        ["backend for another"] = new NamingBackendCaller(ParticipantType.Agent, "b"),
        ["supervising backend for another"] = new NamingBackendCaller(ParticipantType.Agent, "b", Supervises: true),
        ["backend for nobody"] = new UnnamedBackendCaller(ParticipantType.Agent),
    };

    private static Dictionary<string, Conversation> Conversations
    {
        get
        {
            var held = new Conversation
            {
                Id = Guid.NewGuid(),
                Status = ConversationStatus.Connected,
                Channel = "web",
                Customer = new Customer("f", null, null),
                Chain = Chain,
                Agent = new Agent("a", null),
                LastSequence = 3,
                CreatedAt = default,
                UpdatedAt = default,
                QueuedAt = default,
            };
            return new()
            {
                ["its own"] = held,
                ["another chain's"] = held with { Chain = Guid.NewGuid() },
                ["nobody's chain"] = held with { Chain = null },
                ["another customer's"] = held with { Customer = new Customer("g", null, null) },
                ["another agent's"] = held with { Agent = new Agent("x", null) },
                ["queued"] = held with { Status = ConversationStatus.Queued, Agent = null },
            };
        }
    }

    private static bool IsRefused(MethodInfo method, object service, Caller caller)
    {
        try
        {
            var arguments = method.GetParameters().Select((parameter, i) => i == 0 ? caller
                : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null).ToArray();
            var result = method.Invoke(service, arguments);
            return result is Task { IsFaulted: true, Exception.InnerException: ChatException };
        }
        catch (TargetInvocationException exception)
        {
            return exception.InnerException is ChatException;
        }
    }
}
