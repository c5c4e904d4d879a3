using System.Net.Sockets;
using System.Runtime.InteropServices;
using LiveChat;
using LiveChat.Server.Hosting;
using LiveChat.Server.Operations;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

if (Help.IsAskedFor(args) || Help.IsVersionAskedFor(args))
{
    await Console.Out.WriteLineAsync(Help.IsAskedFor(args) ? Help.Text : Help.Version);
    return 0;
}

if (ProgramCommand.WordOf(args) is { } name)
{
    var meant = ProgramCommand.All.FirstOrDefault(command => command.Name == name);
    if (meant is not null && args[0] == name)
        return await meant.RunAsync(args[1..]);

    await Console.Error.WriteLineAsync(meant is not null
        ? $"Cannot start: the command {name} comes first, then its arguments and settings."
        : $"Cannot start: there is no command {name}, only {string.Join(", ", ProgramCommand.All.Select(command => command.Name))}; --help says more.");
    return 1;
}

// A limit on the size of files is a full disk to the store; by default the signal that goes with it ends the process.
using var fileTooLarge = OperatingSystem.IsLinux()
    ? PosixSignalRegistration.Create((PosixSignal)25, signal => signal.Cancel = true)
    : null;

try
{
    // Disposed of at its end.
    await ChatServer.Build(args).RunAsync();
    return 0;
}
catch (OptionsValidationException exception)
{
    foreach (var fault in exception.Failures)
        await Console.Error.WriteLineAsync($"Cannot start: {fault}");
    return 1;
}
catch (StartException exception)
{
    await Console.Error.WriteLineAsync($"Cannot start: {exception.Message}");
    return 1;
}
catch (InvalidDataException exception)
{
    // appsettings.json is no JSON; the cause says where.
    await Console.Error.WriteLineAsync($"Cannot start: {exception.Message} {exception.InnerException?.Message}".TrimEnd());
    return 1;
}
catch (Exception exception) when (exception is SocketException || exception.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync($"Cannot start: {exception.Message}");
    return 1;
}
