using System.Diagnostics;
using EngineIO.Epoll;
using LiveChat.Server.Documents;
using LiveChat.Server.Gateway;
using LiveChat.Server.Operations;
using LiveChat.Server.Pages;
using LiveChat.Server.Realtime;
using LiveChat.Server.Rest;
using LiveChat.Server.Security;
using LiveChat.Server.Storage;
using LiveChat.Server.Wire;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using SocketIO;

namespace LiveChat.Server.Hosting;

/// <summary>Composition only: what the program is made of, and in which order a request meets it.</summary>
internal static class ChatServer
{
    /// <summary>
    /// Beneath every other source. Of a failed start, Program's one line is enough, and of a failed check the store's own, paced line. With the host's diagnostics off (see
    /// <see cref="LogLevelChanges"/>) a request has an activity where somebody listens for it, and no scope of the log for lines that are never written.
    /// </summary>
    private static readonly MemoryConfigurationSource LogLevels = new()
    {
        InitialData = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Information",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
            ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
            ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService"] = "None",
        },
    };

    /// <param name="args">Configuration, as <c>--Chat:Rest:Port=0</c>.</param>
    /// <param name="replace">What a test puts in the place of a part, such as the clock.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? replace = null)
    {
        // Settings are read once. Watching the files for changes would wake a thread with each write to the data folder beside them. The
        // framework's own way of forwarded headers believes everybody; ours is Chat:Security:ForwardedFrom.
        var builder = WebApplication.CreateSlimBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false", "--ForwardedHeaders_Enabled=false"]);
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, LogLevels);
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);

        // Lines that nobody reads away are dropped, and counted: whoever logs serves other connections too, and must not wait.
        services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        AddOptions(services, builder.Configuration, builder.Environment);
        AddChat(services, builder.Configuration);
        AddRest(services);
        AddGateway(services);
        AddOperations(services, builder.Configuration);

        // A request is handled on the thread that read it. What may wait for a disk has threads of its own: the store.
        builder.WebHost.UseInlineSockets();
        services.AddOptions<EpollOptions>().Configure<ServerOptions>((sockets, options) => options.Connections.ApplyTo(sockets));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = HeaderText.Of;
            // So that a credential of 100 KB is refused as one; the web server's own bound would close the connection on it.
            kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
            kestrel.Limits.MaxRequestBodySize = JsonBody.MaxDiscardedBytes * 2L;
            kestrel.ApplicationServices.GetRequiredService<Listeners>()
                .Configure(kestrel, kestrel.ApplicationServices.GetRequiredService<ServerOptions>());
        });
        replace?.Invoke(services);

        // Whatever else logs: it only notes which loggers there are.
        services.AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<LoggerNames>());
        var app = builder.Build();
        Handle(app);
        return app;
    }

    private static void Handle(WebApplication app)
    {
        var services = app.Services;
        app.Use(services.GetRequiredService<Problems>().InvokeAsync);
        if (services.GetRequiredService<PeerHeaders>() is { IsNeeded: true } peers)
            app.Use(peers.InvokeAsync);
        app.UseRouting();
        app.Use(Listeners.SeparateAsync);
        // Who names no origin asks for nothing, and is not to pay for the framework's looking up what that would be.
        app.UseWhen(Origins.Judges, asking => asking.Use(Origins.RefuseMalformedAsync).UseCors());
        app.Use(services.GetRequiredService<Drain>().InvokeAsync);
        if (services.GetRequiredService<HandshakeLimit>() is { IsOff: false } handshakes)
            app.Use(handshakes.InvokeAsync);
        var authentication = services.GetRequiredService<RequestAuthentication>();
        app.Use(services.GetRequiredService<Authenticator>().IsOff ? authentication.CountAsync : authentication.InvokeAsync);
        app.MapCustomer();
        app.MapAgent();
        app.MapAdmin(services.GetRequiredService<AdminOptions>());
        app.MapHealth();
        app.MapActuator(services.GetRequiredService<AdminOptions>());
        app.MapSupport(services.GetRequiredService<AdminOptions>());
        app.MapDocuments(services.GetRequiredService<ChatOptions>().Message, services.GetRequiredService<SecurityOptions>());
        app.MapPages(
            services.GetRequiredService<PageFiles>(),
            services.GetRequiredService<ServerOptions>().Pages,
            new PageGateway(services.GetRequiredService<ServerOptions>().Pages, () => services.GetRequiredService<Listeners>().GatewayPort),
            services.GetRequiredService<SecurityOptions>());
        services.GetRequiredService<ChatGateway>().Register(services.GetRequiredService<ISocketIO>());
        app.MapSocketIO("/socket.io").WithMetadata(ListenerFeature.Gateway, Unlimited.Instance, Access.Open, HandshakeLimit.Marker);
    }

    private static void AddOptions(IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var section = configuration.GetSection("Chat");
        Settings.Check(configuration);
        services.AddOptions<ServerOptions>()
            .Configure(options =>
            {
                if (!environment.IsDevelopment())
                    return;

                // On a developer's machine the server is for that machine, and for trying things out.
                options.Host = "127.0.0.1";
                options.Admin.SeedEnabled = true;
                options.Pages.Demo = true;
            })
            .Configure(section.Bind)
            .PostConfigure(options => options.Admin.Enabled ??= environment.IsDevelopment() || options.Security.Modes is not AuthenticationModes.None)
            .PostConfigure(options => options.Storage.Provider ??=
                string.IsNullOrEmpty(configuration.GetConnectionString("Postgres")) ? StorageProvider.Sqlite : StorageProvider.Postgres)
            .ValidateOnStart();
        services.AddOptions<ChatOptions>().Configure(section.Bind).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ServerOptions>, ServerOptionsValidator>();
        services.AddSingleton<IValidateOptions<ChatOptions>, ChatOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ServerOptions>>().Value);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ChatOptions>>().Value);
        services.AddSingleton(provider => provider.GetRequiredService<ServerOptions>().Storage);
        services.AddSingleton(provider => provider.GetRequiredService<ServerOptions>().Shutdown);
        services.AddSingleton(provider => provider.GetRequiredService<ServerOptions>().Security);
        services.AddSingleton(provider => provider.GetRequiredService<ServerOptions>().Admin);
        services.AddOptions<HostOptions>().Configure<ShutdownOptions>((host, shutdown) => host.ShutdownTimeout = shutdown.ForCalls);
    }

    private static void AddChat(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider => new WorkGroups(provider.GetService<IEventLoops>()));
        services.AddBus(configuration);
        services.AddStorage(configuration);
        services.AddSingleton<RelayMetrics>();
        services.AddSingleton<SocketLives>();
        services.AddSingleton<LifetimeClock>();
        services.AddSingleton<WaitEstimator>();
        services.AddSingleton<ReadFaults>();
        services.AddPresence();
        services.AddSingleton<LifecycleLog>();
        services.AddSingleton<ConversationMetrics>();
        services.AddSingleton<ConversationLines>();
        services.AddSingleton<ILifecycleLog, Lifecycle>();
        services.AddSingleton<ChatService>();
        services.AddSingleton<PersonService>();
        services.AddSingleton<Housekeeping>();

        // Startup is the first to start, so that the rest finds a store that is migrated and a bus that is listened to.
        services.AddHostedService<Startup>();
        services.AddHostedService(provider => provider.GetRequiredService<Housekeeping>());
    }

    private static void AddRest(IServiceCollection services)
    {
        services.AddSingleton<Faults>();
        services.AddSingleton<Problems>();
        services.AddHealth();
        AddSecurity(services);
        services.AddSingleton<Origins>();
        services.AddSingleton(_ => new PageFiles(PageManifest.Read(PageManifest.Folder)));
        services.AddSingleton<Listeners>();
        services.AddCors();
        services.AddSingleton<ICorsPolicyProvider>(provider => provider.GetRequiredService<Origins>());

        // The web server writes its diagnostic events to what is registered last under this type.
        services.AddSingleton<DiagnosticSource, WebServerRefusals>();
    }

    private static void AddSecurity(IServiceCollection services)
    {
        services.AddSingleton<Callers>();
        services.AddSingleton(provider => new CallerRateLimit(provider.GetRequiredService<SecurityOptions>(), BusServices.SharedBudgetOf(provider)));
        services.AddSingleton<HandshakeLimit>();
        services.AddSingleton<PeerHeaders>();
        services.AddSingleton<RequestAuthentication>();
        services.AddSingleton<SocketAuthentication>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton(provider => new VerifiedCredentials(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new VisitorIdentity(provider.GetRequiredService<SecurityOptions>().Identity));
        services.AddSingleton<VisitorStart>();
        services.AddSingleton(provider => new SessionTokens(
            provider.GetRequiredService<IDataProtectionProvider>(),
            provider.GetRequiredService<SecurityOptions>().SessionToken,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<SecurityOptions>();
            var isJwtOn = options.Modes.HasFlag(AuthenticationModes.Jwt);
            var issuer = isJwtOn && options.Jwt.Authority is { } authority
                ? new IssuerKeys(authority, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<IssuerKeys>>())
                : null;
            return new Authenticator(
                options,
                provider.GetRequiredService<ApiKeys>(),
                isJwtOn ? new JwtVerifier(options.Jwt, issuer, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<JwtVerifier>>()) : null,
                provider.GetRequiredService<SessionTokens>(),
                provider.GetRequiredService<VerifiedCredentials>(),
                new Buckets(options.RateLimit.Failures.PermitLimit, options.RateLimit.Failures.TokensPerSecond));
        });

        // The keys are in the store: whoever reads them reads the conversations too, so nothing is gained by a key for the keys.
        services.AddDataProtection().SetApplicationName("livechat");
        services.AddOptions<KeyManagementOptions>().Configure<IStoreDatabase>((keys, database) => keys.XmlRepository = database.ProtectionKeys);
    }

    private static void AddGateway(IServiceCollection services)
    {
        services.AddSocketIO();
        services.AddOptions<SocketIOOptions>().Configure<Origins, GatewayRecovery, ShutdownOptions, ChatOptions>((options, origins, recovery, shutdown, chat) =>
        {
            options.Recovery = recovery;
            options.RefusalData = SocketFaults.Data;
            options.Engine.ShutdownSpread = shutdown.Spread;
            options.Engine.AllowRequest = http => ValueTask.FromResult(origins.Allows(http));
            options.SerializerOptions = Json.Wire.Options;

            // A desk is in two rooms of each conversation, in the queue's and in its own.
            options.MaxRoomsPerSocket = Math.Max(options.MaxRoomsPerSocket, (2 * chat.Queue.MaxConcurrentByAgent) + 2);

            // Far above what an event may be, so that one that is too large is answered and costs its sender nothing else.
            options.Engine.MaxPayload = 1_000_000;
        });
        services.AddSingleton(provider => StoreEpoch.Of(provider.GetRequiredService<IStoreDatabase>().ReadEpoch()));
        services.AddSingleton(provider => new RecoverySeal(
            provider.GetRequiredService<IStoreDatabase>().ReadSecret(StoreSecrets.Recovery),
            provider.GetRequiredService<StoreEpoch>(),
            provider.GetRequiredService<ServerOptions>().Gateway.RecoveryLifetime,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<GatewayRecovery>();
        services.AddSingleton<EventRelay>();
        services.AddSingleton<AgentDesks>();
        services.AddSingleton<TypingSockets>();
        services.AddSingleton<QueueBroadcaster>();
        services.AddSingleton<ChatGateway>();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<QueueBroadcaster>());
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
    }

    private static void AddOperations(IServiceCollection services, IConfiguration configuration)
    {
        services.AddTelemetry(configuration);
        services.AddSingleton<Uptime>();
        services.AddSingleton<LoggerNames>();
        services.AddSingleton<LogLevels>();
        services.AddSingleton<LogLevelChanges>();
        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(provider => provider.GetRequiredService<LogLevelChanges>());
        services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(provider => provider.GetRequiredService<LogLevelChanges>());
    }
}
