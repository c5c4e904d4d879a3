// A server for the official protocol suites and for clients of other languages: a bare Engine.IO echo at /engine.io/, and
// Socket.IO with the behaviours that those suites expect at /socket.io/. Set by environment; the defaults are the suites'.
using ConformanceHost;
using EngineIO;
using EngineIO.Epoll;
using SocketIO;

var settings = Settings.FromEnvironment();
var builder = WebApplication.CreateSlimBuilder(args);
if (settings.Tuned)
    builder.WebHost.UseInlineSockets();
builder.Logging.SetMinimumLevel(settings.LogLevel);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(settings.Port));
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
    .SetIsOriginAllowed(static _ => true).AllowCredentials().AllowAnyHeader().AllowAnyMethod()));
var socketIO = builder.Services.AddSocketIO(settings.Apply);
if (settings.MessagePack)
    socketIO.AddMessagePack();
builder.Services.AddEngineIO(static (_, session) => new EchoHandler(session), settings.Apply);

var app = builder.Build();
app.UseCors();
ReferenceBehaviour.Register(app.Services.GetRequiredService<ISocketIO>());
app.MapSocketIO("/socket.io").RequireCors();
app.MapEngineIO().RequireCors();
app.Run();
