using System.IO.Pipelines;

namespace EngineIO;

/// <summary>
/// A connection of the web server that a WebSocket may take over once its handshake is done: all that this library asks of a transport
/// beneath Kestrel. It is a feature of the connection. Where there is none, WebSockets stay in their requests and everything works.
/// </summary>
public interface IDetachableConnection
{
    /// <summary>The pipes of the connection itself; those of TLS or another layer on top of it are others.</summary>
    IDuplexPipe Pipes { get; }

    /// <summary>
    /// Cancelled when the client sends no more, or the connection is broken. A client that has ended its half may still wait for an
    /// answer, so the web server goes on with its request; what only waits on the client's behalf ends with this.
    /// </summary>
    CancellationToken PeerClosed { get; }

    /// <summary>Asks for the connection. It changes hands as soon as the web server lets go of it, which it does when the request ends.</summary>
    /// <param name="receiver">Who is called then: first <see cref="IDetachedReceiver.Begin"/>, with what was received and not read.</param>
    /// <returns>The connection as it goes on, which the receiver has to close in the end.</returns>
    IDetachedConnection Detach(IDetachedReceiver receiver);
}

/// <summary>A connection that goes on without the web server. Members may be called from any thread, except those of <see cref="Output"/>.</summary>
public interface IDetachedConnection
{
    /// <summary>Where to write; by one writer at a time.</summary>
    PipeWriter Output { get; }

    /// <summary>Cuts the connection: what is not sent is lost, and the receiver is told the end.</summary>
    void Abort();

    /// <summary>Completes the output, waits until the client has taken all of it or the connection is cut, and closes. Never fails.</summary>
    Task CloseAsync();
}

/// <summary>Who receives from a detached connection. The calls never overlap; they run on the thread of the transport, so they must not block.</summary>
public interface IDetachedReceiver
{
    /// <summary>The connection has changed hands. Called once, before anything is received.</summary>
    void Begin();

    /// <summary>Bytes of the client.</summary>
    /// <param name="bytes">The buffer is the receiver's during the call and may be changed.</param>
    /// <returns>False when nothing more is wanted; <see cref="End"/> follows.</returns>
    bool Receive(Span<byte> bytes);

    /// <summary>Nothing more is received. Called once.</summary>
    /// <param name="broken">Whether the connection has failed, rather than been ended by either side.</param>
    void End(bool broken);
}
