using System.Globalization;
using LiveChat.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveChat.Tests.Support;

/// <summary>
/// The whole program on free ports and a file of its own. It is stopped and its file deleted with the test, which fails if
/// anything was logged as an error without being expected.
/// </summary>
public sealed class RunningServer : IAsyncDisposable
{
    private readonly IHost _app;
    private readonly string _folder;
    private readonly bool _ownsFolder;

    private RunningServer(IHost app, string folder, bool ownsFolder, LogCapture log)
    {
        (_app, _folder, _ownsFolder, Log) = (app, folder, ownsFolder, log);
        var listeners = app.Services.GetRequiredService<Listeners>();
        RestAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{listeners.RestPort}"));
        GatewayAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{listeners.GatewayPort}"));
        Rest = new RestClient(RestAddress);
    }

    public Uri RestAddress { get; }

    public Uri GatewayAddress { get; }

    public RestClient Rest { get; }

    public LogCapture Log { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>A test that provokes errors says so.</summary>
    public bool ExpectsErrors { get; set; }

    public static Task<RunningServer> StartAsync(params string[] settings) => StartAsync(null, settings);

    /// <param name="replace">What takes the place of a part of the program, such as the clock.</param>
    /// <param name="settings">Configuration, as <c>Chat:Queue:EntryTtl=00:00:10</c>.</param>
    public static Task<RunningServer> StartAsync(Action<IServiceCollection>? replace, params string[] settings) =>
        StartInAsync(null, replace, settings);

    /// <param name="folder">Where the file is; a new folder, deleted afterwards, when null.</param>
    public static async Task<RunningServer> StartInAsync(
        string? folder,
        Action<IServiceCollection>? replace,
        params string[] settings)
    {
        var home = folder ?? Directory.CreateTempSubdirectory("livechat-test-").FullName;
        var log = new LogCapture();
        string[] args =
        [
            "--environment=Development",
            "--Chat:Rest:Port=0",
            "--Chat:Gateway:Port=0",
            "--Chat:Security:RateLimit:PermitLimit=0",
            "--Chat:Shutdown:Spread=0",
            $"--{await Store.SettingAsync(home)}",
            "--Logging:LogLevel:com.example.chat=Debug",
            .. settings.Select(s => "--" + s),
        ];
        var app = ChatServer.Build(args, services =>
        {
            services.AddLogging(logging => logging.ClearProviders().AddProvider(log));
            replace?.Invoke(services);
        });
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken).Soon();
            return new RunningServer(app, home, folder is null, log);
        }
        catch
        {
            await ((IAsyncDisposable)app).DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Rest.Dispose();
        await _app.StopAsync().Soon();
        await ((IAsyncDisposable)_app).DisposeAsync();
        if (_ownsFolder)
            Directory.Delete(_folder, recursive: true);
        if (!ExpectsErrors)
            Assert.DoesNotContain(Log.Lines, line => line.Level >= LogLevel.Error);
    }
}
