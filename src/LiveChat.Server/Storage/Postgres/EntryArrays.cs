using LiveChat.Server.Storage.Sql;
using Npgsql;

namespace LiveChat.Server.Storage.Postgres;

/// <summary>Entries of logs as arrays, one for each column.</summary>
/// <typeparam name="TOf">What says whose log it is: the key of a conversation, or the id of one that begins.</typeparam>
internal sealed class EntryArrays<TOf>
{
    private readonly List<TOf> _of = [];
    private readonly List<long> _sequence = [];
    private readonly List<string> _kind = [];
    private readonly List<Guid?> _messageId = [];
    private readonly List<string?> _participantType = [];
    private readonly List<string?> _participantId = [];
    private readonly List<string?> _participantName = [];
    private readonly List<string> _body = [];
    private readonly List<string?> _metadata = [];
    private readonly List<string?> _clientMessageId = [];
    private readonly List<long> _at = [];

    public void Add(TOf of, ConversationEvent entry)
    {
        var (kind, participant, body) = Rows.EntryColumns(entry);
        var message = entry as Message;
        _of.Add(of);
        _sequence.Add(entry.Sequence);
        _kind.Add(kind);
        _messageId.Add(message?.Id);
        _participantType.Add(participant is null ? null : SqlValues.Word(participant.Type));
        _participantId.Add(participant?.Id);
        _participantName.Add(participant?.DisplayName);
        _body.Add(body);
        _metadata.Add(message?.Metadata);
        _clientMessageId.Add(message?.ClientMessageId);
        _at.Add(SqlValues.Time(entry.Timestamp));
    }

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        parameters.AddArray("@entry_of", _of);
        parameters.AddArray("@sequence", _sequence);
        parameters.AddArray("@kind", _kind);
        parameters.AddArray("@message_id", _messageId);
        parameters.AddArray("@participant_type", _participantType);
        parameters.AddArray("@participant_id", _participantId);
        parameters.AddArray("@participant_name", _participantName);
        parameters.AddArray("@body", _body);
        parameters.AddArray("@entry_metadata", _metadata);
        parameters.AddArray("@client_message_id", _clientMessageId);
        parameters.AddArray("@entry_at", _at);
    }
}
