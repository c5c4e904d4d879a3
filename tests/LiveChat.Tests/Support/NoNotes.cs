namespace LiveChat.Tests.Support;

/// <summary>Keeps nothing of who had sockets.</summary>
internal sealed class NoNotes : IPresenceStore
{
    public Task<IReadOnlyList<Guid>> FindOpenAsync(Participant participant, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task NoteSocketsAsync(IReadOnlyCollection<SocketNote> notes, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<Participant>> ReadWithSocketsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
